//! Biases as weights of a constant input.

use super::Weights;
use super::dense::Inputs;
use super::power::exp2;
use super::row::Row;
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
