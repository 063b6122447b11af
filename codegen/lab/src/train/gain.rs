//! Compares two recipes by the likelihood of held-out rows.

use super::choice::mean;
use std::fmt;

/// How much likelier held-out rows are with another recipe than with the usual one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Gain {
    /// The mean over the rows, in nats.
    pub nats: f64,
    /// Its standard error.
    pub error: f64,
}

/// Chance alone hardly gives a gain of so many standard errors.
pub(super) const SURE: f64 = 2.0;

/// A triangular layer in front needs a gain of so many nats a feature: `cardio` of `examples/recipe.rs`, where it costs two points of
/// the area, gains 0.13; forty sensors that move together gain 0.95.
pub(super) const LARGE_GAIN: f64 = 0.25;

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
        self.nats > SURE * self.error
    }
}

impl Gain {
    /// Whether it is shown as a gain.
    pub fn is_positive(self) -> bool {
        self.nats >= SHOWN / 2.0
    }
}

/// The step of nats that are shown.
const SHOWN: f64 = 0.01;

impl fmt::Display for Gain {
    /// `held-out likelihood +1.90 nats a row, 4.1 standard errors`.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if self.nats.abs() < SHOWN / 2.0 {
            return write!(f, "held-out likelihood the same within {SHOWN} nats a row");
        }
        write!(f, "held-out likelihood {:+.2} nats a row", self.nats)?;
        match self.error > 0.0 {
            true => write!(f, ", {:.1} standard errors", self.nats.abs() / self.error),
            false => Ok(()),
        }
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
        let said = |nats, error| Gain { nats, error }.to_string();
        assert_eq!(
            said(-0.003, 0.1),
            "held-out likelihood the same within 0.01 nats a row"
        );
        assert_eq!(
            said(-0.02, 1.0),
            "held-out likelihood -0.02 nats a row, 0.0 standard errors"
        );
        assert_eq!(said(0.5, 0.0), "held-out likelihood +0.50 nats a row");
        let mut strays = shifted(-0.5);
        strays[199] = -1e9;
        assert!(Gain::new(&usual, &strays).nats < 0.0);
        let uneven: Vec<f64> = (0..200)
            .map(|i| f64::from(i) + f64::from(i % 2 * 8 - 4) + 0.1)
            .collect();
        assert!(!Gain::new(&uneven, &usual).is_sure());
    }
}
