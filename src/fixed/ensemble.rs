//! How the log-densities of several models become one.

use super::Fixed;
use super::limit::{at_most, below, within};
use super::mixture::log_sum_exp;
use super::saturation::Saturation;
use crate::ensemble::Combine;
use crate::ln::ln;

/// The mean density of `N` members: `ln (1/N Σ pₙ)`, in nats; the lowest there is, if that of one member is.
///
/// ```
/// use nice_flow::{Combine, fixed::{Fixed, MeanDensity}};
///
/// // Densities of 0.2 and 0.6: their mean is 0.4.
/// let members = [Fixed::<16>::from_nats(-1.609_438), Fixed::from_nats(-0.510_826)];
/// let mean = MeanDensity::new().combine(&members);
/// assert!((mean.to_f32() - 0.4f32.ln()).abs() < 1e-4);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct MeanDensity;

impl MeanDensity {
    /// Of as many members as there are.
    pub const fn new() -> Self {
        Self
    }
}

impl<const FRAC: u32, const N: usize> Combine<Fixed<FRAC>, N> for MeanDensity {
    fn combine(&self, log_densities: &[Fixed<FRAC>; N]) -> Fixed<FRAC> {
        const { assert!(N > 0, "a mean needs a member") };
        // Rounded to the nearest.
        let ln_members = const { (ln(N as f64) * Fixed::<FRAC>::ONE as f64 + 0.5) as i32 };
        mean_density(ln_members, log_densities)
    }
}

/// [`MeanDensity`] at a run-time size.
#[inline]
pub fn mean_density<const FRAC: u32>(
    ln_members: i32,
    log_densities: &[Fixed<FRAC>],
) -> Fixed<FRAC> {
    let mut saturation = Saturation::NONE;
    for log_density in log_densities {
        saturation = saturation.or_at_limit(at_most(log_density.to_bits(), 0), i32::MAX);
    }
    let sum = i64::from(log_sum_exp(log_densities).to_bits());
    // No lower than `-i32::MAX`: the negative of `i32::MIN`, its score, would overflow.
    let mean = within(sum - i64::from(ln_members), i32::MAX);
    saturation.lower(Fixed::from_bits(mean))
}

/// Points of a [`Tail`].
pub const KNOTS: usize = 16;

/// How rare a member's score is among normal rows: `w · u(score)`, `u = −ln P(a normal row scores as high)`, `w` a weight.
///
/// Given by its value at [`KNOTS`] scores, its knots: zero below the first, linear between them, and beyond the last one
/// on along the last slope, as an exponential tail goes. All in bits, times `2^FRAC`.
///
/// ```
/// use nice_flow::fixed::{Fixed, KNOTS, Tail};
///
/// // The knots are the scores 0, 1, … 15 nats; at each, `w · u` is a quarter more.
/// let tail = Tail::new(core::array::from_fn(|i| (i as i32) << 16), [1 << 14; KNOTS], 1 << 14);
/// assert_eq!(tail.at(Fixed::<16>::from_nats(2.5)), 5 << 13); // 0.625
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Tail {
    knots: [i32; KNOTS],
    slopes: [i32; KNOTS],
    step: i32,
}

impl Tail {
    /// The scores at which `w · u` is `0, step, 2 step, …`, and its slope from each of them on; all times `2^FRAC`.
    ///
    /// # Panics
    ///
    /// Unless the knots ascend; equal ones may follow each other.
    pub const fn new(knots: [i32; KNOTS], slopes: [i32; KNOTS], step: i32) -> Self {
        let mut i = 1;
        while i < KNOTS {
            assert!(knots[i - 1] <= knots[i], "knots ascend");
            i += 1;
        }
        Self {
            knots,
            slopes,
            step,
        }
    }

