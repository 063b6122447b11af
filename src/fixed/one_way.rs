//! Maps of an integer state that also scale it, data to latent only.

mod chain;
mod flow;
mod tally;

pub use flow::OneWayFlow;
pub use tally::Tally;

use super::{Fixed, Triangular};
use crate::misfit::{Misfit, refuse};
use crate::{Bijection, Coupling, Inverse, Permute};
use nalgebra::SVector;

/// Where numbers of the state are clamped.
pub const LIMIT: i32 = 1 << 28;

/// A map of a state of `D` integers that is computed from data to latent only: what a flow with scales is made of.
///
/// A scale below one drops digits, and a clamp more: nothing could undo such a layer exactly. So there is no `inverse`; draw
/// samples from the model in `f32`. Layers compose as those of a [`Bijection`]: tuples, arrays and
/// [`Then`](crate::Then). [`AffineCoupling`](super::AffineCoupling) and [`Autoregressive`](super::Autoregressive) are such; [`Coupling`],
/// [`Permute`] and [`Triangular`] are, too, and a triangular layer clamps here.
///
/// ```
/// use nice_flow::fixed::{Fixed, OneWay, Side, Tally, Triangular};
/// use nice_flow::nalgebra::vector;
///
/// // x₁ += 3 x₀, in a state that is clamped to 4096.
/// static LOWER: Triangular<2, 1> = Triangular::new(Side::Lower, [6], 1);
/// let mut u = vector![Fixed::from_nats(2000.0), Fixed::from_nats(1.0)];
/// let mut tally = Tally::new(&[]);
/// LOWER.advance(&mut u, &mut tally);
/// assert_eq!(u[1], Fixed::from_nats(4096.0));
/// assert!(tally.is_far());
/// ```
pub trait OneWay<const D: usize> {
    /// Why the sizes of the parts do not fit, if so.
    #[doc(hidden)]
    const MISFIT: Misfit = None;

    /// Replaces the state by its image; adds the log-determinant to the tally, and notes there if a number was clamped.
    fn advance(&self, u: &mut SVector<Fixed, D>, tally: &mut Tally);
}

impl<M, const D: usize> OneWay<D> for Coupling<M>
where
    Self: Bijection<Fixed, D>,
{
    const MISFIT: Misfit = <Self as Bijection<Fixed, D>>::MISFIT;

    #[inline]
    fn advance(&self, u: &mut SVector<Fixed, D>, _: &mut Tally) {
        let _: Fixed = self.forward(u);
    }
}

/// A coupling that takes its shifts off.
impl<M, const D: usize> OneWay<D> for Inverse<Coupling<M>>
where
    Coupling<M>: Bijection<Fixed, D>,
{
    const MISFIT: Misfit = <Coupling<M> as Bijection<Fixed, D>>::MISFIT;

    #[inline]
    fn advance(&self, u: &mut SVector<Fixed, D>, _: &mut Tally) {
        let _: Fixed = self.forward(u);
    }
}

impl<const D: usize> OneWay<D> for Permute<D> {
    #[inline]
    fn advance(&self, u: &mut SVector<Fixed, D>, _: &mut Tally) {
        let _: Fixed = self.forward(u);
    }
}

impl<const D: usize, const N: usize> OneWay<D> for Triangular<D, N> {
    const MISFIT: Misfit = <Self as Bijection<Fixed, D>>::MISFIT;

    #[inline]
    fn advance(&self, u: &mut SVector<Fixed, D>, tally: &mut Tally) {
        const { refuse(<Self as OneWay<D>>::MISFIT) };
        self.multiply_within(u, tally);
    }
}
