//! The activations that commute with positive scales.

use super::power::round;
use crate::flow::ir::Activation;

/// A leaky ReLU: with slope 0 it is ReLU, with slope 1 the identity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rectifier {
    slope: f64,
}

pub(super) const IDENTITY: Rectifier = Rectifier { slope: 1.0 };

impl Rectifier {
    /// `None` for an activation that does not commute with positive scales, or whose slope does not fit the integer
    /// format.
    pub fn new(activation: Activation) -> Option<Self> {
        let slope = match activation {
            Activation::Relu => 0.0,
            Activation::LeakyRelu { slope } => slope,
            _ => return None,
        };
        (0.0 <= slope && round(slope * 32768.0) <= 32767.0).then_some(Self { slope })
    }

    pub fn eval(self, h: f64) -> f64 {
        if h < 0.0 { self.slope * h } else { h }
    }

    /// The slope in units of 2⁻¹⁵.
    pub fn fixed(self) -> u16 {
        round(self.slope * 32768.0) as u16
    }

    /// The range of its values for inputs from `−limit` to `limit`.
    pub fn range(self, limit: i32) -> (i32, i32) {
        (if self.slope == 0.0 { 0 } else { -limit }, limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaky(slope: f64) -> Option<Rectifier> {
        Rectifier::new(Activation::LeakyRelu { slope })
    }

    #[test]
    fn what_comes_out_is_within_the_range() {
        let relu = Rectifier::new(Activation::Relu).unwrap();
        assert_eq!(relu.range(7), (0, 7));
        for rectifier in [relu, leaky(0.25).unwrap(), leaky(0.999).unwrap(), IDENTITY] {
            let (low, high) = rectifier.range(100);
            let out = (-100..=100).map(|h| rectifier.eval(f64::from(h)).round() as i32);
            let (least, largest) = (out.clone().min().unwrap(), out.max().unwrap());
            assert!(low <= least && largest == high, "{rectifier:?}");
        }
        assert_eq!(IDENTITY.range(7), (-7, 7));
    }

    #[test]
    fn a_slope_is_from_zero_to_below_one_in_15_bits() {
        assert_eq!(leaky(0.5).unwrap().fixed(), 16_384);
        assert_eq!(leaky(32_767.4 / 32_768.0).unwrap().fixed(), 32_767);
        for slope in [-0.1, 32_767.5 / 32_768.0, 1.0, f64::NAN] {
            assert_eq!(leaky(slope), None, "{slope}");
        }
    }
}
