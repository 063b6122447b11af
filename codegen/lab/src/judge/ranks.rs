//! How rare scores are among the normal rows that a calibration left in the model.

use crate::host::score::{inputs, module_scores};
use nice_flow_codegen::model::p_values::{Knots, PValues};
use nice_flow_codegen::module::scored;
use nice_flow_codegen::{Error, Lowered, Model, Result};
use std::path::Path;

/// The p-values of a calibrated model: the stored ones, which are for scores in floating point; for those of an integer
/// module, computed from the `kept` rows: counts if these were asked for, else in raw units. An error, of this file and this
/// option, if there are none.
pub fn p_values(
    model: &Model,
    lowered: Option<&Lowered>,
    kept: &[f64],
    (path, option): (&Path, &str),
) -> Result<PValues> {
    let stored = model.p_values.as_ref().ok_or_else(|| {
        let message = format!(
            "expected a model that nice-flow calibrate wrote for {option}, found one without p-values"
        );
        Error::file(path, message)
    })?;
    let of = |lowered| {
        let scores = || module_scores(lowered, &inputs(model, lowered, kept));
        scored::p_values(model, lowered, scores)
    };
    Ok(lowered.and_then(of).unwrap_or_else(|| stored.clone()))
}

/// The knots of p-values; an error, of this file, without scores.
pub fn knots(p_values: &PValues, path: &Path) -> Result<Knots> {
    let knots = p_values.knots();
    knots.ok_or_else(|| {
        Error::file(
            path,
            "expected scores of normal rows for --drift, found none",
        )
    })
}
