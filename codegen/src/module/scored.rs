//! What a module has that takes scores of normal rows: its golden row, and how rare scores are.

use super::Lowered;
use super::emit::Golden;
use crate::model::p_values::PValues;
use crate::{Error, Model, Result};

/// Scores rows as a module does: in the unit of its scores without rounding, one a row. Rows are in what the module takes.
///
/// This crate is too light to have one; `nice_flow_lab::host::score::module_scores` is.
pub type Scorer = fn(&Lowered, &[f64]) -> Vec<f64>;

/// Of the normal rows, as the module takes them, the one with the highest score that is no anomaly. A row that scores low
/// tells less: a tail score is then zero whatever the weights.
pub fn golden(model: &Model, lowered: &Lowered, rows: &[f64], scores: &[f64]) -> Result<Golden> {
    let threshold = lowered.threshold(model);
    let most = threshold.map_or(f64::INFINITY, |threshold| threshold.score);
    let rows = rows.chunks_exact(model.dim().max(1));
    let normal = rows
        .zip(scores)
        .filter(|(_, score)| score.is_finite() && **score <= most);
    let (row, score) = normal.max_by(|a, b| a.1.total_cmp(b.1)).ok_or_else(|| {
        let message = "expected a normal row in the model that scores below its threshold, found none; `nice-flow calibrate` keeps them";
        Error::input("--golden", message)
    })?;
    Ok(Golden {
        row: row.to_vec(),
        score: *score,
    })
}

/// How rare scores are among the normal rows that the model keeps: what it stores is for floating point; for integers it follows
/// from their `scores`. `None` without a calibration.
pub fn p_values(
    model: &Model,
    lowered: &Lowered,
    scores: impl FnOnce() -> Vec<f64>,
) -> Option<PValues> {
    let stored = model.p_values.as_ref()?;
    Some(match lowered.fraction() {
        None => stored.clone(),
        Some(_) => PValues::of_normal(&scores()),
    })
}
