//! The threshold itself: a score of the calibration rows.

use super::guarantee::Guarantee;
use nice_flow_codegen::model::Threshold;
use nice_flow_codegen::model::p_values::strangest_first;
use nice_flow_codegen::text::counted;
use nice_flow_codegen::{Error, Result};

/// The split-conformal threshold: the `k`-th largest of `n` scores of normal rows, with `k = ⌊(n + 1) · rate⌋`.
///
/// A new normal row scores above it with probability at most `rate`: see [`Guarantee`]. Scores that are not finite
/// count as the largest. If scores tie at the threshold, the probability is smaller.
pub fn conformal(scores: &[f64], false_alarm_rate: f64) -> Result<Threshold> {
    let k = Guarantee::new(scores.len(), false_alarm_rate)?.k;
    match strangest_first(scores).get(k - 1) {
        Some(score) if score.is_finite() => Ok(Threshold {
            score: *score,
            false_alarm_rate,
        }),
        _ => {
            let broken = scores.iter().filter(|score| !score.is_finite()).count();
            let message = format!(
                "expected at most {} without a finite score for a rate of {false_alarm_rate}, found {broken}",
                counted(k - 1, "row")
            );
            Err(Error::input("calibration rows", message))
        }
    }
}

/// Whether a score is above the threshold, or no finite number: what a detector takes for anomalous.
pub fn exceeds(score: f64, threshold: f64) -> bool {
    !score.is_finite() || score > threshold
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
        for broken in [-f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let mut scores: Vec<f64> = (1..=99).map(f64::from).collect();
            scores[0] = broken;
            assert_eq!(conformal(&scores, 0.1).unwrap().score, 91.0);
            let error = conformal(&scores, 0.01).unwrap_err().to_string();
            assert!(error.contains("at most 0 rows without a finite score"));
            assert!(error.contains("found 1"), "{error}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        // Each of n + 1 exchangeable rows is the new one with equal probability, so counting over all of them tests the
        // guarantee.
        #[test]
        fn of_all_rows_at_most_the_rate_exceeds_the_threshold_of_the_others(
            // Few distinct values, so that scores tie; some scores are not finite.
            scores in prop::collection::vec(prop_oneof![9 => (0..12).prop_map(f64::from), 1 => Just(f64::NAN)], 10..60),
            rate in 0.1..0.9,
        ) {
            let exceeds = |row: usize| -> Option<bool> {
                let others = [&scores[..row], &scores[row + 1..]].concat();
                let threshold = conformal(&others, rate).ok()?;
                let score = scores[row];
                Some(!score.is_finite() || score > threshold.score)
            };
            let verdicts: Option<Vec<bool>> = (0..scores.len()).map(exceeds).collect();
            if let Some(verdicts) = verdicts {
                let alarms = verdicts.iter().filter(|alarm| **alarm).count();
                prop_assert!(alarms as f64 / scores.len() as f64 <= rate, "{alarms} of {}", scores.len());
            }
        }
    }

    #[test]
    fn a_score_at_the_threshold_does_not_exceed_it() {
        let found = [2.0, 2.5, -3.0, f64::NAN, f64::NEG_INFINITY].map(|score| exceeds(score, 2.0));
        assert_eq!(found, [false, true, false, true, true]);
    }
}
