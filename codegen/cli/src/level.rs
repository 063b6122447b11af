//! Rows as a model's detector on a board has them: missing cells held or their rows left out, then levels taken off.

use crate::counts::Counts;
use nice_flow_codegen::model::Baseline;
use nice_flow_codegen::{Model, Result};
use nice_flow_lab::host::arithmetic::Arithmetic;
use nice_flow_lab::host::level::{Samples, above_judged, above_known};
use nice_flow_lab::host::score::{score, score_lowered, threshold};
use nice_flow_lab::table::Table;
use std::str::FromStr;

/// The value of `--baseline`, as it was given and as it is taken.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    text: String,
    baseline: Baseline,
}

impl FromStr for Asked {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let (text, baseline) = (text.to_string(), text.parse()?);
        Ok(Self { text, baseline })
    }
}

impl Asked {
    pub(super) fn baseline(&self) -> Baseline {
        self.baseline
    }

    /// Notes it if the time constant is another than was asked for.
    pub(super) fn note(&self) {
        if let Some(note) = self.baseline.note(&self.text) {
            note!("note: {note}");
        }
    }
}

/// Mends missing cells, and takes the level off rows of which labels say whether they are normal; without labels, all are.
pub(super) fn take_off(model: &Model, table: &mut Table) -> Result<()> {
    table.mend(model.missing)?;
    if let Some(baseline) = model.baseline {
        let (width, labels) = (table.columns, table.labels.as_deref());
        table.values = above_known(baseline, &table.values, width, &table.recordings, labels);
    }
    Ok(())
}

/// Mends missing cells, and takes the level off rows that the model judges itself, in this arithmetic, as a board does.
pub(super) fn take_off_judged(
    model: &Model,
    table: &mut Table,
    arithmetic: Arithmetic,
    counts: &Counts,
) -> Result<()> {
    table.mend(model.missing)?;
    let Some(baseline) = model.baseline else {
        return Ok(());
    };
    let lowered = arithmetic
        .module()
        .map(|numeric| counts.lowered(model, numeric))
        .transpose()?;
    let limit = threshold(model, arithmetic);
    let judge = |rows: &[f64]| {
        let scores = match &lowered {
            Some(lowered) => score_lowered(lowered, rows, &|_| ()),
            None => score(model, rows, arithmetic, &|_| ())?,
        };
        Ok(scores.verdicts(limit))
    };
    let samples = match counts.scale {
        None => Samples::Float,
        Some(_) => Samples::Counts,
    };
    let width = table.columns;
    table.values = above_judged(
        baseline,
        samples,
        &table.values,
        width,
        &table.recordings,
        &judge,
    )?;
    Ok(())
}
