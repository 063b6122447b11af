//! From raw units to the state.

use super::power::exp2;
use super::samples::Samples;
use super::{Encoder, Format};
use crate::ir::Diagonal;
use crate::{Error, Result};

/// Mean and scale of each input, rounded as the board has them so that what is folded into the weights is exact.
pub(super) struct Entry {
    mean: Vec<f32>,
    /// Sixteen-bit fractions of a standard deviation in one raw unit.
    factor: Vec<f32>,
}

impl Entry {
    /// From calibration rows; an input that never changes keeps its own unit.
    pub fn new(rows: &Samples) -> Result<Self> {
        if rows.count() < 2 {
            let message = format!("expected at least 2 finite rows, found {}", rows.count());
            return Err(Error::input("calibration rows", message));
        }
        let mean = rows.mean();
        let deviation = deviation(rows, &mean);
        let entry = Self {
            mean: mean.iter().map(|mean| *mean as f32).collect(),
            factor: deviation.iter().map(|sd| (65536.0 / sd) as f32).collect(),
        };
        let is_usable = |(mean, factor): (&f32, &f32)| mean.is_finite() && factor.is_normal();
        match entry
            .mean
            .iter()
            .zip(&entry.factor)
            .position(|pair| !is_usable(pair))
        {
            None => Ok(entry),
            Some(i) => {
                let (mean, sd) = (mean[i], deviation[i]);
                let message = format!(
                    "expected mean and deviation of input {i} within the range of f32, found {mean} and {sd}"
                );
                Err(Error::input("calibration rows", message))
            }
        }
    }

    /// Raw units to standard deviations.
    pub fn diagonal(&self) -> Diagonal {
        Diagonal {
            center: self.mean.iter().copied().map(f64::from).collect(),
            factor: self
                .factor
                .iter()
                .map(|factor| f64::from(*factor) / 65536.0)
                .collect(),
        }
    }

    /// The rows in standard deviations, limited to `range` of them.
    pub fn encode(&self, rows: &Samples, range: f64) -> Samples {
        let Diagonal { center, factor } = self.diagonal();
        let one = |i: usize, x: f64| ((x - center[i]) * factor[i]).clamp(-range, range);
        let values = rows
            .rows()
            .flat_map(|row| row.iter().enumerate().map(|(i, x)| one(i, *x)));
        Samples {
            width: rows.width,
            values: values.collect(),
        }
    }

    /// What the board does.
    pub fn encoder(&self, format: Format) -> Encoder {
        let unit = exp2(format.fraction as i32 - 16) as f32;
        Encoder {
            mean: self.mean.clone(),
            factor: self.factor.iter().map(|factor| factor * unit).collect(),
            limit: format.range << format.fraction,
        }
    }
}

fn deviation(rows: &Samples, mean: &[f64]) -> Vec<f64> {
    let mut squares = vec![0.0; rows.width];
    for row in rows.rows() {
        let apart = row.iter().zip(mean).map(|(x, mean)| x - mean);
        squares
            .iter_mut()
            .zip(apart)
            .for_each(|(square, apart)| *square += apart * apart);
    }
    let count = rows.count() as f64;
    let deviations = squares.iter().map(|square| (square / count).sqrt());
    let is_constant = |sd: f64, mean: f64| sd <= 1e-6 * (1.0 + mean.abs());
    let pairs = deviations.zip(mean);
    pairs
        .map(|(sd, mean)| if is_constant(sd, *mean) { 1.0 } else { sd })
        .collect()
}
