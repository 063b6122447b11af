//! The transcendental functions a model calls, as a type that the model names.

/// A source of transcendental functions. Errors are measured in `tests/accuracy.rs`.
///
/// NaN gives NaN, whatever the source: a dead sensor must not turn into a plausible number.
pub trait Math {
    /// `eˣ`.
    fn exp(x: f32) -> f32;
    /// `ln x`.
    fn ln(x: f32) -> f32;
    /// `ln(1 + x)`.
    fn ln_1p(x: f32) -> f32;
    /// `tanh x`.
    fn tanh(x: f32) -> f32;
    /// `arctan x`.
    fn atan(x: f32) -> f32;

    /// `1 / (1 + e⁻ˣ)`.
    #[inline]
    fn sigmoid(x: f32) -> f32 {
        1.0 / (1.0 + Self::exp(-x))
    }

    /// `ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|)`, which cannot overflow.
    #[inline]
    fn softplus(x: f32) -> f32 {
        let positive = if x < 0.0 { 0.0 } else { x };
        positive + Self::ln_1p(Self::exp(-libm::fabsf(x)))
    }
}

/// Within one unit in the last place of the correctly rounded result; the same bits on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Libm;

impl Math for Libm {
    #[inline]
    fn exp(x: f32) -> f32 {
        libm::expf(x)
    }
    #[inline]
    fn ln(x: f32) -> f32 {
        libm::logf(x)
    }
    #[inline]
    fn ln_1p(x: f32) -> f32 {
        libm::log1pf(x)
    }
    #[inline]
    fn tanh(x: f32) -> f32 {
        libm::tanhf(x)
    }
    #[inline]
    fn atan(x: f32) -> f32 {
        libm::atanf(x)
    }
}

#[cfg(feature = "micromath")]
mod approximate {
    use super::Math;
    use micromath::F32Ext;

    /// Smaller and faster than [`Libm`](super::Libm), with errors that show.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[cfg_attr(feature = "defmt", derive(defmt::Format))]
    pub struct Micromath;

    impl Math for Micromath {
        // micromath's own range ends silently: outside [-87, 88] its exponent field wraps.
        fn exp(x: f32) -> f32 {
            if x.is_nan() {
                x
            } else if x < -87.0 {
                0.0
            } else if x > 88.0 {
                f32::INFINITY
            } else {
                F32Ext::exp(x)
            }
        }
        fn ln(x: f32) -> f32 {
            if x > 0.0 && x < f32::INFINITY {
                F32Ext::ln(x)
            } else if x == 0.0 {
                f32::NEG_INFINITY
            } else if x < 0.0 {
                f32::NAN
            } else {
                x
            }
        }
        fn ln_1p(x: f32) -> f32 {
            Self::ln(1.0 + x)
        }
        fn tanh(x: f32) -> f32 {
            let e = Self::exp(-2.0 * libm::fabsf(x));
            libm::copysignf((1.0 - e) / (1.0 + e), x)
        }
        fn atan(x: f32) -> f32 {
            if x.is_nan() { x } else { F32Ext::atan(x) }
        }
    }
}
#[cfg(feature = "micromath")]
pub use approximate::Micromath;
