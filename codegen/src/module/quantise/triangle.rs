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
    /// The length of the state.
    pub dim: usize,
    /// The coefficients on that side, row by row.
    pub strict: Vec<i32>,
    /// Fractional bits of the coefficients.
    pub shift: u8,
}

impl Triangle {
    pub(super) fn new(triangular: &Triangular, bounds: &mut Bounds) -> Result<Self, String> {
        let (side, dim) = (triangular.side, triangular.dim());
        let row = |i| side.of_row(i, dim).map(move |j| triangular.matrix[(i, j)]);
        let largest = (0..dim)
            .flat_map(row)
            .fold(1e-9, |largest: f64, entry| largest.max(entry.abs()));
        let shift = 30 - ceil_log2(largest).max(0);
        if shift < 1 {
            return Err(format!(
                "expected a matrix that multiplies by less than 2³⁰, found {largest}"
            ));
        }
        let integers = |i| row(i).map(|entry| round(entry * exp2(shift)) as i32);
        let strict: Vec<i32> = (0..dim).flat_map(integers).collect();
        let mut rows: Vec<_> = side.rows(&strict, dim).enumerate().collect();
        if side == Side::Lower {
            rows.reverse();
        }
        for (i, row) in rows {
            bounds.lift(i, side.of_row(i, dim), row, shift as u32)?;
        }
        Ok(Self {
            side,
            dim,
            strict,
            shift: shift as u8,
        })
    }
}

#[cfg(test)]
mod tests;
