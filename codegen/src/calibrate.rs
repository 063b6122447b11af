//! Thresholds with a meaning.

use crate::model::{Calibration, Threshold};
use crate::score::{self, score_lowered};
use crate::{Error, Model, Numeric, Result, lowered, metrics};

/// Gives a model a threshold for each number type that can run it, and keeps rows to scale integers by.
///
/// `rows` are normal ones, in raw units. Returns why there is none for a type.
pub fn calibrate(
    model: &mut Model,
    rows: &[f64],
    false_alarm_rate: f64,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Vec<(Numeric, Error)>> {
    let scores = score::score(model, rows, score::Numeric::F32, progress)?;
    model.threshold = Some(conformal(&scores.to_f64(), false_alarm_rate)?);
    model.calibration = Some(Calibration::new(rows, model.flow.dim));
    let missing = [Numeric::I16, Numeric::I8].map(|numeric| {
        let error = set_threshold(model, rows, numeric, progress).err()?;
        Some((numeric, error))
    });
    Ok(missing.into_iter().flatten().collect())
}

/// Gives a calibrated model the threshold of one integer type, at the false-alarm rate that it has.
pub fn set_threshold(
    model: &mut Model,
    rows: &[f64],
    numeric: Numeric,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<()> {
    let (Some(weights), Some(threshold)) = (numeric.weights(), model.threshold) else {
        return Ok(());
    };
    let scores = score_lowered(&lowered(model, numeric)?, rows, progress).to_f64();
    let threshold = conformal(&scores, threshold.false_alarm_rate)?;
    if let Some(calibration) = &mut model.calibration {
        calibration.set_threshold(weights, threshold.score);
    }
    Ok(())
}

/// The split-conformal threshold: of `n` scores of normal rows the `⌈(n + 1)(1 − rate)⌉`-th smallest.
///
/// A new normal row, exchangeable with those, scores above it with probability at most `rate`. The rows should
/// not be those that the flow was trained on. Needs at least `1/rate − 1` rows.
pub fn conformal(scores: &[f64], false_alarm_rate: f64) -> Result<Threshold> {
    if !(false_alarm_rate > 0.0 && false_alarm_rate < 1.0) {
        let message = format!("expected a number between 0 and 1, found {false_alarm_rate}");
        return Err(Error::input("--false-alarm-rate", message));
    }
    let mut sorted = scores.to_vec();
    sorted.sort_by(|a, b| metrics::compare(*a, *b));
    let rank = ((scores.len() + 1) as f64 * (1.0 - false_alarm_rate)).ceil() as usize;
    match sorted.get(rank - 1) {
        Some(score) if score.is_finite() => Ok(Threshold {
            score: *score,
            false_alarm_rate,
        }),
        Some(score) => {
            let broken = scores.iter().filter(|score| !score.is_finite()).count();
            let message = format!(
                "expected finite scores up to rank {rank}, found {score}; {broken} rows have none"
            );
            Err(Error::input("calibration rows", message))
        }
        None => {
            let needed = (1.0 / false_alarm_rate - 1.0).ceil();
            let message = format!(
                "expected at least {needed} rows for a rate of {false_alarm_rate}, found {}",
                scores.len()
            );
            Err(Error::input("calibration rows", message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_a_hundred_new_rows_exceeds_the_threshold() {
        let scores: Vec<f64> = (1..=999).map(f64::from).collect();
        assert_eq!(conformal(&scores, 0.01).unwrap().score, 990.0);
    }

    #[test]
    fn too_few_rows_are_refused_with_the_number_needed() {
        let error = conformal(&[1.0; 98], 0.01).unwrap_err().to_string();
        assert!(error.contains("at least 99 rows"), "{error}");
        assert!(conformal(&[1.0; 99], 0.01).is_ok());
    }

    #[test]
    fn a_row_without_a_score_counts_as_the_strangest() {
        let mut scores: Vec<f64> = (1..=99).map(f64::from).collect();
        scores[0] = -f64::NAN;
        assert_eq!(conformal(&scores, 0.1).unwrap().score, 91.0);
        assert!(
            conformal(&scores, 0.01)
                .unwrap_err()
                .to_string()
                .contains("1 rows have none")
        );
    }
}
