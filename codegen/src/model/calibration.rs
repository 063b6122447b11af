//! Normal rows that give integers their scales, and the thresholds of integer scores.

use crate::numeric::Weights;

/// Normal rows that give integers their scales, and the thresholds found for integer scores.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// Rows in raw units, one after another, rounded to `f32` as a board receives them.
    pub rows: Vec<f64>,
    /// The threshold with weights of 16 bits, in the unit of the scores.
    pub i16: Option<f64>,
    /// The threshold with weights of 8 bits, in the unit of the scores.
    pub i8: Option<f64>,
}

/// More rows than this do not improve the scales.
pub(crate) const MOST_ROWS: usize = 2000;

impl Calibration {
    /// Keeps rows of `dim` numbers, one after another.
    pub fn new(rows: &[f64], dim: usize) -> Self {
        Self::of_rows(&rows.chunks_exact(dim.max(1)).collect::<Vec<_>>())
    }

    /// Keeps rows; an evenly spaced selection where there are too many.
    pub fn of_rows(rows: &[&[f64]]) -> Self {
        let kept = rows.len().min(MOST_ROWS);
        let spaced = (0..kept).map(|i| rows[i * rows.len() / kept]);
        Self {
            rows: spaced.flatten().map(|x| f64::from(*x as f32)).collect(),
            i16: None,
            i8: None,
        }
    }

    /// Sets the threshold of integer scores.
    pub fn set_threshold(&mut self, weights: Weights, score: f64) {
        match weights {
            Weights::I16 => self.i16 = Some(score),
            Weights::I8 => self.i8 = Some(score),
        }
    }

    /// The threshold of integer scores.
    pub fn threshold(&self, weights: Weights) -> Option<f64> {
        match weights {
            Weights::I16 => self.i16,
            Weights::I8 => self.i8,
        }
    }
}
