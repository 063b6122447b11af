//! What makes one answer of several models'.

use super::limit::{at_most, below, within};
use super::prior::log_sum_exp;
use super::{Fixed, Saturation};
use crate::ensemble::Combine;

/// The density of a member drawn at random: `ln (1/N Σ pₙ)`; the lowest there is, if that of one member is.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(transparent)]
pub struct MeanDensity(i32);

impl MeanDensity {
    /// From `ln N`, times `2^FRAC`.
    pub const fn new(ln_members: i32) -> Self {
        Self(ln_members)
    }
}

impl<const FRAC: u32, const N: usize> Combine<Fixed<FRAC>, N> for MeanDensity {
    fn combine(&self, log_densities: &[Fixed<FRAC>; N]) -> Fixed<FRAC> {
        mean_density(self.0, log_densities)
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
        saturation = saturation.and(at_most(log_density.to_bits(), 0), i32::MAX);
    }
    let sum = i64::from(log_sum_exp(log_densities).to_bits());
    // Not the lowest of 32 bits, whose negative there is none of.
    let mean = within(sum - i64::from(ln_members), i32::MAX);
    saturation.lower(Fixed::from_bits(mean))
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
    knots: [i32; KNOTS],
    slopes: [i32; KNOTS],
    step: i32,
}

impl Tail {
    /// Scores at which `w · u` is `0, step, 2 step, …`, ascending, and its slope from each on; all times `2^FRAC`.
    pub const fn new(knots: [i32; KNOTS], slopes: [i32; KNOTS], step: i32) -> Self {
        Self {
            knots,
            slopes,
            step,
        }
    }

    /// `w · u(score)` in bits, no more than `i32::MAX`, and that of the largest score.
    // Counts and looks up: nothing branches on the score.
    #[inline(never)]
    pub fn at<const FRAC: u32>(&self, score: Fixed<FRAC>) -> i32 {
        let score = score.to_bits();
        let reached = self.knots.iter().map(|knot| 1 + below(score, *knot));
        let last = (reached.sum::<i32>() - 1).max(0);
        let index = last as usize;
        let (Some(knot), Some(slope)) = (self.knots.get(index), self.slopes.get(index)) else {
            return i32::MAX;
        };
        let beyond = (i64::from(score) - i64::from(*knot)) & !i64::from(below(score, *knot));
        let rise = (beyond * i64::from(*slope)) >> FRAC;
        let lost = -i64::from(below(i32::MAX - 1, score)) << 31;
        within(
            i64::from(last.wrapping_mul(self.step)) + rise + lost,
            i32::MAX,
        )
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

impl<const FRAC: u32, const N: usize> Combine<Fixed<FRAC>, N> for Tails<N> {
    fn combine(&self, log_densities: &[Fixed<FRAC>; N]) -> Fixed<FRAC> {
        tails(&self.0, log_densities)
    }
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
