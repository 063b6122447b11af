//! The distribution of a flow's scores of normal rows: 16 quantiles and an exponential tail.

use crate::{Error, Result};
use serde::{Deserialize, Serialize};

/// The number of knots of a tail.
pub const KNOTS: usize = 16;

/// `−ln` of 0.05, the share of normal rows that score above the last knot.
pub const LAST: f64 = 2.995_732_273_553_991;

/// The distribution of a flow's scores of normal rows: 16 quantiles, and an exponential tail beyond the last of them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tail {
    /// Knot `j` is the score in nats that a share of `0.05^(j/15)` of the normal rows exceeds.
    pub knots: [f64; KNOTS],
    /// Mean excess of the scores above the last knot over that knot, in nats.
    pub excess: f64,
}

impl Tail {
    /// The tail of scores that are `nats` higher.
    pub fn shifted(&self, nats: f64) -> Self {
        let knots = self.knots.map(|knot| knot + nats);
        Self { knots, ..*self }
    }

    /// The tail score of a score in nats: 0 at the first knot, linear between knots and beyond the last. NaN stays NaN.
    pub fn score(&self, score: f64) -> f64 {
        let [first, .., last] = self.knots;
        if score < first {
            return 0.0;
        }
        let pairs = self.knots.windows(2).enumerate();
        let mut around = pairs.filter(|(_, pair)| pair[0] <= score && score < pair[1]);
        match around.next() {
            Some((j, pair)) => {
                let share = (score - pair[0]) / (pair[1] - pair[0]);
                Self::STEP * (j as f64 + share)
            }
            None => LAST + (score - last) / self.excess,
        }
    }

    /// An error unless the knots are finite and ascend, and the excess is positive.
    pub fn check(&self, place: &str) -> Result<()> {
        let rises = self.knots.is_sorted() && self.knots.iter().all(|knot| knot.is_finite());
        if rises && self.excess > 0.0 && self.excess.is_finite() {
            return Ok(());
        }
        let message =
            format!("expected finite knots that rise and an excess above 0, found {self:?}");
        Err(Error::input(place, message))
    }
}

/// The constants of the runtime crate's `Tail`, for a tail score times a weight: the knots, the slope from each knot
/// on, and the rise from one knot to the next.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Constants<T> {
    pub knots: [T; KNOTS],
    pub slopes: [T; KNOTS],
    pub step: T,
}

impl Tail {
    /// The rise of the tail score from one knot to the next: `ln` of the ratio of the shares of rows above them.
    pub const STEP: f64 = LAST / (KNOTS - 1) as f64;

    /// The constants for the tail score times `weight`, in the number type of a board.
    pub fn constants<T>(&self, weight: f64, number: impl Fn(f64) -> T) -> Constants<T> {
        Constants {
            knots: self.knots.map(&number),
            slopes: self.slopes().map(|slope| number(slope * weight)),
            step: number(Self::STEP * weight),
        }
    }

    /// The slope from each knot on; 0 where the next knot is at the same score.
    fn slopes(&self) -> [f64; KNOTS] {
        std::array::from_fn(|j| match self.knots.get(j + 1) {
            Some(next) if *next > self.knots[j] => Self::STEP / (next - self.knots[j]),
            Some(_) => 0.0,
            None => 1.0 / self.excess,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Knots at 0, 1, 2, 2, 2, 5, 6, … 15, and beyond them two nats on the mean.
    fn tied() -> Tail {
        let mut knots = std::array::from_fn(|j| j as f64);
        knots[3..5].fill(2.0);
        Tail { knots, excess: 2.0 }
    }

    #[test]
    fn a_score_on_a_knot_has_reached_it_and_all_that_tie_with_it() {
        let tail = tied();
        for (score, knots) in [
            (-0.5, 0.0),
            (0.0, 0.0),
            (1.0, 1.0),
            (1.5, 1.5),
            (2.0, 4.0),
            (3.5, 4.5),
            (5.0, 5.0),
            (15.0, 15.0),
        ] {
            let apart = tail.score(score) - Tail::STEP * knots;
            assert!(apart.abs() < 1e-14, "{score}: {apart}");
        }
    }

    #[test]
    fn beyond_the_last_knot_a_tail_rises_by_one_over_the_excess() {
        assert_eq!(tied().score(18.0), LAST + 1.5);
        let share = (-LAST).exp();
        assert!((share - 0.05).abs() < 1e-15, "{share}");
    }

    #[test]
    fn the_constants_are_knots_slopes_and_the_step_times_the_weight() {
        let weight = 0.25;
        let constants = tied().constants(weight, |number| number);
        let step = weight * Tail::STEP;
        let mut slopes = [step; KNOTS];
        slopes[2..4].fill(0.0);
        // From 2 to 5 nats.
        slopes[4] = step / 3.0;
        slopes[15] = weight / 2.0;
        assert_eq!((constants.knots, constants.step), (tied().knots, step));
        for (found, expected) in constants.slopes.iter().zip(slopes) {
            assert!((found - expected).abs() < 1e-16, "{found} {expected}");
        }
    }

    #[test]
    fn a_shifted_tail_knows_higher_scores() {
        let shifted = tied().shifted(10.0);
        for score in [-1.0, 0.0, 3.0, 15.0, 99.0] {
            assert_eq!(tied().score(score), shifted.score(score + 10.0));
        }
    }

    #[test]
    fn what_is_no_tail_is_refused() {
        assert!(tied().check("tail").is_ok());
        let changes: [fn(&mut Tail); 6] = [
            |tail| tail.knots[4] = 1.5,
            |tail| tail.knots[15] = f64::INFINITY,
            |tail| tail.knots[0] = f64::NAN,
            |tail| tail.excess = 0.0,
            |tail| tail.excess = f64::INFINITY,
            |tail| tail.excess = f64::NAN,
        ];
        for change in changes {
            let mut tail = tied();
            change(&mut tail);
            let error = tail.check("tail").unwrap_err().to_string();
            assert!(error.starts_with("tail: expected finite knots"), "{error}");
        }
    }
}
