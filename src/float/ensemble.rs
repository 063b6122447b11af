//! How the log-densities of several models become one.

use super::math::{Libm, Math};
use super::prior::log_sum_exp;
use crate::ensemble::Combine;
use crate::ln::ln;
use core::marker::PhantomData;

/// The mean density of `N` members: `ln (1/N Σ pₙ)`, in nats. The density of a member drawn at random.
///
/// ```
/// use nice_flow::{Combine, float::MeanDensity};
///
/// // Densities of 0.2 and 0.6: their mean is 0.4.
/// let mean = <MeanDensity>::new().combine(&[0.2f32.ln(), 0.6f32.ln()]);
/// assert!((mean - 0.4f32.ln()).abs() < 1e-6);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct MeanDensity<M = Libm>(PhantomData<M>);

impl<M> MeanDensity<M> {
    /// Of as many members as there are; `M` is where the exponential and the logarithm come from.
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<M> Default for MeanDensity<M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M: Math, const N: usize> Combine<f32, N> for MeanDensity<M> {
    fn combine(&self, log_densities: &[f32; N]) -> f32 {
        const { assert!(N > 0, "a mean needs a member") };
        mean_density::<M>(const { ln(N as f64) as f32 }, log_densities)
    }
}

/// [`MeanDensity`] at a run-time size.
#[inline]
pub fn mean_density<M: Math>(ln_members: f32, log_densities: &[f32]) -> f32 {
    log_sum_exp::<M>(log_densities) - ln_members
}

/// Points of a [`Tail`].
pub const KNOTS: usize = 16;

/// How rare a member's score is among normal rows: `w · u(score)`, `u = −ln P(a normal row scores as high)`, `w` a weight.
///
/// Given by its value at [`KNOTS`] scores, its knots: zero below the first, linear between them, and beyond the last one
/// on along the last slope, as an exponential tail goes.
///
/// ```
/// use nice_flow::float::{KNOTS, Tail};
///
/// // The knots are the scores 0, 1, … 15; at each, `w · u` is a quarter more.
/// let knots = core::array::from_fn(|i| i as f32);
/// let tail = Tail::new(knots, [0.25; KNOTS], 0.25);
/// assert_eq!([-3.0, 2.5, 100.0].map(|score| tail.at(score)), [0.0, 0.625, 25.0]);
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Tail {
    knots: [f32; KNOTS],
    slopes: [f32; KNOTS],
    step: f32,
}

impl Tail {
    /// The scores at which `w · u` is `0, step, 2 step, …`, and its slope from each of them on.
    ///
    /// # Panics
    ///
    /// Unless the knots ascend; equal ones may follow each other.
    pub const fn new(knots: [f32; KNOTS], slopes: [f32; KNOTS], step: f32) -> Self {
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

    /// `w · u(score)`; NaN of a NaN, and of −∞, which no normal row scores.
    #[must_use]
    pub fn at(&self, score: f32) -> f32 {
        let reached: u16 = self
            .knots
            .iter()
            .map(|knot| u16::from(*knot <= score))
            .sum();
        let last = reached.saturating_sub(1);
        let index = usize::from(last);
        let (Some(knot), Some(slope)) = (self.knots.get(index), self.slopes.get(index)) else {
            return f32::NAN;
        };
        // `0 · score`, not `0`: NaN for −∞ and for NaN, so that a broken member is not overlooked.
        let rise = if score < *knot {
            0.0 * score
        } else {
            score - knot
        };
        f32::from(last) * self.step + rise * slope
    }
}

/// `−Σ wₙ uₙ`: how rare a row is among normal ones, by all `N` members together. Used like a log-density, but none.
///
/// ```
/// use nice_flow::{Combine, float::{KNOTS, Tail, Tails}};
///
/// let tail = || Tail::new(core::array::from_fn(|i| i as f32), [0.25; KNOTS], 0.25);
/// // Scores of 2 and 6: 0.5 and 1.5.
/// assert_eq!(Tails::new([tail(), tail()]).combine(&[-2.0, -6.0]), -2.0);
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

impl<const N: usize> Combine<f32, N> for Tails<N> {
    fn combine(&self, log_densities: &[f32; N]) -> f32 {
        tails(&self.0, log_densities)
    }
}

/// `−max uₙ`: how rare a row is among normal ones, by the member that finds it rarest. Used like a log-density, but none.
///
/// ```
/// use nice_flow::{Combine, float::{HighestTail, KNOTS, Tail}};
///
/// let tail = || Tail::new(core::array::from_fn(|i| i as f32), [0.25; KNOTS], 0.25);
/// // Scores of 2 and 6: 0.5 and 1.5.
/// assert_eq!(HighestTail::new([tail(), tail()]).combine(&[-2.0, -6.0]), -1.5);
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

impl<const N: usize> Combine<f32, N> for HighestTail<N> {
    fn combine(&self, log_densities: &[f32; N]) -> f32 {
        highest_tail(&self.0, log_densities)
    }
}

/// [`HighestTail`] at a run-time size; NaN if one member's tail is.
#[inline]
pub fn highest_tail(tails: &[Tail], log_densities: &[f32]) -> f32 {
    let mut highest = 0.0;
    for (tail, log_density) in tails.iter().zip(log_densities) {
        let u = tail.at(-log_density);
        // Not `f32::max`: it would hide a NaN.
        if !(u <= highest || highest.is_nan()) {
            highest = u;
        }
    }
    -highest
}

/// [`Tails`] at a run-time size.
#[inline]
pub fn tails(tails: &[Tail], log_densities: &[f32]) -> f32 {
    let mut total = 0.0;
    for (tail, log_density) in tails.iter().zip(log_densities) {
        total += tail.at(-log_density);
    }
    -total
}
