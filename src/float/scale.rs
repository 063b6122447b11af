//! Maps from a conditioner's raw output to the positive scale of an affine coupling.

use super::math::{Libm, Math};
use core::marker::PhantomData;

/// `r ↦ S(r) > 0`, together with `ln S(r)`.
pub trait ScaleMap {
    /// The scale and its logarithm in nats.
    fn scale(&self, raw: f32) -> (f32, f32);
}

/// One over the scale of another map: turns `(x − T)/S` into `(x − T)·S` and back.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
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
    ($name:ident { $($field:ident: $meaning:literal),* }, $formula:literal, |$raw:ident| $body:expr) => {
        #[doc = $formula]
        #[derive(Clone, Copy, Debug, PartialEq)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[repr(C)]
        pub struct $name<M = Libm> {
            $($field: f32,)*
            math: PhantomData<M>,
        }

        impl<M> $name<M> {
            #[doc = concat!("The map; `M` is where its functions come from. ", $("`", stringify!($field), "`: ", $meaning, ". ",)*)]
            #[allow(clippy::new_without_default)]
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

scale_map!(Exp {}, "`S = eʳ`.", |raw| from_log::<M>(raw));
scale_map!(
    Sigmoid {
        bias: "added to `r`",
        eps: "added to the result"
    },
    "`S = σ(r + bias) + eps`.",
    |raw| from_scale::<M>(M::sigmoid(raw + bias) + eps)
);
scale_map!(
    Softplus {
        bias: "added to `r`",
        eps: "added to the result",
        max: "upper limit of the result"
    },
    "`S = min(ln(1 + e^(r + bias)) + eps, max)`.",
    |raw| {
        let scale = M::softplus(raw + bias) + eps;
        from_scale::<M>(if scale > max { max } else { scale })
    }
);
scale_map!(
    SoftplusBeta {
        beta: "steepness",
        gain: "factor of the result"
    },
    "`S = gain · ln(1 + e^(beta·r)) / beta`.",
    |raw| from_scale::<M>(gain * M::softplus(beta * raw) / beta)
);
scale_map!(
    ExpSoftclip {
        bound: "limit of `|ln S|`"
    },
    "`S = exp(r / (1 + |r| / bound))`, zuko's.",
    |raw| from_log::<M>(raw / (1.0 + libm::fabsf(raw / bound)))
);
scale_map!(
    ExpAtan {
        clamp: "factor outside",
        gain: "factor outside, 0.636 in FrEIA"
    },
    "`S = exp(clamp · gain · arctan r)`.",
    |raw| from_log::<M>(clamp * gain * M::atan(raw))
);
scale_map!(
    ExpTanh {
        clamp: "limit of `|ln S|`",
        inner: "factor of `r`"
    },
    "`S = exp(clamp · tanh(inner · r))`.",
    |raw| from_log::<M>(clamp * M::tanh(inner * raw))
);
scale_map!(
    ExpClip {
        min: "lower limit of `ln S`",
        max: "upper limit of `ln S`"
    },
    "`S = exp(r)` with `r` limited.",
    |raw| from_log::<M>(if raw < min {
        min
    } else if raw > max {
        max
    } else {
        raw
    })
);
