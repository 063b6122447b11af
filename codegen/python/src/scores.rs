//! Scores of rows.

use crate::interrupt::Watch;
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

/// Rows of a module that this thread scores at a time.
const PART: usize = 4096;

/// Scores of rows, and the places of those that the model ignores, which have none.
pub struct Scored {
    pub scores: Scores,
    pub ignored: Vec<usize>,
    /// The rows that were scored, if they are not those that were given.
    pub above: Option<Vec<f64>>,
}

/// How rows are scored.
#[derive(Clone, Copy)]
pub struct How<'a> {
    /// On this thread, not on all of the pool.
    pub serially: bool,
    /// Tells whether scoring is to end.
    pub watch: &'a Watch,
}

impl<'a> How<'a> {
    /// On all threads of the pool.
    pub fn parallel(watch: &'a Watch) -> Self {
        let serially = false;
        Self { serially, watch }
    }
}

/// Scores rows as a detector on a board does: missing cells mended, levels taken off. On this thread, or on all of the pool.
pub fn score<X: Value>(
    model: &Model,
    made: &Made,
    arithmetic: Arithmetic,
    rows: &[X],
    how: How,
) -> Result<Scored> {
    if model.missing == Missing::Alarm && model.baseline.is_none() {
        return Ok(Scored {
            scores: plain(model, made, rows, how),
            ignored: vec![],
            above: None,
        });
    }
    let table = above(model, made, arithmetic, X::double(rows).into_owned(), how)?;
    let scored = of_table(model, made, &table, how);
    let above = Some(table.values);
    Ok(Scored { above, ..scored })
}

/// Scores the rows of a table from [`above`].
pub fn of_table(model: &Model, made: &Made, table: &Table, how: How) -> Scored {
    Scored {
        scores: plain(model, made, &table.values, how),
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
    how: How,
) -> Result<Table> {
    let mut table = Table::of_rows(rows, model.features.clone());
    let mended = table.mend(model.missing);
    // Rows that are all ignored have no scores here, which is no error.
    if table.ignored.is_empty() {
        mended?;
    }
    if let Some(baseline) = model.baseline {
        let limit = threshold(model, arithmetic);
        let judge = |rows: &[f64]| Ok(plain(model, made, rows, how).verdicts(limit));
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
fn plain<X: Value>(model: &Model, made: &Made, rows: &[X], how: How) -> Scores {
    let members = match made {
        Made::Reference(flows) => {
            let score = |flow| Scores::F64(reference(flow, rows, how));
            flows.iter().map(score).collect()
        }
        Made::Module(lowered) => modules(model, lowered, rows, how),
    };
    combined(model.combination().as_ref(), members)
}

fn modules<X: Value>(model: &Model, lowered: &Lowered, rows: &[X], how: How) -> Vec<Scores> {
    let singles = match lowered.fraction() {
        None => X::single(rows),
        Some(_) => Default::default(),
    };
    let counts = match lowered.takes_counts() {
        true => inputs(model, lowered, &X::double(rows)).into_owned(),
        false => vec![],
    };
    let score = |flow: &LoweredFlow| match flow {
        LoweredFlow::Float(module) if how.serially => {
            let mut scores = vec![0.0; singles.len() / module.dim];
            let parts = scores.chunks_mut(PART);
            for (scores, rows) in parts.zip(singles.chunks(PART * module.dim)) {
                how.watch.check();
                float::score_serially(module, rows, scores);
            }
            Scores::F32(scores)
        }
        LoweredFlow::Float(module) => {
            Scores::F32(float::score(module, &singles, &|_| how.watch.check()))
        }
        LoweredFlow::Fixed(module) => Scores::Fixed {
            bits: match lowered.takes_counts() {
                true => integers(module, &counts, how),
                false => integers(module, rows, how),
            },
            fraction: module.fraction,
        },
    };
    lowered.flows().iter().map(score).collect()
}

fn integers<X: Value>(
    module: &nice_flow_codegen::module::fixed::Module,
    rows: &[X],
    how: How,
) -> Vec<i32> {
    if !how.serially {
        return fixed::score(module, rows, &|_| how.watch.check());
    }
    let mut bits = vec![0; rows.len() / module.dim];
    let parts = bits.chunks_mut(PART);
    for (bits, rows) in parts.zip(rows.chunks(PART * module.dim)) {
        how.watch.check();
        fixed::score_serially(module, rows, bits);
    }
    bits
}

fn reference<X: Value>(flow: &Flow, rows: &[X], how: How) -> Vec<f64> {
    let mut scores = vec![0.0; rows.len() / flow.dim];
    let fill = |(scores, rows): (&mut [f64], &[X])| {
        how.watch.check();
        for (score, row) in scores.iter_mut().zip(rows.chunks_exact(flow.dim)) {
            *score = -flow.log_density(&X::double(row));
        }
    };
    let width = CHUNK * flow.dim;
    if how.serially {
        scores
            .chunks_mut(CHUNK)
            .zip(rows.chunks(width))
            .for_each(fill);
    } else {
        let parts = scores.par_chunks_mut(CHUNK);
        parts.zip(rows.par_chunks(width)).for_each(fill);
    }
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
