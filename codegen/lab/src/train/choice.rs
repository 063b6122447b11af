//! What labelled anomalies say of a recipe.
//!
//! An anomaly's share is that of the held-out normal rows which score less: one where a flow tells it from all of
//! them. The mean over anomalies is the area under the ROC curve.

/// The mean; of anomalies' shares the area.
pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The area, less a standard error of its gain over the usual recipe's: a few anomalies favour some recipe by chance.
pub(super) fn merit(shares: &[f64], usual: &[f64]) -> f64 {
    let gains: Vec<f64> = shares.iter().zip(usual).map(|(a, b)| a - b).collect();
    let gain = mean(&gains);
    let squares: f64 = gains.iter().map(|one| (one - gain) * (one - gain)).sum();
    mean(shares) - squares.sqrt() / gains.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gain_counts_less_the_more_the_anomalies_differ_on_it() {
        let usual = [0.5, 0.7, 0.9];
        assert_eq!(merit(&usual, &usual), mean(&usual));
        let (even, odd) = ([0.6, 0.8, 1.0], [0.8, 0.7, 0.9]);
        // Both gain 0.1 on the mean; the deviation of odd's gains is √0.02, a standard error √(0.02 / 3).
        assert!((merit(&even, &usual) - 0.8).abs() < 1e-12);
        let expected = 0.8 - (0.02f64 / 3.0).sqrt();
        assert!((merit(&odd, &usual) - expected).abs() < 1e-12);
    }
}
