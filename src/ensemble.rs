//! Several models that answer as one.

use crate::misfit::{Misfit, either, refuse, unless};
use crate::{Density, Number};
use nalgebra::SVector;

/// Makes one log-density of those of `N` models: `MeanDensity`, `Tails` or `HighestTail`, of [`float`](crate::float) or
/// [`fixed`](crate::fixed), or a way of your own.
///
/// ```
/// use nice_flow::{Combine, Density, Ensemble, float::Normal};
///
/// /// As unlikely as the model says that finds it most unlikely.
/// struct Strictest;
///
/// impl<const N: usize> Combine<f32, N> for Strictest {
///     fn combine(&self, log_densities: &[f32; N]) -> f32 {
///         log_densities.iter().fold(f32::INFINITY, |a, b| if *b < a { *b } else { a })
///     }
/// }
/// let two = Ensemble::new([Normal, Normal], Strictest);
/// assert_eq!(two.score(&[1.0, 2.0]), Normal.score(&[1.0, 2.0]));
/// ```
pub trait Combine<T, const N: usize> {
    /// One log-density in nats, from those of the members, in their order.
    #[must_use]
    fn combine(&self, log_densities: &[T; N]) -> T;
}

/// `N` models of one shape and the same inputs, whose answers become one.
///
/// Models trained from different seeds err in different places. `C` says how their log-densities are combined:
///
/// | `C` | log-density | what it means |
/// |---|---|---|
/// | `MeanDensity` | `ln (1/N Σ pₙ(x))` | again a density, in nats of the input's units; the member that finds a row most likely decides |
/// | `Tails<N>` | `−Σ wₙ uₙ(x)`, `u = −ln P(a normal row scores as high)` | no density, but each member counts alike, whatever its nats mean; a share of about `0.05 e⁻ᵗ` of normal rows scores above `3 + t`, for models of any machine |
/// | `HighestTail<N>` | `−max uₙ(x)` | no density; a row is as rare as the member says that finds it rarest, so that one of another kind can see what the others miss |
///
/// All exist for `f32` in [`float`](crate::float) and for integers in [`fixed`](crate::fixed). Where one member answers
/// NaN, so does the ensemble.
///
/// ```
/// use nice_flow::{Density, Ensemble, float::{DiagonalNormal, MeanDensity}};
///
/// let narrow = DiagonalNormal::new([0.0], [1.0]);
/// let wide = DiagonalNormal::new([0.0], [0.1]);
/// let both = Ensemble::new([narrow, wide], <MeanDensity>::new());
/// let [narrow, wide] = both.members();
/// let (p, q) = (narrow.score(&[4.0]), wide.score(&[4.0]));
/// assert!(q < both.score(&[4.0]) && both.score(&[4.0]) < p);
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Ensemble<M, C, const N: usize> {
    members: [M; N],
    combination: C,
}

/// Of an ensemble of none.
const EMPTY: &str = "an ensemble needs a member";

impl<M, C, const N: usize> Ensemble<M, C, N> {
    /// The members, and how their log-densities become one.
    pub const fn new(members: [M; N], combination: C) -> Self {
        refuse(unless(N > 0, EMPTY));
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
    const MISFIT: Misfit = either(unless(N > 0, EMPTY), M::MISFIT);

    #[inline]
    fn distances(&self, x: &SVector<T, D>, far: &mut SVector<M::Nats, D>)
    where
        T: Number,
    {
        if let Some(first) = self.members.first() {
            first.distances(x, far);
        }
    }

    fn log_density(&self, x: &SVector<T, D>) -> M::Nats {
        let mut log_densities = [M::Nats::ZERO; N];
        for (log_density, member) in log_densities.iter_mut().zip(&self.members) {
            *log_density = member.log_density(x);
        }
        self.combination.combine(&log_densities)
    }
}
