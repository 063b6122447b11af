//! Compares two recipes by the likelihood of held-out rows.

use super::choice::mean;
use nice_flow_codegen::text::counted;

/// How much likelier held-out rows are with another recipe than with the usual one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Gain {
    /// The mean over the rows, in nats.
    pub nats: f64,
    /// Its standard error.
    pub error: f64,
    /// Rows that both were compared on.
    pub rows: usize,
}

/// Chance alone hardly gives a gain of so many standard errors.
pub(super) const SURE: f64 = 2.0;

/// Of fewer rows, the standard error tells nothing.
const FEWEST: usize = 8;

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
            rows: gains.len(),
        }
    }

    /// Whether chance alone would hardly give such a gain.
    pub fn is_sure(self) -> bool {
        self.is_known() && self.nats > SURE * self.error
    }

    /// Whether there are rows enough to tell.
    pub fn is_known(self) -> bool {
        self.rows >= FEWEST
    }

    /// Whether it is shown as a gain.
    pub fn is_positive(self) -> bool {
        self.nats >= SHOWN / 2.0
    }
}

/// The step of nats that are shown.
const SHOWN: f64 = 0.01;

impl Gain {
    /// The gain over the recipe `usual` in words: `held-out likelihood +1.90 nats a row against small, 4.1 standard errors`.
    pub fn against(self, usual: &str) -> String {
        if self.nats.abs() < SHOWN / 2.0 {
            return format!("held-out likelihood the same as of {usual} within {SHOWN} nats a row");
        }
        let errors = self.nats.abs() / self.error;
        let errors = match errors {
            _ if !self.is_known() => format!("of only {}", counted(self.rows, "row")),
            _ if errors > MOST_SHOWN => format!("more than {MOST_SHOWN} standard errors"),
            _ => format!("{:.1} standard errors", towards_zero(errors, 10.0)),
        };
        let nats = towards_zero(self.nats, 100.0);
        format!("held-out likelihood {nats:+.2} nats a row against {usual}, {errors}")
    }
}

/// More standard errors are not counted.
const MOST_SHOWN: f64 = 100.0;

/// A number cut off behind a digit: what is less than a limit is then shown as less.
fn towards_zero(number: f64, unit: f64) -> f64 {
    // A little more, so that 0.29 stays what it is.
    (number * unit * (1.0 + 1e-12)).trunc() / unit
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
            rows: 200,
        };
        assert_eq!(
            gain.against("small"),
            "held-out likelihood +1.90 nats a row against small, 3.8 standard errors"
        );
        let said = |nats, error, rows| Gain { nats, error, rows }.against("large");
        assert_eq!(
            said(-0.003, 0.1, 200),
            "held-out likelihood the same as of large within 0.01 nats a row"
        );
        assert_eq!(
            said(-0.02, 1.0, 200),
            "held-out likelihood -0.02 nats a row against large, 0.0 standard errors"
        );
        assert_eq!(
            said(0.5, 0.0, 200),
            "held-out likelihood +0.50 nats a row against large, more than 100 standard errors"
        );
        assert_eq!(
            said(2.999, 1.5001, 200),
            "held-out likelihood +2.99 nats a row against large, 1.9 standard errors"
        );
        assert_eq!(
            said(0.29, 0.1, 200),
            "held-out likelihood +0.29 nats a row against large, 2.9 standard errors"
        );
        assert_eq!(
            said(0.5, 0.0, 1),
            "held-out likelihood +0.50 nats a row against large, of only 1 row"
        );
        assert!(!Gain::new(&usual[..7], &shifted(0.5)[..7]).is_sure());
        let mut strays = shifted(-0.5);
        strays[199] = -1e9;
        assert!(Gain::new(&usual, &strays).nats < 0.0);
        let uneven: Vec<f64> = (0..200)
            .map(|i| f64::from(i) + f64::from(i % 2 * 8 - 4) + 0.1)
            .collect();
        assert!(!Gain::new(&uneven, &usual).is_sure());
    }
}
