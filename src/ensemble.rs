//! Several models that answer as one.

use crate::{Density, Number};
use nalgebra::SVector;

/// Makes one log-density of those of `N` models.
pub trait Combine<T, const N: usize> {
    /// In nats, from nats.
    fn combine(&self, log_densities: &[T; N]) -> T;
}

/// `N` models of one shape and the same inputs, and what makes one answer of theirs.
///
/// Members trained from different seeds err in different places. There are two ways to combine them, for `f32` in
/// [`float`](crate::float), for integers in [`fixed`](crate::fixed):
///
/// - `MeanDensity`: `ln (1/N Σ pₙ(x))`, again a density, in nats of the input's units. The member that finds a row
///   most likely decides.
/// - `Tails`: `−Σ wₙ uₙ(x)`, where `u = −ln P(a normal row scores as high)` was measured on normal rows. No
///   density, but each member counts alike whatever its nats mean, and so do models of different machines:
///   of normal rows a share of about `0.05 e⁻ᵗ` scores above `3 + t`.
///
/// A NaN in the answer of one is a NaN in the answer of all.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct Ensemble<M, C, const N: usize> {
    members: [M; N],
    combination: C,
}

impl<M, C, const N: usize> Ensemble<M, C, N> {
    /// The members, and how they become one.
    pub const fn new(members: [M; N], combination: C) -> Self {
        Self {
            members,
            combination,
        }
    }

    /// The members.
    pub const fn members(&self) -> &[M; N] {
        &self.members
    }
}

impl<T, M, C, const N: usize, const D: usize> Density<T, D> for Ensemble<M, C, N>
where
    M: Density<T, D>,
    C: Combine<M::Nats, N>,
{
    type Nats = M::Nats;

    fn log_density(&self, x: &SVector<T, D>) -> M::Nats {
        let mut log_densities = [M::Nats::ZERO; N];
        for (log_density, member) in log_densities.iter_mut().zip(&self.members) {
            *log_density = member.log_density(x);
        }
        self.combination.combine(&log_densities)
    }
}
