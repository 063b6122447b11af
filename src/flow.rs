//! A bijection and the density of its output: the model.

use crate::misfit::{Misfit, either};
use crate::{Bijection, Density, Number};
use nalgebra::SVector;

/// The model: a bijection `f` from data to latent, and the density `π` of what it gives, its prior.
///
/// ```text
/// ln p(x) = ln π(f(x)) + ln |det ∂f/∂x|        nats
/// ```
///
/// `B` is a [`Bijection`](crate::Bijection), mostly a tuple of layers; `P` is a [`Density`] such as
/// [`Normal`](crate::float::Normal). Of `f32` or of [`Fixed`](crate::fixed::Fixed), as its layers are.
///
/// ```
/// use nice_flow::{Density, Flow, Permute, float::{Diagonal, Normal}};
///
/// static MODEL: Flow<(Diagonal<2>, Permute<2>), Normal> = Flow::new(
///     (Diagonal::new([20.0, 1013.0], [2.0, 0.125]), Permute::new([1, 0])),
///     Normal,
/// );
/// assert!(MODEL.score(&[20.0, 1010.0]) < MODEL.score(&[25.0, 1010.0]));
/// ```
///
/// Neither `Copy` nor `Clone`: in a `static` it stays in flash, and no line can copy it to RAM by accident.
///
/// ```compile_fail,E0507
/// # use nice_flow::{Flow, Permute, float::Normal};
/// static MODEL: Flow<Permute<2>, Normal> = Flow::new(Permute::new([1, 0]), Normal);
/// let model = MODEL; // `&MODEL` is one
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
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

    /// The map from data to latent: `model.bijection().forward(&mut x)` leaves the latent vector in `x`.
    ///
    /// ```
    /// # use nice_flow::{Bijection, Flow, float::{Diagonal, Normal}, nalgebra::vector};
    /// let model = Flow::new(Diagonal::new([20.0], [2.0]), Normal);
    /// let mut x = vector![20.5];
    /// model.bijection().forward(&mut x);
    /// assert_eq!(x, vector![1.0]); // standard deviations
    /// ```
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
    const MISFIT: Misfit = either(B::MISFIT, P::MISFIT);

    fn log_density(&self, x: &SVector<T, D>) -> T {
        let mut z = *x;
        self.consume(&mut z)
    }
}
