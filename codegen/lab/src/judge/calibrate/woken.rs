//! Columns that stood still in training and move among the calibration rows.

use super::conformal::conformal;

/// A column that has one value in all normal rows that the model keeps, and others among the calibration rows.
///
/// A flow takes such a value for all but impossible. If it comes often, it sets the threshold, and hides what the other
/// columns say.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Woken {
    /// The name of the column.
    pub feature: String,
    /// Its only value before.
    pub constant: f64,
    /// The number of calibration rows with another value.
    pub moved: usize,
    /// The threshold that the other rows give; `None` if they are too few.
    pub threshold_without: Option<f64>,
}

/// Finds such columns; `scores` are those of `rows`.
pub fn woken(
    features: &[String],
    kept: &[f64],
    rows: &[f64],
    scores: &[f64],
    false_alarm_rate: f64,
) -> Vec<Woken> {
    let dim = features.len().max(1);
    let column = |feature: usize| kept.iter().skip(feature).step_by(dim);
    let columns = features.iter().enumerate();
    columns
        .filter_map(|(i, feature)| {
            let constant = *column(i).next()?;
            // The rows that a model keeps are rounded to f32.
            let is_constant = |value: f64| f64::from(value as f32) == constant;
            if !column(i).all(|value| is_constant(*value)) {
                return None;
            }
            let values = rows.iter().skip(i).step_by(dim);
            let still: Vec<bool> = values.map(|x| x.is_nan() || is_constant(*x)).collect();
            let others = scores.iter().zip(&still);
            let others = others.filter_map(|(score, still)| still.then_some(*score));
            let others: Vec<f64> = others.collect();
            let threshold = conformal(&others, false_alarm_rate).ok();
            (others.len() < still.len()).then(|| Woken {
                feature: feature.clone(),
                constant,
                moved: still.len() - others.len(),
                threshold_without: threshold.map(|threshold| threshold.score),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_that_wakes_is_named_with_the_threshold_of_the_other_rows() {
        let features = ["temp", "hours"].map(String::from);
        let kept: Vec<f64> = (0..50).flat_map(|i| [f64::from(i), 17.0]).collect();
        let hours = |i: u32| if i < 30 { 18.0 } else { 17.0 };
        let rows: Vec<f64> = (0..100).flat_map(|i| [f64::from(i), hours(i)]).collect();
        let scores: Vec<f64> = (0..100)
            .map(|i| if i < 30 { 1000.0 } else { f64::from(i) })
            .collect();
        let woken = woken(&features, &kept, &rows, &scores, 0.1);
        assert_eq!(woken.len(), 1);
        assert_eq!(
            (woken[0].feature.as_str(), woken[0].constant),
            ("hours", 17.0)
        );
        assert_eq!(woken[0].moved, 30);
        // 70 rows from 30 to 99, the 7th largest of them.
        assert_eq!(woken[0].threshold_without, Some(93.0));
    }

    #[test]
    fn a_constant_that_f32_cannot_hold_still_stands_still() {
        let kept = [f64::from(0.1f32); 3];
        assert_eq!(
            woken(&["a".into()], &kept, &[0.1, f64::NAN], &[1.0, 1.0], 0.5),
            []
        );
    }
}
