//! Causes of anomalies, as the command finds them.

use crate::interrupt::Watch;
use crate::made::Made;
use crate::scores::{self, How};
use nice_flow_codegen::{Error, Model, Result};
use nice_flow_lab::host::arithmetic::Arithmetic;
use nice_flow_lab::host::explain::Explainer;
use nice_flow_lab::host::score::threshold;
use rayon::prelude::*;

/// Cause of a row: input, value, usual value, score that is left, fall of the score.
pub type Cause = (usize, f64, f64, f64, f64);

/// The causes of each row that is an anomaly, at most so many, by so many usual values of each input.
pub fn causes(
    (model, made, arithmetic): (&Model, &Made, Arithmetic),
    rows: Vec<f64>,
    most: usize,
    values: usize,
    watch: &Watch,
) -> Result<Vec<Vec<Cause>>> {
    let limit = threshold(model, arithmetic);
    if limit.is_none() {
        let message =
            "expected a model with a threshold (Model.calibrate): without one no row is an anomaly";
        return Err(Error::input("explain", message));
    }
    let how = How::parallel(watch);
    let table = scores::above(model, made, arithmetic, rows, how)?;
    let scored = scores::of_table(model, made, &table, how);
    let explainer = Explainer::new(model, arithmetic, None, values)?;
    let verdicts = scored.scores.verdicts(limit);
    let causes = verdicts.par_iter().enumerate().map(|(row, anomalous)| {
        watch.check();
        let most = if *anomalous { most } else { 0 };
        let causes = explainer.causes(table.row(row), limit, most)?.into_iter();
        Ok(causes
            .map(|cause| {
                (
                    cause.input,
                    cause.value,
                    cause.usual,
                    cause.score,
                    cause.fall,
                )
            })
            .collect())
    });
    let causes: Vec<Vec<Cause>> = causes.collect::<Result<_>>()?;
    Ok(scored.spread(causes, vec![]))
}
