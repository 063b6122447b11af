//! Invertible maps and their composition.

use crate::Number;
use crate::misfit::{Misfit, either};
use nalgebra::SVector;

/// An invertible map of `D` numbers, `z = f(x)`, whose log-determinant is cheap: a layer of a flow, or all of them.
///
/// Its laws, up to rounding; `tests/laws.rs` holds every layer of this crate to them:
///
/// 1. `inverse` undoes `forward`, and `forward` undoes `inverse`;
/// 2. their log-determinants add up to zero;
/// 3. that of `forward` is `ln |det J|`, where `J[i][j] = ∂zᵢ/∂xⱼ`;
/// 4. a NaN in `x` leaves a NaN in `z`: a broken sensor must not turn into a plausible number.
///
/// Layers compose: a tuple of up to eight different layers, or an array of layers of one type, is a bijection that runs
/// them first to last. Tuples nest, so that there is no limit. [`Inverse`] runs one backwards.
///
/// A layer of your own, held to the laws:
///
/// ```
/// use nice_flow::{Bijection, nalgebra::{Matrix2, SVector, vector}};
///
/// /// `z = [x₀ + x₁, 2 x₁]`.
/// struct Shear;
///
/// impl Bijection<f32, 2> for Shear {
///     fn forward(&self, x: &mut SVector<f32, 2>) -> f32 {
///         *x = vector![x[0] + x[1], 2.0 * x[1]];
///         core::f32::consts::LN_2
///     }
///
///     fn inverse(&self, z: &mut SVector<f32, 2>) -> f32 {
///         *z = vector![z[0] - z[1] / 2.0, z[1] / 2.0];
///         -core::f32::consts::LN_2
///     }
/// }
///
/// let x = vector![0.3, -1.7];
/// let mut z = x;
/// let (there, back) = (Shear.forward(&mut z), Shear.inverse(&mut z));
/// assert!((z - x).amax() < 1e-6); // 1: back where it began, and likewise from a `z`
/// assert!((there + back).abs() < 1e-6); // 2
/// let jacobian = Matrix2::from_fn(|i, j| {
///     let (mut above, mut below) = (x, x);
///     (above[j], below[j]) = (x[j] + 0.01, x[j] - 0.01);
///     Shear.forward(&mut above);
///     Shear.forward(&mut below);
///     (above[i] - below[i]) / 0.02
/// });
/// assert!((jacobian.determinant().abs().ln() - there).abs() < 1e-3); // 3
/// let mut broken = vector![f32::NAN, 0.0];
/// Shear.forward(&mut broken);
/// assert!(broken[0].is_nan()); // 4
/// ```
pub trait Bijection<T, const D: usize> {
    /// Why the sizes of the parts do not fit, if so.
    #[doc(hidden)]
    const MISFIT: Misfit = None;

    /// Replaces `x` by `z = f(x)`, data to latent; returns `ln |det ∂f/∂x|` in nats.
    ///
    /// ```
    /// use nice_flow::{Bijection, float::Diagonal, nalgebra::vector};
    ///
    /// let mut x = vector![5.0, 1.0];
    /// let log_det = Diagonal::new([4.0, 0.0], [2.0, 0.5]).forward(&mut x);
    /// assert_eq!((x, log_det), (vector![2.0, 0.5], 0.0));
    /// ```
    fn forward(&self, x: &mut SVector<T, D>) -> T;

    /// Replaces `z` by `f⁻¹(z)`, latent to data; returns `ln |det ∂f⁻¹/∂z|` in nats.
    ///
    /// ```
    /// use nice_flow::{Bijection, float::Diagonal, nalgebra::vector};
    ///
    /// let mut z = vector![2.0, 0.5];
    /// Diagonal::new([4.0, 0.0], [2.0, 0.5]).inverse(&mut z);
    /// assert_eq!(z, vector![5.0, 1.0]);
    /// ```
    fn inverse(&self, z: &mut SVector<T, D>) -> T;
}

/// Runs a bijection backwards: `z = f⁻¹(x)`, log-determinant `−ln |det ∂f|`.
///
/// ```
/// use nice_flow::{Bijection, Inverse, Permute, nalgebra::vector};
///
/// let mut x = vector![1.0, 2.0, 3.0];
/// (Permute::new([1, 2, 0]), Inverse(Permute::new([1, 2, 0]))).forward(&mut x);
/// assert_eq!(x, vector![1.0, 2.0, 3.0]);
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(transparent)]
pub struct Inverse<B>(pub B);

impl<T, const D: usize, B: Bijection<T, D>> Bijection<T, D> for Inverse<B> {
    const MISFIT: Misfit = B::MISFIT;

    #[inline]
    fn forward(&self, x: &mut SVector<T, D>) -> T {
        self.0.inverse(x)
    }

    #[inline]
    fn inverse(&self, z: &mut SVector<T, D>) -> T {
        self.0.forward(z)
    }
}

/// Layers of one type, first to last: one copy of code, `N` sets of weights.
impl<T: Number, const D: usize, B: Bijection<T, D>, const N: usize> Bijection<T, D> for [B; N] {
    const MISFIT: Misfit = B::MISFIT;

    #[inline]
    fn forward(&self, x: &mut SVector<T, D>) -> T {
        let mut log_det = T::ZERO;
        for layer in self {
            log_det += layer.forward(x);
        }
        log_det
    }

    #[inline]
    fn inverse(&self, z: &mut SVector<T, D>) -> T {
        let mut log_det = T::ZERO;
        for layer in self.iter().rev() {
            log_det += layer.inverse(z);
        }
        log_det
    }
}

/// No layers: the identity, in front of a prior that is the model by itself.
///
/// ```
/// use nice_flow::{Bijection, nalgebra::vector};
///
/// let mut x = vector![1.0_f32, 2.0];
/// assert_eq!((().forward(&mut x), x), (0.0, vector![1.0, 2.0]));
/// ```
impl<T: Number, const D: usize> Bijection<T, D> for () {
    #[inline]
    fn forward(&self, _: &mut SVector<T, D>) -> T {
        T::ZERO
    }

    #[inline]
    fn inverse(&self, _: &mut SVector<T, D>) -> T {
        T::ZERO
    }
}

/// Layers of different types, first to last.
macro_rules! chain {
    ($($layer:ident)+; $($reversed:ident)+) => {
        #[allow(non_snake_case)]
        impl<T: Number, const D: usize, $($layer: Bijection<T, D>),+> Bijection<T, D> for ($($layer,)+) {
            const MISFIT: Misfit = {
                let misfit = None;
                $(let misfit = either(misfit, $layer::MISFIT);)+
                misfit
            };

            #[inline]
            fn forward(&self, x: &mut SVector<T, D>) -> T {
                let ($($layer,)+) = self;
                let mut log_det = T::ZERO;
                $(log_det += $layer.forward(x);)+
                log_det
            }

            #[inline]
            fn inverse(&self, z: &mut SVector<T, D>) -> T {
                let ($($layer,)+) = self;
                let mut log_det = T::ZERO;
                $(log_det += $reversed.inverse(z);)+
                log_det
            }
        }
    };
}
chain!(A; A);
chain!(A B; B A);
chain!(A B C; C B A);
chain!(A B C E; E C B A);
chain!(A B C E F; F E C B A);
chain!(A B C E F G; G F E C B A);
chain!(A B C E F G H; H G F E C B A);
chain!(A B C E F G H I; I H G F E C B A);
