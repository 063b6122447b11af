//! Chooses a recipe by labelled anomalies, or by the likelihood of held-out rows.
//!
//! An anomaly's share is the share of held-out normal rows with a lower score: 1 if the flow separates it from all of
//! them. The mean share over all anomalies is the area under the ROC curve.

use std::fmt;

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

/// How much likelier held-out rows are with another recipe than with the usual one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Gain {
    /// The mean over the rows, in nats.
    pub nats: f64,
    /// Its standard error.
    pub error: f64,
}

/// Of the held-out rows, the share that is left out because neither recipe expects them: single ones could decide alone.
const STRAY: f64 = 0.01;

impl Gain {
    /// `usual` and `other` are `−ln p` of the same rows.
    pub fn new(usual: &[f64], other: &[f64]) -> Self {
        let mut pairs: Vec<(f64, f64)> = usual.iter().zip(other).map(|(a, b)| (*a, *b)).collect();
        pairs.sort_by(|(a, b), (c, d)| a.max(*b).total_cmp(&c.max(*d)));
        let kept = ((1.0 - STRAY) * pairs.len() as f64).ceil() as usize;
        let gains: Vec<f64> = pairs[..kept].iter().map(|(a, b)| a - b).collect();
        let nats = mean(&gains);
        let squares: f64 = gains.iter().map(|gain| (gain - nats) * (gain - nats)).sum();
        Self {
            nats,
            error: squares.sqrt() / gains.len() as f64,
        }
    }

    /// Whether chance alone would hardly give such a gain.
    pub fn is_sure(self) -> bool {
        self.nats > 2.0 * self.error
    }
}

impl fmt::Display for Gain {
    /// `held-out likelihood +1.90 nats a row, 4.1 standard errors`.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (nats, errors) = (self.nats, self.nats / self.error.max(f64::MIN_POSITIVE));
        write!(
            f,
            "held-out likelihood {nats:+.2} nats a row, {errors:.1} standard errors"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gain_is_sure_where_most_rows_agree_on_it_and_strays_do_not_count() {
        let usual: Vec<f64> = (0..200).map(f64::from).collect();
        let shifted = |by: f64| usual.iter().map(|score| score - by).collect::<Vec<_>>();
        let gain = Gain::new(&usual, &shifted(0.5));
        assert_eq!((gain.nats, gain.error, gain.is_sure()), (0.5, 0.0, true));
        assert!(!Gain::new(&usual, &shifted(-0.5)).is_sure());
        let gain = Gain {
            nats: 1.9,
            error: 0.5,
        };
        assert_eq!(
            gain.to_string(),
            "held-out likelihood +1.90 nats a row, 3.8 standard errors"
        );
        let mut strays = shifted(-0.5);
        strays[199] = -1e9;
        assert!(Gain::new(&usual, &strays).nats < 0.0);
        let uneven: Vec<f64> = (0..200)
            .map(|i| f64::from(i) + f64::from(i % 2 * 8 - 4) + 0.1)
            .collect();
        assert!(!Gain::new(&uneven, &usual).is_sure());
    }

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
