//! How rare scores are among the normal rows that a calibration left in the model.

use nice_flow_codegen::model::p_values::{Knots, PValues};
use nice_flow_codegen::{Error, Lowered, Model, Result};
use nice_flow_lab::host::score::{inputs, score_lowered};
use std::path::Path;

/// The p-values of a calibrated model: the stored ones, which are for scores in floating point; for those of an integer
/// module, computed from the `kept` rows: counts if these were asked for, else in raw units.
pub(super) fn p_values(
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
    Ok(match lowered {
        Some(lowered) if lowered.fraction().is_some() => {
            let kept = inputs(model, lowered, kept);
            PValues::of_normal(&score_lowered(lowered, &kept, &|_| ()).to_f64())
        }
        _ => stored.clone(),
    })
}

/// The knots of p-values.
pub(super) fn knots(p_values: &PValues, path: &Path) -> Result<Knots> {
    let knots = p_values.knots();
    knots.ok_or_else(|| {
        Error::file(
            path,
            "expected scores of normal rows for --drift, found none",
        )
    })
}
