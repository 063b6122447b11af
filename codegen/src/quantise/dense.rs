//! Linear layers: scales, weights, and the proof that their sums fit 32 bits.

use super::power::{ceil_log2, exp2, floor_log2, round};
use super::samples::{Samples, quantile};
use super::{Format, covariance, rounding};
use crate::ir::Linear;

/// `(bias + Σ weight · input) >> shift`.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Dense {
    pub inputs: usize,
    pub outputs: usize,
    /// What the kernel multiplies by, row by row: with bytes, `256 b` and the byte below.
    pub weights: Vec<i32>,
    /// What rounds the shift included.
    pub bias: Vec<i32>,
    /// Of each row; of a hidden layer all the same.
    pub shifts: Vec<u8>,
}

/// A layer's inputs: what they are on the calibration rows, and what they can be.
pub(super) struct Inputs {
    pub samples: Samples,
    /// The value of one step of each.
    pub step: Vec<f64>,
    /// The least and the largest integer.
    pub range: (i32, i32),
}

/// What a layer's outputs become.
pub(super) enum Outputs<'a> {
    /// Hidden activations of at most so much; these are the magnitudes seen on the calibration rows.
    Hidden { limit: i32, seen: &'a [f64] },
    /// Steps of the state.
    State,
}

/// How much larger than seen a hidden activation may become before it saturates.
const HEADROOM: f64 = 4.0;

/// The largest unit of a row that is left alone: a row of zeros has none.
const SMALLEST: f64 = 1e-30;

/// The scales of a layer's rows.
struct Scales {
    /// The value of one unit of the accumulator.
    unit: Vec<f64>,
    shift: Vec<i32>,
}

/// The layer in integers, and the value of one step of each output.
pub(super) fn quantise(
    layer: &Linear,
    inputs: &Inputs,
    outputs: &Outputs,
    format: Format,
) -> Result<(Dense, Vec<f64>), String> {
    let rows: Vec<Vec<f64>> = (layer.weight.row_iter())
        .map(|row| {
            row.iter()
                .zip(&inputs.step)
                .map(|(w, step)| w * step)
                .collect()
        })
        .collect();
    let smallest = smallest_units(&rows, layer, inputs.range, format);
    if let Some(row) = smallest.iter().position(|unit| !unit.is_finite()) {
        return Err(format!(
            "expected weights that can be scaled, found row {row} beyond f64"
        ));
    }
    let mut scales = match outputs {
        Outputs::Hidden { limit, seen } => hidden_scales(&smallest, seen, *limit),
        Outputs::State => state_scales(&smallest, format),
    };
    let feedback = covariance::feedback(&inputs.samples, &inputs.step);
    let mean: Vec<f64> = inputs
        .samples
        .mean()
        .iter()
        .zip(&inputs.step)
        .map(|(m, s)| m / s)
        .collect();
    let mut dense = Dense {
        inputs: layer.weight.ncols(),
        outputs: layer.weight.nrows(),
        weights: vec![],
        bias: vec![],
        shifts: vec![],
    };
    for (row, (weights, bias)) in rows.iter().zip(layer.bias.iter()).enumerate() {
        let source = Row {
            weights,
            bias: *bias,
            feedback: &feedback,
            mean: &mean,
        };
        let (weights, bias) = loop {
            let (unit, shift) = (scales.unit[row], scales.shift[row]);
            let (weights, bias) = source.round(unit, shift, format);
            let (least, largest) = reach(&weights, bias, inputs.range);
            if i64::from(i32::MIN) <= least && largest <= i64::from(i32::MAX) {
                break (weights, bias);
            }
            scales.give_way(row, outputs)?;
        };
        dense.weights.extend(weights);
        dense.bias.push(bias as i32);
        dense.shifts.push(scales.shift[row] as u8);
    }
    if let (Outputs::State, Some(row)) = (outputs, scales.shift.iter().position(|shift| *shift < 1))
    {
        return Err(format!(
            "output {row} is finer than the state: its weights are too large"
        ));
    }
    let step = scales
        .unit
        .iter()
        .zip(&scales.shift)
        .map(|(unit, shift)| unit * exp2(*shift));
    let step = step.collect();
    Ok((dense, step))
}

