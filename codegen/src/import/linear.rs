//! Linear layers of whole vectors: permutations, LU factors, matrices.

use super::Weights;
use crate::error::Result;
use crate::ir::{Activation, Dense, Diagonal, Layer, Side, Triangular};
use nalgebra::{DMatrix, DVector};

/// Added to the softplus of the diagonal in `LULinear` of nflows and normflows.
pub(super) const LU_EPS: f64 = 1e-3;

impl Weights<'_> {
    /// Indices of elements, each at most once.
    pub fn elements(&self, name: &str, dim: usize) -> Result<Vec<usize>> {
        let &[length] = self.shape(name)? else {
            let found = self.shape(name)?;
            return Err(self.error(name, format!("expected a list, found shape {found:?}")));
        };
        let mut seen = vec![false; dim];
        let numbers = self.numbers(name, &[length])?.iter().enumerate();
        numbers
            .map(|(i, &number)| {
                let index = number as usize;
                let fresh = index as f64 == number && index < dim && !seen[index];
                if !fresh {
                    let limit = dim.saturating_sub(1);
                    let message =
                        format!("expected each of 0 to {limit} once, found {number} at [{i}]");
                    return Err(self.error(name, message));
                }
                seen[index] = true;
                Ok(index)
            })
            .collect()
    }

    /// All elements in another order.
    pub fn permutation(&self, name: &str, dim: usize) -> Result<Vec<usize>> {
        let order = self.elements(name, dim)?;
        if order.len() < dim {
            let message = format!("expected {dim} elements, found {}", order.len());
            return Err(self.error(name, message));
        }
        Ok(order)
    }

    /// The elements that condition a coupling and those that it changes, from two lists.
    pub fn partition(
        &self,
        kept: &str,
        changed: &str,
        dim: usize,
    ) -> Result<(Vec<usize>, Vec<usize>)> {
        let (kept, changed_elements) = (self.elements(kept, dim)?, self.elements(changed, dim)?);
        let twice = changed_elements.iter().find(|i| kept.contains(i));
        let all = kept.len() + changed_elements.len() == dim;
        if twice.is_some() || !all || kept.is_empty() || changed_elements.is_empty() {
            let message = format!(
                "expected each of {dim} elements to condition or to change, \
                 found {kept:?} that condition and {changed_elements:?} that change"
            );
            return Err(self.error(changed, message));
        }
        Ok((kept, changed_elements))
    }

    /// `LULinear`: `L (U x) + bias`, entries of the strict triangles row by row.
    pub fn lu_linear(&self, at: &str, dim: usize) -> Result<Vec<Layer>> {
        let entries = dim * dim.saturating_sub(1) / 2;
        let name = |name: &str| format!("{at}.{name}");
        let lower = self.numbers(&name("lower_entries"), &[entries])?;
        let upper = self.numbers(&name("upper_entries"), &[entries])?;
        let diagonal = self.numbers(&name("unconstrained_upper_diag"), &[dim])?;
        let bias = self.numbers(&name("bias"), &[dim])?;

        let (mut l, mut u) = (DMatrix::identity(dim, dim), DMatrix::zeros(dim, dim));
        let below = (0..dim).flat_map(|row| (0..row).map(move |column| (row, column)));
        let above = (0..dim).flat_map(|row| (row + 1..dim).map(move |column| (row, column)));
        below.zip(lower).for_each(|(at, entry)| l[at] = *entry);
        above.zip(upper).for_each(|(at, entry)| u[at] = *entry);
        for (i, raw) in diagonal.iter().enumerate() {
            u[(i, i)] = Activation::Softplus.eval(*raw) + LU_EPS;
        }
        Ok(vec![
            triangular(Side::Upper, u),
            triangular(Side::Lower, l),
            Layer::Diagonal(Diagonal::affine(vec![1.0; dim], bias)),
        ])
    }

    /// `W x + b`; an error if the matrix is singular.
    pub fn dense(&self, name: &str, matrix: DMatrix<f64>, shift: &[f64]) -> Result<Layer> {
        if matrix.nrows() != shift.len() || !matrix.is_square() {
            let (d, (rows, columns)) = (shift.len(), matrix.shape());
            let message = format!("expected shape [{d}, {d}], found [{rows}, {columns}]");
            return Err(self.error(name, message));
        }
        let dense = Dense::new(matrix, DVector::from_column_slice(shift));
        if !dense.log_det.is_finite() {
            return Err(self.error(name, "expected an invertible matrix, found a singular one"));
        }
        Ok(Layer::Dense(dense))
    }
}

pub(super) fn triangular(side: Side, matrix: DMatrix<f64>) -> Layer {
    Layer::Triangular(Triangular { side, matrix })
}

/// The order of a matrix of zeros and ones, `(M x)[i] = x[order[i]]`, if it is a permutation.
pub(super) fn order(matrix: &DMatrix<f64>) -> Option<Vec<usize>> {
    let one = |row: usize| (0..matrix.ncols()).find(|&column| matrix[(row, column)] == 1.0);
    let order: Vec<_> = (0..matrix.nrows()).map_while(one).collect();
    let mut exact = DMatrix::zeros(matrix.nrows(), matrix.ncols());
    for (row, &column) in order.iter().enumerate() {
        exact[(row, column)] = 1.0;
    }
    let mut sorted = order.clone();
    sorted.sort_unstable();
    (exact == *matrix && sorted.into_iter().eq(0..matrix.ncols())).then_some(order)
}
