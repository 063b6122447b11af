//! How rare a score is among normal rows.

use crate::Number;
use crate::fixed::Fixed;

/// How rare a score is among normal rows, by rank: `u ≈ −ln p` in nats.
///
/// ```text
/// p(s) = (1 + #{normal rows that score ≥ s}) / (n + 1)        of n normal rows
/// u(s) = −2 ln ½(√a + √b)        of the step a < p(s) ≤ b;   b = 1, e^−step, e^−2step, …, and a is the b after it
/// ```
///
/// Scores of new normal rows have `P(p ≤ α) ≤ α`, whatever the model. Between its ends, a step is worth what [`Drift`] wins on p-values
/// that are spread evenly over it, in the mean: `½ e^½u = (√b − √a) / (b − a)`, the mean of `½ p^−½`. Beyond the
/// highest normal score `a = 0` and `u` stays at `ln 4 (n + 1)`: what was never seen is not extrapolated. The surprises of
/// different models and machines can be compared, their scores cannot.
///
/// Knots are scores in ascending order, each passed by ever fewer normal rows: `N` is `f32` or
/// [`Fixed`](crate::fixed::Fixed), as the score is. `nice-flow generate --drift 10000` writes them, as `P_VALUES`.
///
/// ```
/// use nice_flow::PValues;
///
/// // A share of e⁻¹ of the normal rows scores above 10, e⁻² above 20 and e⁻³ above 30.
/// static P_VALUES: PValues<f32, 3> = PValues::new([10.0, 20.0, 30.0], 65_536);
/// let surprise = |score| P_VALUES.surprise(score).to_f32();
/// assert_eq!([9.0, 25.0].map(surprise), [0.4375, 2.4375]);
/// assert_eq!([1e9, f32::NAN].map(surprise), [4.386_291_5; 2]);
/// ```
///
/// [`Drift`]: crate::Drift
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct PValues<N, const K: usize> {
    knots: [N; K],
    step: i32,
}

impl<N: Number, const K: usize> PValues<N, K> {
    /// A score above knot `k`, from 0, has a surprise of `k + 1` steps at least; a step is in nats times 2¹⁶.
    ///
    /// # Panics
    ///
    /// If `step` is negative, or the surprise beyond the last knot above 2¹⁵ nats.
    pub const fn new(knots: [N; K], step: i32) -> Self {
        assert!(
            0 <= step && K as i64 * step as i64 + BEYOND as i64 <= i32::MAX as i64,
            "a surprise that fits"
        );
        Self { knots, step }
    }

    /// How rare a score is, in nats; NaN is rarest.
    #[must_use]
    pub fn surprise(&self, score: N) -> Fixed {
        // Not those that it passes: a NaN passes every knot.
        let below = self.knots.iter().filter(|knot| score <= **knot).count();
        Fixed::from_bits(surprise(below, K, self.step))
    }
}

/// The surprise of a score that so many of the knots are not below, in nats times 2¹⁶ as the step is.
#[inline]
#[must_use]
pub const fn surprise(not_below: usize, knots: usize, step: i32) -> i32 {
    let passed = knots.wrapping_sub(not_below) as i32;
    let more = if not_below == 0 { BEYOND } else { within(step) };
    passed.wrapping_mul(step).wrapping_add(more)
}

/// `2 ln 2`, rounded down: what the lowest step is worth beyond its upper end, since it has no lower one.
const BEYOND: i32 = 90_852;

/// `2 ln 2/(1 + e^−½step)`, what a step is worth beyond its upper end, rounded down to `1 − (1 − ¼ step)²`, and to 1 for steps of more
/// than 4 nats. For the usual steps of up to 0.4 nats that is less by 1e-4 at most.
const fn within(step: i32) -> i32 {
    const NAT: i32 = 1 << 16;
    // 1 − ¼ step in 2⁻¹⁵, rounded up, as its square is; a step below zero, of a blob that nobody checked, is taken for none.
    let rest = match (NAT >> 1) - (step >> 3) {
        rest if rest < 0 => 0,
        rest if rest > NAT >> 1 => NAT >> 1,
        rest => rest,
    };
    NAT - ((rest * rest + (1 << 14) - 1) >> 14)
}
