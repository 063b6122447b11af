//! The transcendental functions a model calls, as a type that the model names.

/// Where a model's exponentials and logarithms come from: [`Libm`], `Micromath`, or functions of your own.
///
/// NaN must give NaN, and an infinity the limit: a dead sensor must not turn into a plausible number.
///
/// ```
/// use nice_flow::{Density, float::{Logistic, Math}};
///
/// /// The host's.
/// struct Host;
///
/// impl Math for Host {
///     fn exp(x: f32) -> f32 { x.exp() }
///     fn ln(x: f32) -> f32 { x.ln() }
///     fn ln_1p(x: f32) -> f32 { x.ln_1p() }
///     fn tanh(x: f32) -> f32 { x.tanh() }
///     fn atan(x: f32) -> f32 { x.atan() }
/// }
/// assert_eq!(Logistic::<Host>::new().score(&[0.0]), 4f32.ln());
/// ```
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

    /// `1 − erf x = 2/√π ∫ₓ^∞ e^−t² dt`, by default that of the `libm` crate.
    #[inline]
    fn erfc(x: f32) -> f32 {
        libm::erfcf(x)
    }

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

/// The `libm` crate: exact to a unit or two in the last place; the same bits on every machine.
///
/// Relative errors against `f64`, `tests/accuracy.rs`: 8e-8 for `exp` on [-87, 88.7], `ln` and `ln_1p`
/// wherever they are defined, and `atan`; 1.6e-7 for `tanh`; 1.5e-7 for `sigmoid` on [-87, 87]; 1.2e-7
/// for `softplus` above -87. Where `e⁻ˣ` overflows, below -88.7, `sigmoid` is zero.
///
/// ```
/// use nice_flow::float::{Libm, Math};
///
/// assert_eq!((Libm::exp(0.0), Libm::sigmoid(0.0), Libm::ln(1.0)), (1.0, 0.5, 0.0));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
    use core::f32::consts::{FRAC_PI_2, LN_2};
    use core::num::FpCategory;
    use micromath::F32Ext;

    /// Smaller and faster than [`Libm`](super::Libm), and far less exact. Needs the feature `micromath`.
    ///
    /// Errors against `f64`, `tests/accuracy.rs`: relative, 2.4e-3 for `exp` on [-87, 88.7], 8e-4 for
    /// `sigmoid` on [-87, 87] and 2.4e-3 for `softplus` above -87; absolute, 7e-5 for `ln` and `ln_1p`
    /// (1e-3 relative on [0, 1]), 1.1e-3 for `tanh`, 2.9e-3 for `atan`. `exp` is zero below -87 and
    /// infinite above 88.7.
    ///
    /// ```
    /// use nice_flow::{Density, float::{Logistic, Micromath}};
    ///
    /// let (exact, fast) = (<Logistic>::new(), Logistic::<Micromath>::new());
    /// assert!((exact.score(&[1.0, -2.0]) - fast.score(&[1.0, -2.0])).abs() < 0.01);
    /// ```
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    #[cfg_attr(feature = "defmt", derive(defmt::Format))]
    pub struct Micromath;

    impl Math for Micromath {
        // micromath's own exponent field wraps outside this range, and gives a NaN beyond 88.73.
        fn exp(x: f32) -> f32 {
            if x.is_nan() {
                x
            } else if x < -87.0 {
                0.0
            } else if x > 88.7 {
                f32::INFINITY
            } else {
                F32Ext::exp(x)
            }
        }

        fn ln(x: f32) -> f32 {
            match x.classify() {
                FpCategory::Zero => f32::NEG_INFINITY,
                _ if x < 0.0 => f32::NAN,
                FpCategory::Normal => ln_normal(x),
                FpCategory::Subnormal => ln_normal(x * 8_388_608.0) - 23.0 * LN_2,
                FpCategory::Infinite | FpCategory::Nan => x,
            }
        }

        // A series near zero: `1 + x` would round to one, and the softplus of a number far below zero to zero.
        fn ln_1p(x: f32) -> f32 {
            if libm::fabsf(x) < 1.0 / 32.0 {
                x * (1.0 - x * (0.5 - x * (1.0 / 3.0)))
            } else {
                Self::ln(1.0 + x)
            }
        }

        fn tanh(x: f32) -> f32 {
            let e = Self::exp(-2.0 * libm::fabsf(x));
            libm::copysignf((1.0 - e) / (1.0 + e), x)
        }

        // micromath squares `x`, and gives a NaN where that overflows.
        fn atan(x: f32) -> f32 {
            if x > 1e9 {
                FRAC_PI_2
            } else if x < -1e9 {
                -FRAC_PI_2
            } else if x.is_nan() {
                x
            } else {
                F32Ext::atan(x)
            }
        }
    }

    /// `ln x` of a positive normal number, from `ln` on [1, 2).
    ///
    /// Below one micromath itself takes `−ln(1/x)`, with a `1/x` that is 12 % off: 0.12 nats.
    fn ln_normal(x: f32) -> f32 {
        let exponent = (x.to_bits() >> 23) as i32 - 127;
        let mantissa = f32::from_bits((x.to_bits() & 0x007f_ffff) | 0x3f80_0000);
        exponent as f32 * LN_2 + F32Ext::ln(mantissa)
    }
}
#[cfg(feature = "micromath")]
pub use approximate::Micromath;
