//! Invertible maps and their composition.

use crate::Number;
use nalgebra::SVector;

/// An invertible map of `D`-vectors whose Jacobian has a tractable determinant.
pub trait Bijection<T, const D: usize> {
    /// Replaces `x` by `f(x)`, data to latent; returns `ln |det ∂f/∂x|` in nats.
    fn forward(&self, x: &mut SVector<T, D>) -> T;

    /// Replaces `z` by `f⁻¹(z)`, latent to data; returns `ln |det ∂f⁻¹/∂z|` in nats.
    fn inverse(&self, z: &mut SVector<T, D>) -> T;
}

/// Runs a bijection backwards.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(transparent)]
pub struct Inverse<B>(pub B);

impl<T, const D: usize, B: Bijection<T, D>> Bijection<T, D> for Inverse<B> {
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

/// Layers of different types, first to last.
macro_rules! chain {
    ($($layer:ident)+; $($reversed:ident)+) => {
        #[allow(non_snake_case)]
        impl<T: Number, const D: usize, $($layer: Bijection<T, D>),+> Bijection<T, D> for ($($layer,)+) {
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
