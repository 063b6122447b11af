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
        self.of(0)
    }

    /// Its result for a number in its steps.
    pub(super) fn of(self, number: i32) -> i32 {
        fn value<F: fixed::Function>(
            (before, after, limit): (u8, u8, i16),
            function: F,
            number: i32,
        ) -> i32 {
            fixed::Curve::new(before, after, limit, function).of(number)
        }
        let this = (self.before, self.after, self.limit as i16);
        match self.function {
            Function::Tanh => value(this, fixed::Tanh, number),
            Function::Softplus => value(this, fixed::Softplus, number),
            Function::Silu => value(this, fixed::Silu, number),
            Function::Gelu => value(this, fixed::Gelu, number),
            Function::GeluTanh => value(this, fixed::GeluTanh, number),
            Function::Mish => value(this, fixed::Mish, number),
            Function::Elu => value(this, fixed::Elu, number),
            Function::EluAlpha(alpha) => value(this, alpha.of_runtime(), number),
            Function::Hardtanh => value(this, fixed::Hardtanh, number),
            Function::Hardswish => value(this, fixed::Hardswish, number),
            Function::Selu => value(this, fixed::Selu, number),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn elu(alpha: f64) -> Function {
        Function::new(Activation::Elu { alpha }).unwrap()
    }

    #[test]
    fn a_flat_curve_has_steps_of_its_own() {
        for (limit, tanh, hard) in [(32_767, 15, 14), (16_383, 13, 13)] {
            for function in [Function::Tanh, Function::Hardtanh] {
                let is_tanh = function == Function::Tanh;
                let expected = Curve {
                    function,
                    before: if is_tanh { 11 } else { 14 },
                    after: if is_tanh { tanh } else { hard },
                    limit: 32_767,
                };
                assert_eq!(function.curve(1e9, limit), Ok(expected));
                // Whatever stands in front of it.
                assert_eq!(function.entry(0, 1_000, limit), Ok(expected));
                let most = (1 << expected.after).min(32_767);
                assert_eq!(expected.range(), (-most, most));
            }
        }
    }

    #[test]
    fn any_other_has_the_finest_steps_in_which_its_values_fit() {
        let fraction = |function: Function, largest| function.curve(largest, 32_767).unwrap().after;
        for function in [Function::Softplus, Function::Gelu, Function::Elu, elu(0.5)] {
            assert_eq!(fraction(function, 3.0), 13);
        }
        // Values are 1.67 and 4 times as large.
        assert_eq!(fraction(Function::Selu, 3.0), 12);
        assert_eq!(fraction(elu(4.0), 3.0), 11);
        assert_eq!(fraction(Function::Silu, 0.0), 14);
        assert_eq!(fraction(Function::Silu, 2_047.9), 4);
        let error = Function::Silu.curve(2_048.0, 32_767).unwrap_err();
        assert!(error.contains("within 2047.9375"), "{error}");
        let curve = Function::Mish.curve(3.0, 20_000).unwrap();
        assert_eq!((curve.before, curve.range()), (12, (-20_000, 20_000)));
    }

    #[test]
    fn before_a_branch_the_steps_are_those_of_what_it_reads() {
        let entry = |fraction| Function::Gelu.entry(fraction, 32_767, 16_383);
        for (fraction, expected) in [(4, 4), (9, 9), (14, 14), (20, 14)] {
            let curve = entry(fraction).unwrap();
            assert_eq!((curve.before, curve.after), (expected, expected));
            assert_eq!(curve.limit, 32_767);
        }
        let error = entry(3).unwrap_err();
        assert!(error.contains("within 2047.9375"), "{error}");
    }

    #[test]
    fn an_idle_unit_has_the_value_of_zero() {
        let others = [
            Function::Tanh,
            Function::Silu,
            Function::Gelu,
            Function::GeluTanh,
            Function::Mish,
            Function::Elu,
            elu(2.0),
            Function::Hardtanh,
            Function::Hardswish,
            Function::Selu,
        ];
        // A table is a little lower than its curve.
        for function in others {
            let idle = function.curve(3.0, 32_767).unwrap().idle();
            assert!((-2..=0).contains(&idle), "{function:?}: {idle}");
        }
        let softplus = Function::Softplus.curve(3.0, 32_767).unwrap();
        let exact = std::f64::consts::LN_2 / softplus.step();
        assert!((f64::from(softplus.idle()) - exact).abs() < 2.0);
    }

    #[test]
    fn a_curve_is_the_activation_that_it_stands_for() {
        for activation in [
            Activation::Tanh,
            Activation::Softplus,
            Activation::Silu,
            Activation::Gelu,
            Activation::GeluTanh,
            Activation::Mish,
            Activation::Elu { alpha: 1.0 },
            Activation::Elu { alpha: 2.5 },
            Activation::Elu { alpha: SELU.1 },
            Activation::Hardswish,
            Activation::Hardtanh {
                min: -1.0,
                max: 1.0,
            },
        ] {
            let function = Function::new(activation).unwrap();
            for h in [-3.5, -0.5, 0.0, 0.25, 4.0] {
                let apart = function.eval(h) - activation.eval(h);
                assert!(apart.abs() < 1e-12, "{activation:?} at {h}");
            }
        }
    }

    #[test]
    fn a_curve_is_named_as_in_the_runtime() {
        let names = [Function::GeluTanh, Function::Selu, elu(2.0)].map(Function::type_name);
        assert_eq!(names, ["GeluTanh", "Selu", "EluAlpha"]);
        let units = [Function::Selu, Function::Hardtanh, Function::Gelu, elu(2.0)];
        assert_eq!(units.map(Function::unit), [15, 15, 16, 16]);
    }
}