/// The smallest unit of each row's accumulator that lets its weights be stored and its sums fit.
fn smallest_units(
    rows: &[Vec<f64>],
    layer: &Linear,
    range: (i32, i32),
    format: Format,
) -> Vec<f64> {
    let units = rows.iter().zip(layer.bias.iter()).map(|(row, bias)| {
        let largest = row.iter().fold(0.0, |largest: f64, w| largest.max(w.abs()));
        let positive: f64 = row.iter().map(|w| w.max(0.0)).sum();
        let negative: f64 = row.iter().map(|w| (-w).max(0.0)).sum();
        let sum = if range.0 == 0 {
            positive.max(negative)
        } else {
            positive + negative
        };
        let reach = sum * f64::from(range.1) + bias.abs();
        (largest / format.weights.top())
            .max(reach / (0.99 * exp2(31)))
            .max(SMALLEST)
    });
    units.collect()
}

/// One shift for the layer, which the middle row needs; each row's unit so that its output fits `limit`.
fn hidden_scales(smallest: &[f64], seen: &[f64], limit: i32) -> Scales {
    let need: Vec<f64> = (seen.iter())
        .map(|seen| (seen * HEADROOM).max(SMALLEST) / f64::from(limit))
        .collect();
    let ratios = need.iter().zip(smallest).map(|(need, unit)| need / unit);
    let shift = ceil_log2(quantile(ratios.collect(), 0.5)).clamp(1, 24);
    let units = need
        .iter()
        .zip(smallest)
        .map(|(need, unit)| unit.max(need / exp2(shift)));
    Scales {
        unit: units.collect(),
        shift: vec![shift; smallest.len()],
    }
}

/// A shift for each row, so that its step is that of the state.
fn state_scales(smallest: &[f64], format: Format) -> Scales {
    let step = exp2(-(format.fraction as i32));
    // A row of zeros would ask for more than an `i32` has.
    let shift: Vec<i32> = smallest
        .iter()
        .map(|unit| floor_log2(step / unit).min(31))
        .collect();
    Scales {
        unit: shift.iter().map(|shift| step / exp2(*shift)).collect(),
        shift,
    }
}

impl Scales {
    /// A row's sums do not fit by a rounding: coarser.
    fn give_way(&mut self, row: usize, outputs: &Outputs) -> Result<(), String> {
        match outputs {
            Outputs::Hidden { .. } => self.unit[row] *= 1.02,
            Outputs::State => {
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
}

/// A row of a layer, and its inputs on the calibration rows.
struct Row<'a> {
    weights: &'a [f64],
    bias: f64,
    feedback: &'a [Vec<f64>],
    mean: &'a [f64],
}

impl Row<'_> {
    /// Weights, and a bias that takes their mean error back and rounds the shift.
    fn round(&self, unit: f64, shift: i32, format: Format) -> (Vec<i32>, i64) {
        let targets: Vec<f64> = self.weights.iter().map(|weight| weight / unit).collect();
        let weights = rounding::row(format.weights, &targets, self.feedback);
        let errors = targets.iter().zip(&weights).map(|(t, w)| t - f64::from(*w));
        let correction: f64 = errors
            .zip(self.mean)
            .map(|(error, mean)| error * mean)
            .sum();
        let half = if shift > 0 { 1 << (shift - 1) } else { 0 };
        (weights, round(self.bias / unit + correction) as i64 + half)
    }
}

/// The least and the largest sum, whatever the inputs and the order of summation.
fn reach(weights: &[i32], bias: i64, (low, high): (i32, i32)) -> (i64, i64) {
    let sum =
        |chosen: fn(i64) -> i64| -> i64 { weights.iter().map(|w| chosen(i64::from(*w))).sum() };
    let (positive, negative) = (sum(|w| w.max(0)), sum(|w| w.min(0)));
    let (low, high) = (i64::from(low), i64::from(high));
    (
        bias + low * positive + high * negative,
        bias + high * positive + low * negative,
    )
}

impl Dense {
    /// How far each output can be from zero.
    pub(super) fn reach(&self, range: (i32, i32)) -> Vec<i64> {
        let rows = self
            .weights
            .chunks_exact(self.inputs)
            .zip(&self.bias)
            .zip(&self.shifts);
        rows.map(|((weights, bias), shift)| {
            let (least, largest) = reach(weights, i64::from(*bias), range);
            (least >> shift).abs().max((largest >> shift).abs())
        })
        .collect()
    }
}
