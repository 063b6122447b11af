//! The smooth activations that have an integer form, by tables.

use super::power::{exp2, floor_log2};
use crate::flow::ir::{Activation, SELU};

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
            Activation::Elu { alpha } if alpha == SELU.1 => Some(Self::Selu),
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
        if self == Self::Tanh {
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

    /// How many times larger a value can be than its argument.
    pub(super) fn steepness(self) -> f64 {
        if self == Self::Selu { SELU.1 } else { 1.0 }
    }

    /// Fractional bits of the runtime's table.
    pub(in crate::module) fn unit(self) -> u8 {
        if self == Self::Selu { 15 } else { 16 }
    }
}

impl Curve {
    /// The value of one step of the result.
    pub(super) fn step(self) -> f64 {
        exp2(-i32::from(self.after))
    }

    /// The range of its results.
    pub(super) fn range(self) -> (i32, i32) {
        let most = match self.function {
            Function::Tanh => (1 << self.after).min(32767),
            _ => self.limit,
        };
        (-most, most)
    }
}
