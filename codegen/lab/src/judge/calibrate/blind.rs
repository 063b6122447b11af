//! Thresholds that nothing exceeds.

use crate::host::score::score;
use nice_flow_codegen::Model;
use nice_flow_codegen::{Numeric, Result};

/// Whether the threshold flags nothing, not even a sensor that died: it is the largest score there is.
///
/// In integers that is the score of every row with an input at the encoder's limit or beyond: the threshold is among
/// such rows where the calibration has as many of them as the rate lets through.
pub fn is_blind(model: &Model, numeric: Numeric) -> Result<bool> {
    let dead = vec![f64::NAN; model.dim()];
    let score = score(model, &dead, numeric.into(), &|_| ())?;
    Ok(score.verdicts(model.threshold_of(numeric)) == [false])
}
