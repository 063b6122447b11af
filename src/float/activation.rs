//! Activations of hidden layers.

use super::math::{Libm, Math};
use core::marker::PhantomData;

/// An elementwise function between two linear layers.
pub trait Activation {
    /// Replaces each element by the function of it.
    fn apply(&self, h: &mut [f32]);
}

/// Replaces each element by `f` of it.
#[inline]
fn map(h: &mut [f32], f: impl Fn(f32) -> f32) {
    for h in h {
        *h = f(*h);
    }
}

/// `max(0, h)`; a NaN stays one.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Relu;

impl Activation for Relu {
    #[inline]
    fn apply(&self, h: &mut [f32]) {
        super::kernel::relu(h);
    }
}

/// `h` if positive, else `slope · h`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct LeakyRelu {
    /// Factor of negative elements.
    pub slope: f32,
}

impl Activation for LeakyRelu {
    fn apply(&self, h: &mut [f32]) {
        map(h, |h| if h < 0.0 { h * self.slope } else { h });
    }
}

/// `h` if positive, else `alpha · (eʰ − 1)`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct Elu<M = Libm> {
    alpha: f32,
    math: PhantomData<M>,
}

impl<M> Elu<M> {
    /// `alpha` is minus the limit at −∞.
    pub const fn new(alpha: f32) -> Self {
        Self {
            alpha,
            math: PhantomData,
        }
    }
}

impl<M: Math> Activation for Elu<M> {
    fn apply(&self, h: &mut [f32]) {
        map(h, |h| {
            if h < 0.0 {
                self.alpha * (M::exp(h) - 1.0)
            } else {
                h
            }
        });
    }
}

/// An activation without parameters, whose functions come from `M`.
macro_rules! activation {
    ($name:ident, $formula:literal, $f:expr) => {
        #[doc = $formula]
        #[derive(Clone, Copy, Debug, PartialEq)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        pub struct $name<M = Libm>(PhantomData<M>);

        impl<M> $name<M> {
            /// The activation; `M` is where its functions come from.
            #[allow(clippy::new_without_default)]
            pub const fn new() -> Self {
                Self(PhantomData)
            }
        }

        impl<M: Math> Activation for $name<M> {
            fn apply(&self, h: &mut [f32]) {
                map(h, $f);
            }
        }
    };
}
activation!(Tanh, "`tanh h`.", M::tanh);
activation!(Sigmoid, "`σ(h) = 1 / (1 + e⁻ʰ)`.", M::sigmoid);
activation!(Silu, "`h · σ(h)`, also called swish.", |h| h
    * M::sigmoid(h));
activation!(Softplus, "`ln(1 + eʰ)`.", M::softplus);
