//! Scores of rows.

use crate::made::Made;
use crate::rows::Value;
use nice_flow_codegen::flow::ir::Flow;
use nice_flow_codegen::model::Missing;
use nice_flow_codegen::module::LoweredFlow;
use nice_flow_codegen::{Lowered, Model, Result};
use nice_flow_lab::host::arithmetic::Arithmetic;
use nice_flow_lab::host::level::{Samples, above_judged};
use nice_flow_lab::host::score::{combined, inputs, threshold};
use nice_flow_lab::host::scores::Scores;
use nice_flow_lab::host::{fixed, float};
use nice_flow_lab::table::Table;
use rayon::prelude::*;

/// Rows of the reference that one thread scores at a time.
const CHUNK: usize = 256;

/// Scores of rows, and the places of those that the model ignores, which have none.
pub struct Scored {
    pub scores: Scores,
    pub ignored: Vec<usize>,
    /// The rows that were scored, if they are not those that were given.
    pub above: Option<Vec<f64>>,
}

/// Scores rows as a detector on a board does: missing cells mended, levels taken off. On this thread, or on all of the pool.
pub fn score<X: Value>(
    model: &Model,
    made: &Made,
    arithmetic: Arithmetic,
    rows: &[X],
    serially: bool,
) -> Result<Scored> {
    if model.missing == Missing::Alarm && model.baseline.is_none() {
        return Ok(Scored {
            scores: plain(model, made, rows, serially),
            ignored: vec![],
            above: None,
        });
    }
    let table = above(
        model,
        made,
        arithmetic,
        X::double(rows).into_owned(),
        serially,
    )?;
    let scored = of_table(model, made, &table, serially);
    let above = Some(table.values);
    Ok(Scored { above, ..scored })
}

/// Scores the rows of a table from [`above`].
pub fn of_table(model: &Model, made: &Made, table: &Table, serially: bool) -> Scored {
    Scored {
        scores: plain(model, made, &table.values, serially),
        ignored: table.ignored.clone(),
        above: None,
    }
}

/// The rows as the flows have them: mended, above the level that follows those that the model takes for normal.
pub fn above(
    model: &Model,
    made: &Made,
    arithmetic: Arithmetic,
    rows: Vec<f64>,
    serially: bool,
) -> Result<Table> {
    let mut table = Table::of_rows(rows, model.features.clone());
    let mended = table.mend(model.missing);
    // Rows that are all ignored have no scores here, which is no error.
    if table.ignored.is_empty() {
        mended?;
    }
    if let Some(baseline) = model.baseline {
        let limit = threshold(model, arithmetic);
        let judge = |rows: &[f64]| Ok(plain(model, made, rows, serially).verdicts(limit));
        let (rows, starts) = (&table.values, &table.recordings);
        table.values = above_judged(
            baseline,
            Samples::Float,
            rows,
            table.columns,
            starts,
            &judge,
        )?;
    }
    Ok(table)
}

/// Scores rows that nothing is taken off.
fn plain<X: Value>(model: &Model, made: &Made, rows: &[X], serially: bool) -> Scores {
    let members = match made {
        Made::Reference(flows) => {
            let score = |flow| Scores::F64(reference(flow, rows, serially));
            flows.iter().map(score).collect()
        }
        Made::Module(lowered) => modules(model, lowered, rows, serially),
    };
    combined(model.combination().as_ref(), members)
}

fn modules<X: Value>(model: &Model, lowered: &Lowered, rows: &[X], serially: bool) -> Vec<Scores> {
    let singles = match lowered.fraction() {
        None => X::single(rows),
        Some(_) => Default::default(),
    };
    let counts = match lowered.takes_counts() {
        true => inputs(model, lowered, &X::double(rows)).into_owned(),
        false => vec![],
    };
    let score = |flow: &LoweredFlow| match flow {
        LoweredFlow::Float(module) if serially => {
            let mut scores = vec![0.0; singles.len() / module.dim];
            float::score_serially(module, &singles, &mut scores);
            Scores::F32(scores)
        }
        LoweredFlow::Float(module) => Scores::F32(float::score(module, &singles, &|_| ())),
        LoweredFlow::Fixed(module) => Scores::Fixed {
            bits: match lowered.takes_counts() {
                true => integers(module, &counts, serially),
                false => integers(module, rows, serially),
            },
            fraction: module.fraction,
        },
    };
    lowered.flows().iter().map(score).collect()
}

fn integers<X: Value>(
    module: &nice_flow_codegen::module::fixed::Module,
    rows: &[X],
    serially: bool,
) -> Vec<i32> {
    if !serially {
        return fixed::score(module, rows, &|_| ());
    }
    let mut bits = vec![0; rows.len() / module.dim];
    fixed::score_serially(module, rows, &mut bits);
    bits
}

fn reference<X: Value>(flow: &Flow, rows: &[X], serially: bool) -> Vec<f64> {
    let mut scores = vec![0.0; rows.len() / flow.dim];
    let fill = |scores: &mut [f64], rows: &[X]| {
        for (score, row) in scores.iter_mut().zip(rows.chunks_exact(flow.dim)) {
            *score = -flow.log_density(&X::double(row));
        }
    };
    if serially {
        fill(&mut scores, rows);
        return scores;
    }
    let parts = scores.par_chunks_mut(CHUNK);
    parts
        .zip(rows.par_chunks(CHUNK * flow.dim))
        .for_each(|(scores, rows)| fill(scores, rows));
    scores
}

impl Scored {
    /// One value a row that was given, `none` for those that are ignored.
    pub fn spread<T: Clone>(&self, values: Vec<T>, none: T) -> Vec<T> {
        if self.ignored.is_empty() {
            return values;
        }
        let mut values = values.into_iter();
        let value = |row| match self.ignored.binary_search(&row) {
            Ok(_) => none.clone(),
            Err(_) => values.next().unwrap_or_else(|| none.clone()),
        };
        let rows = self.scores.len() + self.ignored.len();
        (0..rows).map(value).collect()
    }
}
