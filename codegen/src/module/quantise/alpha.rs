//! The factor of an ELU as the runtime has it.

use super::power::{exp2, floor_log2};
use nice_flow::fixed::EluAlpha;

/// `mantissa / 2^shift`, with 15 bits of mantissa.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Alpha {
    pub mantissa: u16,
    pub shift: u8,
}

impl Alpha {
    /// The nearest to a factor from 1/16 to below 16; `None` of others.
    pub(super) fn new(alpha: f64) -> Option<Self> {
        if !(0.0625..16.0).contains(&alpha) {
            return None;
        }
        let shift = 14 - floor_log2(alpha);
        let mantissa = (alpha * exp2(shift)).round().min(32767.0);
        Some(Self {
            mantissa: mantissa as u16,
            shift: shift as u8,
        })
    }

    pub(super) fn value(self) -> f64 {
        f64::from(self.mantissa) * exp2(-i32::from(self.shift))
    }

    /// The function that the runtime evaluates.
    pub fn of_runtime(self) -> EluAlpha {
        EluAlpha::new(self.mantissa, self.shift)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_are_within_half_a_step_of_fifteen_bits() {
        for alpha in [0.0625, 0.1, 0.5, 0.7, 0.999_99, 1.0, 2.0, 15.999_9] {
            let near = Alpha::new(alpha).unwrap();
            assert!(
                (near.value() / alpha - 1.0).abs() <= 1.0 / 16_384.0,
                "{alpha}"
            );
            assert_eq!(near.of_runtime(), EluAlpha::new(near.mantissa, near.shift));
        }
        assert_eq!([0.0, -0.5, 0.06, 16.0, f64::NAN].map(Alpha::new), [None; 5]);
    }
}
