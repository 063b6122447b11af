//! Linear layers: scales, integer weights, and the proof that their sums fit 32 bits.

use super::covariance::Strip;
use super::power::{exp2, round};
use super::row::{Inputs, Outputs, Row};
use super::scales::Scales;
use super::{Format, Weights, constant, covariance, rounding};
use crate::flow::ir::Linear;

/// `(bias + Σ weight · input) >> shift`.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct QuantisedDense {
    pub inputs: usize,
    pub outputs: usize,
    /// The effective weights, row by row. With bytes the kernel multiplies by `256 b` plus the byte of the column
    /// before.
    pub weights: Vec<i32>,
    /// Includes half of the last place that the shift keeps, so that the shift rounds to nearest.
    pub bias: Vec<i32>,
    /// The shift of each row; all equal in a hidden layer.
    pub shifts: Vec<u8>,
    /// The exponent of a constant input whose weights the biases are, so that they are multiples of it.
    pub constant: Option<u8>,
}

/// The integer layer, and the value of one integer step of each output.
pub(super) fn quantise(
    layer: &Linear,
    inputs: &Inputs,
    outputs: &Outputs,
    format: Format,
) -> Result<(QuantisedDense, Vec<f64>), String> {
    rounded(&rows(layer, inputs), inputs, outputs, format)
}

/// Like [`quantise`], with biases that are weights of a constant: for one to three inputs.
pub(super) fn quantise_first(
    layer: &Linear,
    inputs: &Inputs,
    outputs: &Outputs,
    format: Format,
) -> Result<(QuantisedDense, Vec<f64>), String> {
    let mut rows = rows(layer, inputs);
    constant::choose(&mut rows, inputs, format);
    rounded(&rows, inputs, outputs, format)
}

/// The rows of a layer, whose weights multiply integer steps.
fn rows(layer: &Linear, inputs: &Inputs) -> Vec<Row> {
    let transposed = layer.weight.transpose();
    let rows = transposed.as_slice().chunks_exact(inputs.step.len().max(1));
    (rows.zip(layer.bias.iter()))
        .map(|(weights, bias)| {
            let pairs = weights.iter().zip(&inputs.step);
            Row {
                weights: pairs.map(|(weight, step)| weight * step).collect(),
                bias: *bias,
                constant: None,
            }
        })
        .collect()
}

fn rounded(
    rows: &[Row],
    inputs: &Inputs,
    outputs: &Outputs,
    format: Format,
) -> Result<(QuantisedDense, Vec<f64>), String> {
    let feedback = covariance::feedback(&inputs.samples, &inputs.step);
    let means = inputs.samples.mean();
    let means = means.iter().zip(&inputs.step);
    let means: Vec<f64> = means.map(|(mean, step)| mean / step).collect();
    let mut scales = Scales::new(rows, inputs.range, outputs, format)?;
    let mut dense = QuantisedDense {
        inputs: inputs.step.len(),
        outputs: rows.len(),
        weights: vec![],
        bias: vec![],
        shifts: vec![],
        constant: rows.first().and_then(|row| row.constant),
    };
    for (index, row) in rows.iter().enumerate() {
        let (weights, bias) = loop {
            let (unit, shift) = scales.of(index);
            let (weights, bias) = row.round(unit, shift, format.weights, &feedback, &means);
            let stray = stray(&weights, inputs.idle, format.weights);
            let (least, largest) = reach(&weights, bias, inputs.range, stray);
            if i64::from(i32::MIN) <= least && largest <= i64::from(i32::MAX) {
                break (weights, bias);
            }
            // The sums exceed 32 bits because of rounding: use a coarser scale for this row.
            scales.give_way(index, outputs)?;
        };
        dense.weights.extend(weights);
        dense.bias.push(bias as i32);
        dense.shifts.push(scales.of(index).1 as u8);
    }
    scales.check(outputs)?;
    Ok((dense, scales.steps()))
}

impl Row {
    /// The row in units of its accumulator: rounded weights, and a bias that compensates their mean error on the
    /// calibration rows and makes the shift round to nearest.
    fn round(
        &self,
        unit: f64,
        shift: i32,
        storage: Weights,
        feedback: &[Strip],
        means: &[f64],
    ) -> (Vec<i32>, i64) {
        let targets: Vec<f64> = self.weights.iter().map(|weight| weight / unit).collect();
        let stored = rounding::row(storage, &targets, feedback);
        let errors = targets.iter().zip(&stored).map(|(t, w)| t - f64::from(*w));
        let correction: f64 = errors.zip(means).map(|(error, mean)| error * mean).sum();
        let half = if shift > 0 { 1 << (shift - 1) } else { 0 };
        // Limited to 40 bits: no overflow in `i64`, yet so large that the check for 32 bits must fail.
        let bias = round(self.bias / unit + correction).clamp(-exp2(40), exp2(40));
        let bias = bias as i64 + half;
        let bias = match self.constant {
            None => bias,
            Some(exponent) => constant::bias(storage, &stored, bias, exponent),
        };
        (stored, bias)
    }
}

/// What the units that fill the last group of four add to a row, each of them `idle`: of bytes, the byte of the last weight is the
/// fraction of the next one.
fn stray(weights: &[i32], idle: i32, storage: Weights) -> i64 {
    let last = weights.last().copied().unwrap_or(0);
    match storage {
        Weights::I8 => i64::from(rounding::fraction(weights.len(), last)) * i64::from(idle),
        Weights::I16 => 0,
    }
}

/// The least and the largest sum over all inputs in range, with or without what is `stray`; no partial sum lies outside.
fn reach(weights: &[i32], bias: i64, (low, high): (i32, i32), stray: i64) -> (i64, i64) {
    let sum =
        |chosen: fn(i64) -> i64| -> i64 { weights.iter().map(|w| chosen(i64::from(*w))).sum() };
    let (positive, negative) = (sum(|w| w.max(0)), sum(|w| w.min(0)));
    let (low, high) = (i64::from(low), i64::from(high));
    (
        bias + low * positive + high * negative + stray.min(0),
        bias + high * positive + low * negative + stray.max(0),
    )
}

impl QuantisedDense {
    /// A bound of the magnitude of each output, of inputs in this range and of units that fill a group of four.
    pub(super) fn reach(&self, range: (i32, i32), idle: i32, storage: Weights) -> Vec<i64> {
        let rows = self
            .weights
            .chunks_exact(self.inputs)
            .zip(&self.bias)
            .zip(&self.shifts);
        rows.map(|((weights, bias), shift)| {
            let stray = stray(weights, idle, storage);
            let (least, largest) = reach(weights, i64::from(*bias), range, stray);
            (least >> shift).abs().max((largest >> shift).abs())
        })
        .collect()
    }
}

#[cfg(test)]
mod tests;
