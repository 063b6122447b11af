//! Activations of hidden layers, for `f32`.
//!
//! ```
//! use nice_flow::float::{Activation, activation::{LeakyRelu, Relu}};
//!
//! let mut h = [-2.0, 3.0];
//! LeakyRelu { slope: 0.5 }.apply(&mut h);
//! assert_eq!(h, [-1.0, 3.0]);
//! Relu.apply(&mut h);
//! assert_eq!(h, [0.0, 3.0]);
//! ```

use super::math::{Libm, Math};
use core::marker::PhantomData;

/// An elementwise function between two linear layers, `h ↦ φ(h)`. A NaN must stay one.
///
/// ```
/// use nice_flow::{Conditioner, float::{Activation, Dense, Mlp}, nalgebra::vector};
///
/// struct Square;
///
/// impl Activation for Square {
///     fn apply(&self, h: &mut [f32]) {
///         h.iter_mut().for_each(|h| *h *= *h);
///     }
/// }
/// let one = || Dense::new([[1.0]], [0.0]);
/// let m: Mlp<1, 1, 1, 0, Square> = Mlp::new(one(), [], one(), Square);
/// assert_eq!(m.eval(&vector![3.0]), vector![9.0]);
/// ```
pub trait Activation {
    /// Replaces each `h` by `φ(h)`.
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
///
/// ```
/// # use nice_flow::float::{Activation, activation::Relu};
/// let mut h = [-2.0, 3.0];
/// Relu.apply(&mut h);
/// assert_eq!(h, [0.0, 3.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Relu;

impl Activation for Relu {
    #[inline]
    fn apply(&self, h: &mut [f32]) {
        super::kernel::relu(h);
    }
}

/// `h` if positive, else `slope · h`.
///
/// ```
/// # use nice_flow::float::{Activation, activation::LeakyRelu};
/// let mut h = [-2.0, 3.0];
/// LeakyRelu { slope: 0.5 }.apply(&mut h);
/// assert_eq!(h, [-1.0, 3.0]);
/// ```
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

/// `h` if positive, else `alpha · (eʰ − 1)`; `M` is where the exponential comes from.
///
/// ```
/// # use nice_flow::float::{Activation, activation::Elu};
/// let mut h = [f32::NEG_INFINITY, 3.0];
/// <Elu>::new(0.5).apply(&mut h);
/// assert_eq!(h, [-0.5, 3.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct Elu<M = Libm> {
    alpha: f32,
    math: PhantomData<M>,
}

impl<M> Elu<M> {
    /// `−alpha` is the limit at −∞; PyTorch's default is 1.
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
    ($name:ident, $formula:literal, $at_one:literal, $f:expr) => {
        #[doc = $formula]
        #[doc = concat!(
            "\n\n`M` is where its functions come from.\n\n```\n# use nice_flow::float::{Activation, activation::",
            stringify!($name), "};\nlet mut h = [1.0];\n<", stringify!($name),
            ">::new().apply(&mut h);\nassert!((h[0] - ", $at_one, ").abs() < 1e-6);\n```"
        )]
        #[derive(Clone, Copy, Debug, PartialEq)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        pub struct $name<M = Libm>(PhantomData<M>);

        impl<M> $name<M> {
            /// The activation; it has no parameters.
            pub const fn new() -> Self {
                Self(PhantomData)
            }
        }

        impl<M> Default for $name<M> {
            fn default() -> Self {
                Self::new()
            }
        }

        impl<M: Math> Activation for $name<M> {
            fn apply(&self, h: &mut [f32]) {
                map(h, $f);
            }
        }
    };
}
activation!(Tanh, "`tanh h`.", 0.761_594_2, M::tanh);
activation!(Sigmoid, "`σ(h) = 1 / (1 + e⁻ʰ)`.", 0.731_058_6, M::sigmoid);
activation!(Silu, "`h · σ(h)`, also called swish.", 0.731_058_6, |h| h
    * M::sigmoid(h));
activation!(Softplus, "`ln(1 + eʰ)`.", 1.313_261_7, M::softplus);
