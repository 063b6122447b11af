//! Elementwise functions between the layers of networks.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, SQRT_2};

/// An elementwise function.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Activation {
    /// `max(0, h)`.
    Relu,
    /// `h` if positive, else `slope · h`.
    LeakyRelu {
        /// Factor of negative elements.
        slope: f64,
    },
    /// `h` if positive, else `alpha · (eʰ − 1)`.
    Elu {
        /// The limit at −∞ is `−alpha`.
        alpha: f64,
    },
    /// `tanh h`.
    Tanh,
    /// `1 / (1 + e⁻ʰ)`.
    Sigmoid,
    /// `h / (1 + e⁻ʰ)`.
    Silu,
    /// `ln(1 + eʰ)`.
    Softplus,
    /// `h · Φ(h)`, with the distribution function `Φ` of the standard normal.
    Gelu,
    /// `h / 2 · (1 + tanh(√(2/π) (h + 0.044715 h³)))`, the usual approximation of [`Gelu`](Self::Gelu).
    GeluTanh,
    /// `h · tanh(ln(1 + eʰ))`.
    Mish,
    /// `1.0507 h` if positive, else `1.7581 (eʰ − 1)`.
    Selu,
    /// `h`, limited to `min..=max`: ReLU6 with 0 and 6.
    Hardtanh {
        /// The least value.
        min: f64,
        /// The largest value.
        max: f64,
    },
    /// `h · min(max(h + 3, 0), 6) / 6`.
    Hardswish,
    /// `h / (1 + |h|)`.
    Softsign,
    /// `arctan h`.
    Atan,
}

/// `λ` and `α` of the SELU: with them, layers keep a mean of 0 and a variance of 1.
pub const SELU: (f64, f64) = (1.050_700_987_355_480_5, 1.673_263_242_354_377_2);

/// `1 / (1 + e⁻ʰ)`.
pub(super) fn sigmoid(h: f64) -> f64 {
    1.0 / (1.0 + (-h).exp())
}

/// `ln(1 + eʰ)` without overflow.
pub(super) fn softplus(h: f64) -> f64 {
    (if h < 0.0 { 0.0 } else { h }) + (-h.abs()).exp().ln_1p()
}

impl Activation {
    /// The value of the function at `h`.
    pub fn eval(self, h: f64) -> f64 {
        match self {
            Self::Relu => {
                if h < 0.0 {
                    0.0
                } else {
                    h
                }
            }
            Self::LeakyRelu { slope } => {
                if h < 0.0 {
                    slope * h
                } else {
                    h
                }
            }
            Self::Elu { alpha } => {
                if h < 0.0 {
                    alpha * h.exp_m1()
                } else {
                    h
                }
            }
            Self::Tanh => h.tanh(),
            Self::Sigmoid => sigmoid(h),
            Self::Silu => h * sigmoid(h),
            Self::Softplus => softplus(h),
            Self::Gelu => 0.5 * h * libm::erfc(-h * FRAC_1_SQRT_2),
            Self::GeluTanh => h * sigmoid(FRAC_2_SQRT_PI * SQRT_2 * (h + 0.044_715 * h * h * h)),
            Self::Mish => h * softplus(h).tanh(),
            Self::Selu => {
                let (scale, alpha) = SELU;
                scale * Self::Elu { alpha }.eval(h)
            }
            Self::Hardtanh { min, max } => limited(h, min, max),
            Self::Hardswish => h * limited(h + 3.0, 0.0, 6.0) / 6.0,
            Self::Softsign => h / (1.0 + h.abs()),
            Self::Atan => h.atan(),
        }
    }
}

/// `h` within `min..=max`; a NaN stays one.
fn limited(h: f64, min: f64, max: f64) -> f64 {
    if h < min {
        min
    } else if h > max {
        max
    } else {
        h
    }
}
