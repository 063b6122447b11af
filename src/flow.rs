//! A bijection and the density of its output: the model.

use crate::{Bijection, Density, Number};
use nalgebra::SVector;

/// The density of `x` when `z = f(x)` follows the prior: `ln p(x) = ln π(f(x)) + ln |det ∂f/∂x|`.
///
/// Neither `Copy` nor `Clone`: keep it in a `static` and it stays in flash.
///
/// ```
/// # use nice_flow::{Flow, Permute, float::Normal};
/// static MODEL: Flow<Permute<2>, Normal> = Flow::new(Permute::new([1, 0]), Normal);
/// let model = &MODEL;
/// ```
///
/// ```compile_fail,E0507
/// # use nice_flow::{Flow, Permute, float::Normal};
/// static MODEL: Flow<Permute<2>, Normal> = Flow::new(Permute::new([1, 0]), Normal);
/// let model = MODEL;
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct Flow<B, P> {
    bijection: B,
    prior: P,
}

impl<B, P> Flow<B, P> {
    /// The density of `x` when `bijection.forward(x)` follows `prior`.
    pub const fn new(bijection: B, prior: P) -> Self {
        Self { bijection, prior }
    }

    /// The map from data to latent.
    pub const fn bijection(&self) -> &B {
        &self.bijection
    }

    /// The density of the latent vector.
    pub const fn prior(&self) -> &P {
        &self.prior
    }
}

impl<B, P> Flow<B, P> {
    /// `ln p(x)`; leaves the latent vector in `x`.
    #[inline]
    pub(crate) fn consume<T, const D: usize>(&self, x: &mut SVector<T, D>) -> T
    where
        T: Number,
        B: Bijection<T, D>,
        P: Density<T, D, Nats = T>,
    {
        let mut total = self.bijection.forward(x);
        total += self.prior.log_density(x);
        total
    }
}

impl<T, const D: usize, B, P> Density<T, D> for Flow<B, P>
where
    T: Number,
    B: Bijection<T, D>,
    P: Density<T, D, Nats = T>,
{
    type Nats = T;

    fn log_density(&self, x: &SVector<T, D>) -> T {
        let mut z = *x;
        self.consume(&mut z)
    }
}
