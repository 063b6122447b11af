//! Chooses a recipe by labelled anomalies.
//!
//! An anomaly's share is the share of held-out normal rows with a lower score: 1 if the flow separates it from all of
//! them. The mean share over all anomalies is the area under the ROC curve.

/// The mean; for anomalies' shares, the area under the ROC curve.
pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The area, less one standard error of the gain over the usual recipe: with few anomalies, some recipe gains by
/// chance.
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
        // Both gain 0.1 on average. The standard deviation of the gains of `odd` is √0.02, their standard error √(0.02
        // / 3).
        assert!((merit(&even, &usual) - 0.8).abs() < 1e-12);
        let expected = 0.8 - (0.02f64 / 3.0).sqrt();
        assert!((merit(&odd, &usual) - expected).abs() < 1e-12);
    }
}
