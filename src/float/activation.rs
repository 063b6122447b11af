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
use core::f32::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, SQRT_2};
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

    /// Whether `apply` is that of [`Relu`]: then a layer does it before it writes its sums.
    #[doc(hidden)]
    #[inline]
    fn is_relu(&self) -> bool {
        false
    }
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
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Relu;

impl Activation for Relu {
    #[inline]
    fn apply(&self, h: &mut [f32]) {
        super::kernel::relu(h);
    }

    #[inline]
    fn is_relu(&self) -> bool {
        true
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
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
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
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
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
        #[cfg_attr(
            feature = "blob",
            derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
        )]
        #[repr(C)]
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
activation!(Atan, "`arctan h`.", 0.785_398_2, M::atan);
activation!(Sigmoid, "`σ(h) = 1 / (1 + e⁻ʰ)`.", 0.731_058_6, M::sigmoid);
activation!(Silu, "`h · σ(h)`, also called swish.", 0.731_058_6, |h| h
    * M::sigmoid(h));
activation!(Softplus, "`ln(1 + eʰ)`.", 1.313_261_7, M::softplus);
activation!(
    Gelu,
    "`h · Φ(h) = h / 2 · erfc(−h / √2)`, with the distribution function `Φ` of the standard normal.",
    0.841_344_7,
    |h| 0.5 * h * M::erfc(-h * FRAC_1_SQRT_2)
);
activation!(
    GeluTanh,
    "`h / 2 · (1 + tanh u) = h · σ(2u)` with `u = √(2/π) (h + 0.044715 h³)`, the usual approximation of [`Gelu`].",
    0.841_192,
    |h| h * M::sigmoid(FRAC_2_SQRT_PI * SQRT_2 * (h + 0.044_715 * h * h * h))
);
activation!(Mish, "`h · tanh(ln(1 + eʰ))`.", 0.865_098_4, |h| h
    * M::tanh(M::softplus(h)));
activation!(
    Selu,
    "`λ h` if positive, else `λ α (eʰ − 1)`, with `λ = 1.0507` and `α = 1.67326`.",
    1.050_701,
    |h| if h < 0.0 {
        1.758_099_3 * (M::exp(h) - 1.0)
    } else {
        1.050_701 * h
    }
);

/// `h`, limited to `min..=max`; a NaN stays one. ReLU6 is this with 0 and 6.
///
/// ```
/// # use nice_flow::float::{Activation, activation::Hardtanh};
/// let mut h = [-2.0, 0.5, 3.0];
/// Hardtanh { min: -1.0, max: 1.0 }.apply(&mut h);
/// assert_eq!(h, [-1.0, 0.5, 1.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Hardtanh {
    /// The least value.
    pub min: f32,
    /// The largest value.
    pub max: f32,
}

impl Activation for Hardtanh {
    fn apply(&self, h: &mut [f32]) {
        map(h, |h| limited(h, self.min, self.max));
    }
}

// Not `f32::clamp`, which panics where the limits are in the wrong order.
fn limited(h: f32, min: f32, max: f32) -> f32 {
    if h < min {
        min
    } else if h > max {
        max
    } else {
        h
    }
}

/// `h · min(max(h + 3, 0), 6) / 6`, a swish of straight lines and a parabola.
///
/// ```
/// # use nice_flow::float::{Activation, activation::Hardswish};
/// let mut h = [-4.0, 3.0, 4.0];
/// Hardswish.apply(&mut h);
/// assert_eq!(h, [0.0, 3.0, 4.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Hardswish;

impl Activation for Hardswish {
    fn apply(&self, h: &mut [f32]) {
        map(h, |h| h * limited(h + 3.0, 0.0, 6.0) / 6.0);
    }
}

/// `h / (1 + |h|)`.
///
/// ```
/// # use nice_flow::float::{Activation, activation::Softsign};
/// let mut h = [-3.0, 1.0];
/// Softsign.apply(&mut h);
/// assert_eq!(h, [-0.75, 0.5]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Softsign;

impl Activation for Softsign {
    fn apply(&self, h: &mut [f32]) {
        map(h, |h| h / (1.0 + libm::fabsf(h)));
    }
}

/// `h`: no activation, where a type asks for one.
///
/// ```
/// # use nice_flow::float::{Activation, activation::Identity};
/// let mut h = [-3.0, 1.0];
/// Identity.apply(&mut h);
/// assert_eq!(h, [-3.0, 1.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Identity;

impl Activation for Identity {
    fn apply(&self, _: &mut [f32]) {}
}
