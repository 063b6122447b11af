//! Rows in the unit of a module's inputs.

use super::fixed::Scale;
use crate::Model;

/// Rows in raw units as a module takes them: in counts where there is a `scale`.
pub fn taken(model: &Model, rows: &[f64], scale: Option<&Scale>) -> Vec<f64> {
    match scale {
        None => rows.to_vec(),
        Some(scale) => {
            let scale = scale.above(model.baseline);
            scale.counts(rows, model.dim()).collect()
        }
    }
}