    /// `w · u(score)` in bits, at most `i32::MAX`; exactly that for the largest score, of a member that saw a dead sensor.
    // Counts the knots below the score, and looks up: no branch depends on the score.
    #[inline(never)]
    #[must_use]
    pub fn at<const FRAC: u32>(&self, score: Fixed<FRAC>) -> i32 {
        let score = score.to_bits();
        let reached = self.knots.iter().map(|knot| 1 + below(score, *knot));
        let last = (reached.sum::<i32>() - 1).max(0);
        let index = last as usize;
        let (Some(knot), Some(slope)) = (self.knots.get(index), self.slopes.get(index)) else {
            return i32::MAX;
        };
        let beyond = (i64::from(score) - i64::from(*knot)) & !i64::from(below(score, *knot));
        let rise = beyond.wrapping_mul(i64::from(*slope)) >> FRAC;
        let lost = -i64::from(below(i32::MAX - 1, score)) << 31;
        within(
            i64::from(last.wrapping_mul(self.step)) + rise + lost,
            i32::MAX,
        )
    }
}

/// `−Σ wₙ uₙ`: how rare a row is among normal ones, by all `N` members together. Used like a log-density, but none.
///
/// ```
/// use nice_flow::{Combine, fixed::{Fixed, KNOTS, Tail, Tails}};
///
/// let tail = || Tail::new(core::array::from_fn(|i| (i as i32) << 16), [1 << 14; KNOTS], 1 << 14);
/// let log_densities = [-2.0, -6.0].map(Fixed::<16>::from_nats);
/// assert_eq!(Tails::new([tail(), tail()]).combine(&log_densities).to_f32(), -2.0);
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(transparent)]
pub struct Tails<const N: usize>([Tail; N]);

impl<const N: usize> Tails<N> {
    /// The tail of each member, in their order.
    pub const fn new(tails: [Tail; N]) -> Self {
        Self(tails)
    }
}

impl<const FRAC: u32, const N: usize> Combine<Fixed<FRAC>, N> for Tails<N> {
    fn combine(&self, log_densities: &[Fixed<FRAC>; N]) -> Fixed<FRAC> {
        tails(&self.0, log_densities)
    }
}

/// `−max uₙ`: how rare a row is among normal ones, by the member that finds it rarest. Used like a log-density, but none.
///
/// ```
/// use nice_flow::{Combine, fixed::{Fixed, HighestTail, KNOTS, Tail}};
///
/// let tail = || Tail::new(core::array::from_fn(|i| (i as i32) << 16), [1 << 14; KNOTS], 1 << 14);
/// let log_densities = [-2.0, -6.0].map(Fixed::<16>::from_nats);
/// assert_eq!(HighestTail::new([tail(), tail()]).combine(&log_densities).to_f32(), -1.5);
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(transparent)]
pub struct HighestTail<const N: usize>([Tail; N]);

impl<const N: usize> HighestTail<N> {
    /// The tail of each member, in their order.
    pub const fn new(tails: [Tail; N]) -> Self {
        Self(tails)
    }
}

impl<const FRAC: u32, const N: usize> Combine<Fixed<FRAC>, N> for HighestTail<N> {
    fn combine(&self, log_densities: &[Fixed<FRAC>; N]) -> Fixed<FRAC> {
        highest_tail(&self.0, log_densities)
    }
}

/// [`HighestTail`] at a run-time size.
// No branch depends on a score. Tail scores are between 0 and `i32::MAX`, so that their differences do not overflow.
#[inline]
pub fn highest_tail<const FRAC: u32>(tails: &[Tail], log_densities: &[Fixed<FRAC>]) -> Fixed<FRAC> {
    let mut highest = 0;
    for (tail, log_density) in tails.iter().zip(log_densities) {
        let u = tail.at(-*log_density);
        highest += u.wrapping_sub(highest) & below(highest, u);
    }
    Fixed::from_bits(-highest)
}

/// [`Tails`] at a run-time size.
#[inline]
pub fn tails<const FRAC: u32>(tails: &[Tail], log_densities: &[Fixed<FRAC>]) -> Fixed<FRAC> {
    let members = tails.iter().zip(log_densities);
    let total: i64 = members
        .map(|(tail, log_density)| i64::from(tail.at(-*log_density)))
        .sum();
    Fixed::from_bits(-within(total, i32::MAX))
}
