//! How rare a score is among normal rows.

use crate::Number;
use crate::fixed::Fixed;

/// How rare a score is among normal rows, by rank: `u = −ln p` in nats.
///
/// ```text
/// p(s) = (1 + #{normal rows that score ≥ s}) / (n + 1)        of n normal rows, rounded up to a power of e^−step
/// ```
///
/// Scores of new normal rows have `P(p ≤ α) ≤ α`, whatever the model. Beyond the highest normal score `u` stays at
/// `ln (n + 1)`: what was never seen is not extrapolated. The surprises of different models and machines can be compared,
/// their scores cannot.
///
/// Knots are scores in ascending order, each passed by ever fewer normal rows: `N` is `f32` or
/// [`Fixed`](crate::fixed::Fixed), as the score is. `nice-flow generate --drift 10000` writes them, as `P_VALUES`.
///
/// ```
/// use nice_flow::PValues;
///
/// // A share of e⁻¹ of the normal rows scores above 10, e⁻² above 20 and e⁻³ above 30.
/// static P_VALUES: PValues<f32, 3> = PValues::new([10.0, 20.0, 30.0], 65_536);
/// assert_eq!([9.0, 25.0, 1e9].map(|score| P_VALUES.surprise(score).to_f32()), [0.0, 2.0, 3.0]);
/// assert_eq!(P_VALUES.surprise(f32::NAN).to_f32(), 3.0);
/// ```
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
    /// If `step` is negative, or the surprise beyond the last knot above 2³¹.
    pub const fn new(knots: [N; K], step: i32) -> Self {
        assert!(
            0 <= step && K as i64 * step as i64 <= i32::MAX as i64,
            "a surprise that fits"
        );
        Self { knots, step }
    }

    /// `−ln p` of a score in nats; the largest there is for NaN.
    #[must_use]
    pub fn surprise(&self, score: N) -> Fixed {
        let mut bits = 0i32;
        for knot in &self.knots {
            // Not `score > knot`: a NaN passes every knot.
            let is_below = score <= *knot;
            bits = bits.wrapping_add(if is_below { 0 } else { self.step });
        }
        Fixed::from_bits(bits)
    }
}
