//! Maps from a conditioner's raw output to the positive scale of an affine coupling.
//!
//! Which one a checkpoint needs is a habit of the library that trained it; `nice-flow import` knows.
//!
//! ```
//! use nice_flow::float::{ScaleMap, scale::{Exp, Reciprocal}};
//!
//! assert_eq!(<Exp>::new().scale(0.0), (1.0, 0.0));
//! let (scale, ln_scale) = Reciprocal(<Exp>::new()).scale(2.0);
//! assert!((scale - (-2f32).exp()).abs() < 1e-6 && ln_scale == -2.0);
//! ```

use super::math::{Libm, Math};
use core::marker::PhantomData;

/// A positive scale from a raw number, `r ↦ S(r) > 0`, together with `ln S(r)`.
///
/// ```
/// use nice_flow::float::ScaleMap;
///
/// /// `S = 1 + r²`.
/// struct OneUp;
///
/// impl ScaleMap for OneUp {
///     fn scale(&self, raw: f32) -> (f32, f32) {
///         let scale = 1.0 + raw * raw;
///         (scale, scale.ln())
///     }
/// }
/// assert_eq!(OneUp.scale(0.0), (1.0, 0.0));
/// ```
pub trait ScaleMap {
    /// The scale, and its logarithm in nats.
    #[must_use]
    fn scale(&self, raw: f32) -> (f32, f32);
}

/// One over the scale of another map, `r ↦ 1/S(r)`: turns `(x − t)/S` into `(x − t)·S` and back.
///
/// ```
/// # use nice_flow::float::{ScaleMap, scale::{Exp, Reciprocal}};
/// assert_eq!(Reciprocal(<Exp>::new()).scale(2.0).1, -2.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(transparent)]
pub struct Reciprocal<S>(pub S);

impl<S: ScaleMap> ScaleMap for Reciprocal<S> {
    fn scale(&self, raw: f32) -> (f32, f32) {
        let (scale, log_scale) = self.0.scale(raw);
        (1.0 / scale, -log_scale)
    }
}

/// A scale map with parameters, whose functions come from `M`.
macro_rules! scale_map {
    ($name:ident { $($field:ident = $example:literal: $meaning:literal),* }, $formula:literal, $at_zero:literal, |$raw:ident| $body:expr) => {
        #[doc = $formula]
        #[doc = concat!(
            "\n\n`M` is where its functions come from.\n\n```\n# use nice_flow::float::{ScaleMap, scale::",
            stringify!($name), "};\n",
            "let (scale, _) = <", stringify!($name), ">::new(", $(stringify!($example), ", ",)* ").scale(0.0);\n",
            "assert!((scale - ", $at_zero, "f32).abs() < 1e-6);\n```"
        )]
        #[derive(Clone, Copy, Debug, PartialEq)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[cfg_attr(feature = "blob", derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable))]
        #[repr(C)]
        pub struct $name<M = Libm> {
            $($field: f32,)*
            math: PhantomData<M>,
        }

        impl<M> $name<M> {
            #[doc = concat!("The map. ", $("`", stringify!($field), "`: ", $meaning, ". ",)*)]
            #[allow(clippy::new_without_default)] // all but `Exp` have parameters
            pub const fn new($($field: f32),*) -> Self {
                Self { $($field,)* math: PhantomData }
            }
        }

        impl<M: Math> ScaleMap for $name<M> {
            fn scale(&self, $raw: f32) -> (f32, f32) {
                let Self { $($field,)* .. } = *self;
                $body
            }
        }
    };
}

/// The scale and its logarithm from the logarithm.
fn from_log<M: Math>(log_scale: f32) -> (f32, f32) {
    (M::exp(log_scale), log_scale)
}

/// The scale and its logarithm from the scale.
fn from_scale<M: Math>(scale: f32) -> (f32, f32) {
    (scale, M::ln(scale))
}

scale_map!(Exp {}, "`S = eʳ`.", 1.0, |raw| from_log::<M>(raw));
scale_map!(
    Sigmoid {
        bias = 2.0: "added to `r`",
        eps = 0.001: "added to the result"
    },
    "`S = σ(r + bias) + eps`.",
    0.881_797,
    |raw| from_scale::<M>(M::sigmoid(raw + bias) + eps)
);
scale_map!(
    Softplus {
        bias = 0.0: "added to `r`",
        eps = 0.5: "added to the result",
        max = 1.0: "upper limit of the result"
    },
    "`S = min(ln(1 + e^(r + bias)) + eps, max)`.",
    1.0,
    |raw| {
        let scale = M::softplus(raw + bias) + eps;
        from_scale::<M>(if scale > max { max } else { scale })
    }
);
scale_map!(
    SoftplusBeta {
        beta = 1.0: "steepness",
        gain = 1.0: "factor of the result"
    },
    "`S = gain · ln(1 + e^(beta·r)) / beta`.",
    0.693_147_2,
    |raw| from_scale::<M>(gain * M::softplus(beta * raw) / beta)
);
scale_map!(
    ExpSoftclip {
        bound = 5.0: "limit of `|ln S|`"
    },
    "`S = exp(r / (1 + |r| / bound))`, as zuko has it.",
    1.0,
    |raw| from_log::<M>(raw / (1.0 + libm::fabsf(raw / bound)))
);
scale_map!(
    ExpAtan {
        clamp = 2.0: "factor of the arctangent",
        gain = 0.636: "another factor of it, 0.636 in FrEIA"
    },
    "`S = exp(clamp · gain · arctan r)`.",
    1.0,
    |raw| from_log::<M>(clamp * gain * M::atan(raw))
);
scale_map!(
    ExpTanh {
        clamp = 2.0: "limit of `|ln S|`",
        inner = 1.0: "factor of `r`"
    },
    "`S = exp(clamp · tanh(inner · r))`.",
    1.0,
    |raw| from_log::<M>(clamp * M::tanh(inner * raw))
);
scale_map!(
    ExpClip {
        min = -5.0: "lower limit of `ln S`",
        max = 3.0: "upper limit of `ln S`"
    },
    "`S = exp(clamp(r, min, max))`.",
    1.0,
    |raw| from_log::<M>(if raw < min {
        min
    } else if raw > max {
        max
    } else {
        raw
    })
);
