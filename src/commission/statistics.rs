//! The arithmetic of a commissioning, at run-time sizes.

use super::Unfit;
use crate::Number;
use crate::repair::is_number;

/// How many rows are asked for, and which score becomes the threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Plan {
    /// All rows.
    pub rows: u16,
    /// The rank of the threshold among the scores of the second half; the largest has rank 1.
    pub rank: u16,
}

impl Plan {
    /// For at most a share `rate` of normal rows above the threshold, where `dirty` rows of the second half may be anomalous.
    ///
    /// The rank is `⌊(n + 1) · rate⌋ + dirty` of the `n` rows of the second half.
    pub const fn new(rows: u16, rate: f32, dirty: u16) -> Result<Self, Unfit> {
        // In millionths, so that the rank is that of exact arithmetic: a negative rate or NaN is zero.
        let millionths = (rate * 1e6 + 0.5) as u64;
        let scored = rows.saturating_sub(rows / 2);
        let rank = (scored as u64 + 1) * millionths / 1_000_000;
        if rows < 4 || rank == 0 || rank >= scored as u64 {
            let least = match millionths {
                0 | 1_000_000.. => u32::MAX,
                // Of the second half ⌈1/rate⌉ − 1.
                _ => 2 * (1_000_000u64.div_ceil(millionths)) as u32 - 3,
            };
            let needed = if least < 4 { 4 } else { least };
            return Err(Unfit::TooFewRows { needed });
        }
        let rank = (rank as u16).saturating_add(dirty);
        if rank >= scored {
            return Err(Unfit::TooFewRows {
                needed: 2 * (rank as u32 + 1),
            });
        }
        Ok(Self { rows, rank })
    }

    /// The rows that give the means.
    pub const fn half(self) -> u16 {
        self.rows / 2
    }
}

/// One more value of an input: its mean and the sum of its squared deviations from it (Welford's method). `count` values
/// are known with this one.
pub fn learn(mean: &mut f32, squares: &mut f32, count: u16, x: f32) {
    let apart = x - *mean;
    *mean += apart / f32::from(count);
    *squares += apart * (x - *mean);
}

/// `min(1, σ / s)`, where `s` is the deviation of `count` values here and `σ` that at the training: a scale becomes wider,
/// and never narrower. One where either is zero or no number.
pub fn factor(squares: f32, count: u16, deviation: f32) -> f32 {
    let variance = squares / f32::from(count.max(2) - 1);
    let factor = deviation / libm::sqrtf(variance);
    if factor > 0.0 && factor < 1.0 {
        factor
    } else {
        1.0
    }
}

/// Puts a score among the highest ones, the largest first; the lowest falls out.
pub fn sink<N: Number>(top: &mut [N], score: N) {
    let mut score = score;
    for place in top {
        if *place < score {
            core::mem::swap(place, &mut score);
        }
    }
}

/// The score at a rank; an error unless it is one of a row that is not broken.
pub fn threshold<N: Number>(top: &[N], plan: Plan, broken: u16) -> Result<N, Unfit> {
    let place = usize::from(plan.rank.wrapping_sub(broken).wrapping_sub(1));
    match top.get(place) {
        Some(score) if broken < plan.rank && is_number(*score) => Ok(*score),
        _ => Err(Unfit::TooManyBroken {
            broken: broken.into(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_the_score_of_a_row_that_is_not_broken() {
        let plan = Plan { rows: 100, rank: 3 };
        let at = |top: &[f32], broken| threshold(top, plan, broken);
        let top = [9.0, 8.0, 7.0];
        assert_eq!([0, 1, 2].map(|n| at(&top, n)), [7.0, 8.0, 9.0].map(Ok));
        for broken in [3, 4, u16::MAX] {
            let found = broken.into();
            assert_eq!(
                at(&top, broken),
                Err(Unfit::TooManyBroken { broken: found })
            );
        }
        // Of words that were stored and are no scores.
        for none in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX] {
            assert!(at(&[9.0, 8.0, none], 0).is_err(), "{none}");
        }
    }
}
