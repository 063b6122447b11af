//! The smooth activations that have an integer form, by tables.

use super::alpha::Alpha;
use super::power::{exp2, floor_log2};
use crate::flow::ir::{Activation, SELU};
use nice_flow::fixed;

/// An activation that the runtime has a table of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Function {
    Tanh,
    Softplus,
    Silu,
    Gelu,
    GeluTanh,
    Mish,
    Elu,
    EluAlpha(Alpha),
    /// Within ±1; folding makes others this.
    Hardtanh,
    Hardswish,
    /// Without its factor, which folding makes part of the next weights.
    Selu,
}

/// `nice_flow::fixed::Curve`: from steps of 2^-before to steps of 2^-after, clamped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Curve {
    pub function: Function,
    pub before: u8,
    pub after: u8,
    pub limit: i32,
}

impl Function {
    /// Sigmoids are not among them: folding makes them hyperbolic tangents. Of SELU it leaves an ELU with its alpha.
    pub(super) fn new(activation: Activation) -> Option<Self> {
        match activation {
            Activation::Tanh => Some(Self::Tanh),
            Activation::Softplus => Some(Self::Softplus),
            Activation::Silu => Some(Self::Silu),
            Activation::Gelu => Some(Self::Gelu),
            Activation::GeluTanh => Some(Self::GeluTanh),
            Activation::Mish => Some(Self::Mish),
            Activation::Elu { alpha: 1.0 } => Some(Self::Elu),
            Activation::Hardtanh {
                min: -1.0,
                max: 1.0,
            } => Some(Self::Hardtanh),
            Activation::Hardswish => Some(Self::Hardswish),
            Activation::Elu { alpha } if alpha == SELU.1 => Some(Self::Selu),
            Activation::Elu { alpha } => Alpha::new(alpha).map(Self::EluAlpha),
            _ => None,
        }
    }

    pub(super) fn eval(self, h: f64) -> f64 {
        match self {
            Self::Tanh => libm::tanh(h),
            Self::Softplus => Activation::Softplus.eval(h),
            Self::Silu => Activation::Silu.eval(h),
            Self::Gelu => Activation::Gelu.eval(h),
            Self::GeluTanh => Activation::GeluTanh.eval(h),
            Self::Mish => Activation::Mish.eval(h),
            Self::Elu => Activation::Elu { alpha: 1.0 }.eval(h),
            Self::EluAlpha(alpha) => Activation::Elu {
                alpha: alpha.value(),
            }
            .eval(h),
            Self::Hardtanh => h.clamp(-1.0, 1.0),
            Self::Hardswish => Activation::Hardswish.eval(h),
            Self::Selu => Activation::Elu { alpha: SELU.1 }.eval(h),
        }
    }

    /// The curve of a layer whose results are no larger than `limit`, for numbers of which most are within `largest`.
    pub(super) fn curve(self, largest: f64, limit: i32) -> Result<Curve, String> {
        if self == Self::Tanh {
            // Flat beyond ±8.
            return Ok(Curve {
                function: self,
                before: 11,
                after: if limit == 32767 { 15 } else { 13 },
                limit: 32767,
            });
        }
        if self == Self::Hardtanh {
            // Flat beyond ±1, which numbers reach to twice as far; the table has 15 fractional bits.
            return Ok(Curve {
                function: self,
                before: 14,
                after: if limit == 32767 { 14 } else { 13 },
                limit: 32767,
            });
        }
        let largest = largest * self.steepness();
        let fraction = floor_log2(f64::from(limit) / largest.max(1e-9)).min(14);
        if fraction < 4 {
            return Err(format!(
                "expected numbers within {} before an activation, found {largest}",
                f64::from(limit) * exp2(-4)
            ));
        }
        Ok(Curve {
            function: self,
            before: fraction as u8,
            after: fraction as u8,
            limit,
        })
    }
}

impl Function {
    /// The curve before the first layer of a branch: of numbers in steps of 2^-fraction no larger than `limit`; the activations of
    /// hidden layers are no larger than `hidden_limit`.
    pub(super) fn entry(
        self,
        fraction: i32,
        limit: i32,
        hidden_limit: i32,
    ) -> Result<Curve, String> {
        if self.is_flat() {
            return self.curve(0.0, hidden_limit);
        }
        if fraction < 4 {
            return Err(format!(
                "expected numbers within {} before the activation of a residual block, found larger ones",
                f64::from(limit) * exp2(-4)
            ));
        }
        let fraction = fraction.min(14) as u8;
        Ok(Curve {
            function: self,
            before: fraction,
            after: fraction,
            limit,
        })
    }

    /// Whether it lies within ±1, so that its steps do not hang on what it reads.
    fn is_flat(self) -> bool {
        matches!(self, Self::Tanh | Self::Hardtanh)
    }

    /// How many times larger a value can be than its argument.
    pub(super) fn steepness(self) -> f64 {
        match self {
            Self::Selu => SELU.1,
            Self::EluAlpha(alpha) => alpha.value().max(1.0),
            _ => 1.0,
        }
    }

    /// The name of its type in the runtime.
    pub(in crate::module) fn type_name(self) -> String {
        match self {
            Self::EluAlpha(_) => "EluAlpha".into(),
            function => format!("{function:?}"),
        }
    }

    /// Fractional bits of the runtime's table.
    pub(in crate::module) fn unit(self) -> u8 {
        match self {
            Self::Selu | Self::Hardtanh => 15,
            _ => 16,
        }
    }
}

impl Curve {
    /// The value of one step of the result.
    pub(super) fn step(self) -> f64 {
        exp2(-i32::from(self.after))
    }

    /// Its result for zero: what the units are that fill a group of four.
    pub(super) fn idle(self) -> i32 {
        fn at_zero<F: fixed::Function>(curve: Curve, function: F) -> i32 {
            fixed::Curve::new(curve.before, curve.after, curve.limit as i16, function).of(0)
        }
        match self.function {
            Function::Tanh => at_zero(self, fixed::Tanh),
            Function::Softplus => at_zero(self, fixed::Softplus),
            Function::Silu => at_zero(self, fixed::Silu),
            Function::Gelu => at_zero(self, fixed::Gelu),
            Function::GeluTanh => at_zero(self, fixed::GeluTanh),
            Function::Mish => at_zero(self, fixed::Mish),
            Function::Elu => at_zero(self, fixed::Elu),
            Function::EluAlpha(alpha) => at_zero(self, alpha.of_runtime()),
            Function::Hardtanh => at_zero(self, fixed::Hardtanh),
            Function::Hardswish => at_zero(self, fixed::Hardswish),
            Function::Selu => at_zero(self, fixed::Selu),
        }
    }

    /// The range of its results.
    pub(super) fn range(self) -> (i32, i32) {
        let most = match self.function {
            function if function.is_flat() => (1 << self.after).min(32767),
            _ => self.limit,
        };
        (-most, most)
    }
}
