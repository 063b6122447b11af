//! What makes one answer of several models'.

use super::math::{Libm, Math};
use super::prior::log_sum_exp;
use crate::ensemble::Combine;
use core::marker::PhantomData;

/// The density of a member drawn at random: `ln (1/N Σ pₙ)`.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct MeanDensity<M = Libm> {
    ln_members: f32,
    math: PhantomData<M>,
}

impl<M> MeanDensity<M> {
    /// From `ln N`; `M` is where the exponential and the logarithm come from.
    pub const fn new(ln_members: f32) -> Self {
        Self {
            ln_members,
            math: PhantomData,
        }
    }
}

impl<M: Math, const N: usize> Combine<f32, N> for MeanDensity<M> {
    fn combine(&self, log_densities: &[f32; N]) -> f32 {
        mean_density::<M>(self.ln_members, log_densities)
    }
}

/// [`MeanDensity`] at a run-time size.
#[inline]
pub fn mean_density<M: Math>(ln_members: f32, log_densities: &[f32]) -> f32 {
    log_sum_exp::<M>(log_densities) - ln_members
}

/// Points at which a tail is known.
pub const KNOTS: usize = 16;

/// `w · u` of a score: how rare it is among normal rows, `u = −ln P(a normal row scores as high)`, times a weight.
///
/// Zero below the first knot, linear between knots and, as an exponential tail is, beyond the last.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct Tail {
    knots: [f32; KNOTS],
    slopes: [f32; KNOTS],
    step: f32,
}

impl Tail {
    /// Scores at which `w · u` is `0, step, 2 step, …`, ascending, and its slope from each on.
    pub const fn new(knots: [f32; KNOTS], slopes: [f32; KNOTS], step: f32) -> Self {
        Self {
            knots,
            slopes,
            step,
        }
    }

    /// `w · u(score)`; NaN for a score of −∞ too, which no normal row has.
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
        // Zero, but of an infinity NaN.
        let rise = if score < *knot {
            0.0 * score
        } else {
            score - knot
        };
        f32::from(last) * self.step + rise * slope
    }
}

/// `−Σ wₙ uₙ`: how rare a row is among normal ones, by all members.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
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

/// [`Tails`] at a run-time size.
#[inline]
pub fn tails(tails: &[Tail], log_densities: &[f32]) -> f32 {
    let mut total = 0.0;
    for (tail, log_density) in tails.iter().zip(log_densities) {
        total += tail.at(-log_density);
    }
    -total
}
