//! Thresholds with a guaranteed false-alarm rate.

mod arithmetic;
mod capped;
mod checks;
mod conformal;
mod guarantee;
mod trial;
mod unseen;
mod woken;

pub use capped::has_capped_threshold;
pub use checks::Checks;
pub use conformal::{conformal, exceeds};
pub use guarantee::Guarantee;
pub use trial::Trial;
pub use unseen::Unseen;
pub use woken::Woken;

use crate::host::score::score;
use arithmetic::arithmetic;
use nice_flow_codegen::Model;
use nice_flow_codegen::model::Step;
use nice_flow_codegen::model::p_values::PValues;
use nice_flow_codegen::numeric::Weights;
use nice_flow_codegen::{Error, Numeric, Result};

/// For each number type of integers, how many rows have the largest score that it can hold, or why it has no threshold.
pub type Thresholds = [(Numeric, Result<usize>); Weights::ALL.len()];

/// Gives a model a threshold for each number type that can run it, p-values, and rows that scale integers.
///
/// `rows` are normal rows in raw units.
pub fn calibrate(
    model: &mut Model,
    rows: &[f64],
    false_alarm_rate: f64,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Thresholds> {
    let scores = score(model, rows, arithmetic(model), progress)?.to_f64();
    calibrate_scored(model, rows, &scores, false_alarm_rate, progress)
}

/// The same for rows whose scores in `f32` are known, or those in `f64` of a flow that a PC alone scores.
pub fn calibrate_scored(
    model: &mut Model,
    rows: &[f64],
    scores: &[f64],
    false_alarm_rate: f64,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Thresholds> {
    model.keep_step(Step::Calibrated, None);
    model.threshold = Some(conformal(scores, false_alarm_rate)?);
    model.p_values = Some(PValues::of_normal(scores));
    model.calibration = Some(model.calibration_of(rows));
    Ok(Weights::ALL.map(|weights| {
        let numeric = weights.into();
        (numeric, set_threshold(model, rows, numeric, progress))
    }))
}

/// Replaces the rows that scale integers; an error if none of these can. The thresholds of integer scores are then to be set anew:
/// [`set_threshold`].
pub fn rescale(model: &mut Model, rows: &[f64]) -> Result<()> {
    let calibration = model.calibration_of(rows);
    if calibration.rows.is_empty() {
        let message =
            "expected rows of finite numbers that the model scores within f32, found none";
        return Err(Error::input("calibration rows", message));
    }
    model.calibration = Some(calibration);
    Ok(())
}

/// Gives a calibrated model the threshold of one integer type, for the model's false-alarm rate; returns how many of the
/// rows have the largest score that the type can hold.
pub fn set_threshold(
    model: &mut Model,
    rows: &[f64],
    numeric: Numeric,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<usize> {
    let (Some(weights), Some(threshold)) = (numeric.weights(), model.threshold) else {
        return Ok(0);
    };
    let scores = score(model, rows, numeric.into(), progress)?;
    let threshold = conformal(&scores.to_f64(), threshold.false_alarm_rate)?;
    if let Some(calibration) = &mut model.calibration {
        calibration.set_threshold(weights, threshold.score);
    }
    Ok(scores.at_largest())
}
