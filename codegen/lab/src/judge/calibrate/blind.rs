//! Detects thresholds that no score can exceed.

use crate::host::score::score;
use nice_flow_codegen::Model;
use nice_flow_codegen::{Numeric, Result};

/// Whether nothing exceeds the threshold, not even the score of a dead sensor, because it is the largest possible
/// score.
///
/// Integer scores are largest for every row with an input at or beyond the encoder's limit. The threshold has that
/// value if the share of such rows in the calibration is at least the false-alarm rate.
pub fn is_blind(model: &Model, numeric: Numeric) -> Result<bool> {
    let dead = vec![f64::NAN; model.dim()];
    let score = score(model, &dead, numeric.into(), &|_| ())?;
    Ok(score.verdicts(model.threshold_of(numeric)) == [false])
}
