//! The scale of each row: the value of one unit of its accumulator.

use super::Format;
use super::power::{ceil_log2, exp2, floor_log2};
use super::row::{Outputs, Row};
use super::samples::quantile;

/// Hidden activations may grow by this factor over the calibration rows before they saturate.
const HEADROOM: f64 = 4.0;

/// The smallest unit, so that a row of zeros has one too.
const SMALLEST: f64 = 1e-30;

/// For each row, the value of one unit of its accumulator, and the shift that is applied to the sum.
pub(super) struct Scales {
    unit: Vec<f64>,
    shift: Vec<i32>,
}

impl Scales {
    /// The finest scales for which the weights can be stored, the sums fit 32 bits and the outputs fit the next layer.
    pub fn new(
        rows: &[Row],
        range: (i32, i32),
        outputs: &Outputs,
        format: Format,
    ) -> Result<Self, String> {
        let units = rows.iter().map(|row| row.smallest_unit(range, format));
        let smallest: Vec<f64> = units.collect();
        let scales = match outputs {
            Outputs::Hidden { limit, seen } => Self::hidden(&smallest, seen, *limit),
            Outputs::Steps { fraction } => Self::steps_of(&smallest, *fraction),
        };
        match scales.steps().iter().position(|step| !step.is_finite()) {
            Some(row) => Err(format!(
                "expected weights and activations within f64, found row {row} beyond"
            )),
            None => Ok(scales),
        }
    }

    /// One shift for the whole layer, the median of what the rows need; each row's unit is chosen so that its output
    /// fits `limit`.
    fn hidden(smallest: &[f64], seen: &[f64], limit: i32) -> Self {
        let need: Vec<f64> = (seen.iter())
            .map(|seen| (seen * HEADROOM).max(SMALLEST) / f64::from(limit))
            .collect();
        let ratios = need.iter().zip(smallest).map(|(need, unit)| need / unit);
        let shift = ceil_log2(quantile(ratios.collect(), 0.5)).clamp(1, 24);
        let pairs = need.iter().zip(smallest);
        Self {
            unit: pairs
                .map(|(need, unit)| unit.max(need / exp2(shift)))
                .collect(),
            shift: vec![shift; smallest.len()],
        }
    }

    /// A shift for each row, so that its output is in steps of 2^-fraction.
    fn steps_of(smallest: &[f64], fraction: u32) -> Self {
        let step = exp2(-(fraction as i32));
        // A row of zeros would need a shift of more than 31 bits.
        let shift = |unit: &f64| floor_log2(step / unit).min(31);
        let shift: Vec<i32> = smallest.iter().map(shift).collect();
        Self {
            unit: shift.iter().map(|shift| step / exp2(*shift)).collect(),
            shift,
        }
    }

    /// Unit and shift of a row.
    pub fn of(&self, row: usize) -> (f64, i32) {
        (self.unit[row], self.shift[row])
    }

    /// Makes the scale of a row coarser, because its sums do not fit.
    pub fn give_way(&mut self, row: usize, outputs: &Outputs) -> Result<(), String> {
        match outputs {
            Outputs::Hidden { .. } => self.unit[row] *= 1.02,
            Outputs::Steps { .. } => {
                self.shift[row] -= 1;
                self.unit[row] *= 2.0;
            }
        }
        if self.unit[row].is_finite() && self.shift[row] >= 0 {
            Ok(())
        } else {
            Err(format!("the sums of output {row} do not fit 32 bits"))
        }
    }

    /// An error unless the accumulator of every row is finer than the format of its output.
    pub fn check(&self, outputs: &Outputs) -> Result<(), String> {
        match (outputs, self.shift.iter().position(|shift| *shift < 1)) {
            (Outputs::Steps { .. }, Some(row)) => Err(format!(
                "output {row} is finer than the state: its weights are too large"
            )),
            _ => Ok(()),
        }
    }

    /// The value of one integer step of each output.
    pub fn steps(&self) -> Vec<f64> {
        let pairs = self.unit.iter().zip(&self.shift);
        pairs.map(|(unit, shift)| unit * exp2(*shift)).collect()
    }
}

impl Row {
    /// The smallest unit of the accumulator for which the weights can be stored and the sums fit.
    pub fn smallest_unit(&self, (low, high): (i32, i32), format: Format) -> f64 {
        let weights = || self.weights.iter();
        let constant = self.constant.map(|k| self.bias.abs() / exp2(k.into()));
        let largest = weights().fold(constant.unwrap_or(0.0), |largest: f64, w| {
            largest.max(w.abs())
        });
        let positive: f64 = weights().map(|w| w.max(0.0)).sum();
        let negative: f64 = weights().map(|w| (-w).max(0.0)).sum();
        let sum = match low {
            0 => positive.max(negative),
            _ => positive + negative,
        };
        let reach = sum * f64::from(high) + self.bias.abs();
        (largest / format.weights.top())
            .max(reach / (0.99 * exp2(31)))
            .max(SMALLEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(unit: f64, shift: i32) -> Scales {
        Scales {
            unit: vec![unit],
            shift: vec![shift],
        }
    }

    #[test]
    fn a_row_of_the_state_gives_way_until_nothing_is_left_to_shift() {
        let mut scales = one(0.25, 1);
        assert_eq!(scales.give_way(0, &Outputs::Steps { fraction: 16 }), Ok(()));
        // One output is worth the same.
        assert_eq!((scales.of(0), scales.steps()), ((0.5, 0), vec![0.5]));
        let message = scales
            .give_way(0, &Outputs::Steps { fraction: 16 })
            .unwrap_err();
        assert_eq!(message, "the sums of output 0 do not fit 32 bits");
    }

    #[test]
    fn a_hidden_row_gives_way_until_its_unit_is_no_number() {
        let hidden = Outputs::Hidden {
            limit: 8191,
            seen: &[1.0],
        };
        let mut scales = one(0.25, 3);
        assert_eq!(scales.give_way(0, &hidden), Ok(()));
        assert_eq!(scales.of(0), (0.25 * 1.02, 3));
        assert!(one(f64::MAX, 3).give_way(0, &hidden).is_err());
    }
}
