//! A row by which a board tests itself.

use crate::host::score::score_lowered;
use nice_flow_codegen::module::emit::Golden;
use nice_flow_codegen::{Error, Lowered, Model, Result};

/// Of the normal rows, as the module takes them, the one with the highest score that is no anomaly. A row that scores low
/// tells less: a tail score is then zero whatever the weights.
pub fn golden(model: &Model, lowered: &Lowered, rows: &[f64]) -> Result<Golden> {
    let scores = score_lowered(lowered, rows, &|_| ()).to_f64();
    let threshold = model.threshold_of(lowered.numeric());
    let most = threshold.map_or(f64::INFINITY, |threshold| threshold.score);
    let rows = rows.chunks_exact(model.dim().max(1));
    let normal = rows
        .zip(scores)
        .filter(|(_, score)| score.is_finite() && *score <= most);
    let (row, score) = normal.max_by(|a, b| a.1.total_cmp(&b.1)).ok_or_else(|| {
        let message = "expected a normal row in the model that scores below its threshold, found none; `nice-flow calibrate` keeps them";
        Error::input("--golden", message)
    })?;
    Ok(Golden {
        row: row.to_vec(),
        score,
    })
}
