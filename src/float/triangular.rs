//! Triangular linear maps, the factors of an LU layer.

use crate::Bijection;
use crate::ln::sum_of_ln;
use crate::side::Side;
use nalgebra::SVector;

/// `z = T x` with `T` triangular, `D` by `D`; log-determinant `Σ ln |tᵢᵢ|`. Its inverse is a substitution.
///
/// A pair of them, lower and upper, is the LU form of a linear layer. The other side of the stored matrix is never read.
///
/// ```
/// use nice_flow::{Bijection, float::{Side, Triangular}, nalgebra::vector};
///
/// // z₀ = 2 x₀,  z₁ = 3 x₀ + x₁: the columns of T.
/// static LOWER: Triangular<2> = Triangular::new(Side::Lower, [[2.0, 3.0], [0.0, 1.0]]);
/// let mut x = vector![5.0, 1.0];
/// let log_det = LOWER.forward(&mut x);
/// assert_eq!(x, vector![10.0, 16.0]);
/// assert_eq!(log_det, 2f32.ln());
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Triangular<const D: usize> {
    matrix: [[f32; D]; D],
    log_det: f32,
    side: Side,
}

impl<const D: usize> Triangular<D> {
    /// From the columns of `T`, `columns[j][i] = tᵢⱼ`; the log-determinant is computed, in a `static` by the compiler.
    ///
    /// # Panics
    ///
    /// If an element of the diagonal is zero, infinite or NaN: there would be no inverse.
    pub const fn new(side: Side, columns: [[f32; D]; D]) -> Self {
        let (mut diagonal, mut i) = ([0.0; D], 0);
        while i < D {
            diagonal[i] = columns[i][i];
            i += 1;
        }
        Self::with_log_det(side, columns, sum_of_ln(&diagonal) as f32)
    }

    /// With a log-determinant of your own in nats, which nobody checks: generated code.
    pub const fn with_log_det(side: Side, columns: [[f32; D]; D], log_det: f32) -> Self {
        Self {
            matrix: columns,
            log_det,
            side,
        }
    }
}

impl<const D: usize> Bijection<f32, D> for Triangular<D> {
    fn forward(&self, x: &mut SVector<f32, D>) -> f32 {
        multiply(self.side, self.matrix.as_flattened(), x.as_mut_slice());
        self.log_det
    }

    fn inverse(&self, z: &mut SVector<f32, D>) -> f32 {
        solve(self.side, self.matrix.as_flattened(), z.as_mut_slice());
        -self.log_det
    }
}

/// `x ← T x` in place, column by column, in the order in which `xⱼ` is still the old one when column `j` is due.
///
/// If the lengths disagree, which the type excludes, elements keep their value: there is no panic to link.
#[inline(never)]
pub fn multiply(side: Side, columns: &[f32], x: &mut [f32]) {
    let d = x.len();
    for step in 0..d {
        // A lower triangle changes only later elements, so it starts with the last column.
        let j = match side {
            Side::Lower => d - 1 - step,
            Side::Upper => step,
        };
        if let Some((column, above, x_j, below)) = at(columns, x, j) {
            match side {
                Side::Lower => add(below, column.get(j + 1..).unwrap_or(&[]), *x_j),
                Side::Upper => add(above, column, *x_j),
            }
            *x_j *= column.get(j).copied().unwrap_or(1.0);
        }
    }
}

/// `z ← T⁻¹ z` in place, by substitution.
#[inline(never)]
pub fn solve(side: Side, columns: &[f32], z: &mut [f32]) {
    let d = z.len();
    for step in 0..d {
        let j = match side {
            Side::Lower => step,
            Side::Upper => d - 1 - step,
        };
        if let Some((column, above, z_j, below)) = at(columns, z, j) {
            *z_j /= column.get(j).copied().unwrap_or(1.0);
            match side {
                Side::Lower => add(below, column.get(j + 1..).unwrap_or(&[]), -*z_j),
                Side::Upper => add(above, column, -*z_j),
            }
        }
    }
}

/// A column, and a vector before, at and after its element on the diagonal.
type Around<'a> = (&'a [f32], &'a mut [f32], &'a mut f32, &'a mut [f32]);

/// Column `j`, and `x` split around element `j`.
#[inline]
fn at<'a>(columns: &'a [f32], x: &'a mut [f32], j: usize) -> Option<Around<'a>> {
    let column = columns.get(j.checked_mul(x.len())?..)?.get(..x.len())?;
    let (above, rest) = x.split_at_mut_checked(j)?;
    let (x_j, below) = rest.split_first_mut()?;
    Some((column, above, x_j, below))
}

/// `x ← x + factor · column`, as far as both go.
#[inline]
fn add(x: &mut [f32], column: &[f32], factor: f32) {
    for (x, t) in x.iter_mut().zip(column) {
        *x += t * factor;
    }
}
