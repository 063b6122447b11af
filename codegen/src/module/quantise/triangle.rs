//! Unit triangular matrices as sequences of lifting steps.

use super::bounds::Bounds;
use super::power::{ceil_log2, exp2, round};
use crate::flow::ir::{Side, Triangular};

/// `u_i += (Σ_j c_ij u_j + 2^(shift−1)) >> shift`. An upper triangle sums over the elements after `i` and runs from the
/// first row to the last; a lower one sums over those before `i` and runs from the last row to the first. Exactly
/// invertible.
#[derive(Clone, Debug, PartialEq)]
pub struct Triangle {
    /// The side of the diagonal that holds the coefficients.
    pub side: Side,
    /// The coefficients, row by row; zero on the diagonal and on the other side.
    pub coefficients: Vec<i32>,
    /// Fractional bits of the coefficients.
    pub shift: u8,
}

impl Triangle {
    pub(super) fn new(triangular: &Triangular, bounds: &mut Bounds) -> Result<Self, String> {
        let dim = triangular.dim();
        let strict = |i: usize, j: usize| {
            if i == j {
                0.0
            } else {
                triangular.matrix[(i, j)]
            }
        };
        let entries = || (0..dim).flat_map(|i| (0..dim).map(move |j| strict(i, j)));
        let largest = entries().fold(1e-9, |largest: f64, entry| largest.max(entry.abs()));
        let shift = 30 - ceil_log2(largest).max(0);
        if shift < 1 {
            return Err(format!(
                "expected a matrix that multiplies by less than 2³⁰, found {largest}"
            ));
        }
        let coefficients: Vec<i32> = entries()
            .map(|entry| round(entry * exp2(shift)) as i32)
            .collect();
        let rows = coefficients.chunks_exact(dim).enumerate();
        let order: Vec<_> = match triangular.side {
            Side::Upper => rows.collect(),
            Side::Lower => rows.rev().collect(),
        };
        for (i, row) in order {
            bounds.lift(i, row, shift as u32)?;
        }
        Ok(Self {
            side: triangular.side,
            coefficients,
            shift: shift as u8,
        })
    }
}

#[cfg(test)]
mod tests;
