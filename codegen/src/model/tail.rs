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
