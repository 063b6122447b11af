//! Biases as weights of a constant input.

use super::Weights;
use super::power::exp2;
use super::row::{Inputs, Row};
use super::{Format, rounding};

/// The largest exponent of a constant: it has 16 bits, with its sign.
const LARGEST: u8 = 14;

/// Makes the biases of the rows weights of the constant `2^k` with which rounding errs least.
///
/// A weight is off by as many units of its row as any other, evenly spread, so that the variance of a row's error is in
/// proportion to `unit² (Σ x² + 2^2k)`. A small constant makes the weights of biases large and with them the unit.
pub(super) fn choose(rows: &mut [Row], inputs: &Inputs, format: Format) {
    let squares = squares(inputs);
    let mut error = |exponent: u8| -> f64 {
        let errors = rows.iter_mut().map(|row| {
            row.constant = Some(exponent);
            let unit = row.smallest_unit(inputs.range, format);
            unit * unit * (squares + exp2(2 * i32::from(exponent)))
        });
        errors.sum()
    };
    let errors = (0..=LARGEST).map(|exponent| (exponent, error(exponent)));
    let best = errors.min_by(|(_, a), (_, b)| a.total_cmp(b));
    let exponent = best.map(|(exponent, _)| exponent);
    rows.iter_mut().for_each(|row| row.constant = exponent);
}

/// The mean sum of squares of the inputs, in integer steps.
fn squares(inputs: &Inputs) -> f64 {
    let squares = inputs.samples.rows().map(|row| -> f64 {
        let steps = row.iter().zip(&inputs.step).map(|(x, step)| x / step);
        steps.map(|x| x * x).sum()
    });
    squares.sum::<f64>() / inputs.samples.count().max(1) as f64
}

/// A bias behind the row's weights: the nearest that a weight of `2^exponent` gives. One that no weight gives stays as it is
/// beyond 32 bits, so that the row gets a coarser unit.
pub(super) fn bias(storage: Weights, row: &[i32], bias: i64, exponent: u8) -> i64 {
    let before = row.last().copied().unwrap_or(0);
    let constant = exp2(exponent.into());
    let weight = rounding::next(storage, row.len(), before, bias as f64 / constant);
    let stored = i64::from(weight) << exponent;
    if (stored - bias).abs() as f64 <= storage.step() * constant {
        stored
    } else {
        i64::MAX >> 2
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::Samples;
    use super::*;
    use crate::model::Biases;

    const FORMAT: Format = Format {
        weights: Weights::I8,
        biases: Biases::Weights,
        fraction: 16,
        range: 128,
        scales: false,
    };

    /// An input of ±1000 steps.
    fn inputs() -> Inputs {
        Inputs {
            samples: Samples {
                width: 1,
                values: vec![-1000.0, 1000.0],
            },
            step: vec![1.0],
            range: (-16_383, 16_383),
            idle: 0,
        }
    }

    fn chosen(bias: f64) -> Option<u8> {
        let mut rows = [Row {
            weights: vec![1.0],
            bias,
            constant: None,
        }];
        choose(&mut rows, &inputs(), FORMAT);
        rows[0].constant
    }

    #[test]
    fn the_constant_is_like_the_inputs_unless_biases_are_larger() {
        // At 2⁹ the bias has a smaller weight than the input, whose steps are twice as many.
        assert_eq!(chosen(500.0), Some(9));
        // At 2¹¹ it has a weight half as large again, and the unit with it: that errs less than a constant of 2¹².
        assert_eq!(chosen(3_000.0), Some(11));
        assert_eq!(chosen(0.0), Some(0));
    }

    #[test]
    fn a_bias_is_the_nearest_that_a_weight_gives() {
        // Steps of 256 · 2¹⁰; the byte of the column before, 3, is a fraction of a step.
        let step = 256 << 10;
        let row = [0, 0, 3 * 256];
        assert_eq!(bias(Weights::I8, &row, 5 * step, 10), 5 * step + (3 << 10));
        let negative = bias(Weights::I8, &row, -5 * step - step / 3, 10);
        assert_eq!(negative, -5 * step + (3 << 10));
        assert_eq!(bias(Weights::I16, &row, 1_000_000, 5), 1_000_000);
        // 128 steps are too many for a byte.
        assert!(bias(Weights::I8, &row, 129 * step, 10) > i64::from(i32::MAX));
    }

    #[test]
    fn inputs_count_in_their_steps() {
        let mut inputs = inputs();
        inputs.step = vec![4.0];
        // The mean of (−250)² and 250².
        assert_eq!(squares(&inputs), 62_500.0);
    }
}
