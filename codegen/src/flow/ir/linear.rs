//! Linear layers: diagonal, triangular, dense.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

/// `W h + b`.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// `W`, outputs × inputs.
    pub weight: DMatrix<f64>,
    /// `b`.
    pub bias: DVector<f64>,
}

/// `z = (x − center) · factor`, element by element.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagonal {
    /// Subtracted before the factor is applied.
    pub center: Vec<f64>,
    /// Factor of each element; none is zero.
    pub factor: Vec<f64>,
}

impl Diagonal {
    /// `(x − mean) / scale`.
    pub fn standardise(mean: Vec<f64>, scale: &[f64]) -> Self {
        Self {
            center: mean,
            factor: scale.iter().map(|scale| 1.0 / scale).collect(),
        }
    }

    /// `x · factor`.
    pub fn scale(factor: Vec<f64>) -> Self {
        Self {
            center: vec![0.0; factor.len()],
            factor,
        }
    }

    /// `x · factor + shift`.
    pub fn affine(factor: Vec<f64>, shift: &[f64]) -> Self {
        Self {
            center: shift.iter().zip(&factor).map(|(b, f)| -b / f).collect(),
            factor,
        }
    }

    /// The composition: `((x − c₁)·f₁ − c₂)·f₂` as `(x − (c₁ + c₂/f₁))·f₁f₂`.
    pub fn then(&self, second: &Self) -> Self {
        let centers = self.center.iter().zip(&self.factor).zip(&second.center);
        let factors = self.factor.iter().zip(&second.factor);
        Self {
            center: centers.map(|((c1, f1), c2)| c1 + c2 / f1).collect(),
            factor: factors.map(|(f1, f2)| f1 * f2).collect(),
        }
    }

    /// The inverse, again as a diagonal layer.
    pub(super) fn undone(&self) -> Self {
        let values = self.center.iter().zip(&self.factor);
        Self {
            center: values.map(|(c, f)| -c * f).collect(),
            factor: self.factor.iter().map(|f| 1.0 / f).collect(),
        }
    }

    /// `Σ ln |factor|` in nats.
    pub fn log_det(&self) -> f64 {
        self.factor.iter().map(|factor| factor.abs().ln()).sum()
    }

    pub(super) fn forward(&self, x: &mut [f64]) -> f64 {
        for ((x, center), factor) in x.iter_mut().zip(&self.center).zip(&self.factor) {
            *x = (*x - center) * factor;
        }
        self.log_det()
    }

    pub(super) fn inverse(&self, z: &mut [f64]) -> f64 {
        for ((z, center), factor) in z.iter_mut().zip(&self.center).zip(&self.factor) {
            *z = *z / factor + center;
        }
        -self.log_det()
    }
}

/// Which side of the diagonal a triangular matrix fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Below the diagonal.
    Lower,
    /// Above the diagonal.
    Upper,
}

/// `z = T x` with a triangular `T`.
#[derive(Clone, Debug, PartialEq)]
pub struct Triangular {
    /// The side of the diagonal that may be non-zero.
    pub side: Side,
    /// `T`, square.
    pub matrix: DMatrix<f64>,
}

impl Triangular {
    /// The number of rows, which is that of columns.
    pub fn dim(&self) -> usize {
        self.matrix.nrows()
    }

    /// `Σ ln |tᵢᵢ|` in nats.
    pub fn log_det(&self) -> f64 {
        self.matrix.diagonal().iter().map(|t| t.abs().ln()).sum()
    }

    /// `T⁻¹`, by substitution, so that it is a triangle too, to the bit; `None` if `T` is singular.
    pub(super) fn undone(&self) -> Option<Self> {
        let mut matrix = DMatrix::identity(self.dim(), self.dim());
        let is_solved = match self.side {
            Side::Lower => self.matrix.solve_lower_triangular_mut(&mut matrix),
            Side::Upper => self.matrix.solve_upper_triangular_mut(&mut matrix),
        };
        is_solved.then_some(Self {
            side: self.side,
            matrix,
        })
    }

    pub(super) fn forward(&self, x: &mut [f64]) -> f64 {
        let z = &self.matrix * DVector::from_column_slice(x);
        x.copy_from_slice(z.as_slice());
        self.log_det()
    }

    pub(super) fn inverse(&self, z: &mut [f64]) -> f64 {
        let mut x = DVector::from_column_slice(z);
        match self.side {
            Side::Lower => self.matrix.solve_lower_triangular_mut(&mut x),
            Side::Upper => self.matrix.solve_upper_triangular_mut(&mut x),
        };
        z.copy_from_slice(x.as_slice());
        -self.log_det()
    }
}

/// `z = A x + b`.
#[derive(Clone, Debug, PartialEq)]
pub struct Dense {
    /// `A`, square and invertible.
    pub matrix: DMatrix<f64>,
    /// `b`.
    pub shift: DVector<f64>,
    /// `ln |det A|` in nats, as the source of the model computes it.
    pub log_det: f64,
}

impl Dense {
    /// A layer whose log-determinant is computed from the matrix; it is −∞ if the matrix is singular.
    pub fn new(matrix: DMatrix<f64>, shift: DVector<f64>) -> Self {
        let upper = matrix.clone().lu().u();
        let log_det = upper.diagonal().iter().map(|u| u.abs().ln()).sum();
        Self {
            matrix,
            shift,
            log_det,
        }
    }

    /// The inverse, `x = A⁻¹ (z − b)`; `None` if `A` is singular.
    pub(super) fn undone(&self) -> Option<Self> {
        let matrix = self.matrix.clone().try_inverse()?;
        Some(Self {
            shift: -(&matrix * &self.shift),
            matrix,
            log_det: -self.log_det,
        })
    }

    pub(super) fn forward(&self, x: &mut [f64]) -> f64 {
        let z = &self.matrix * DVector::from_column_slice(x) + &self.shift;
        x.copy_from_slice(z.as_slice());
        self.log_det
    }

    pub(super) fn inverse(&self, z: &mut [f64]) -> f64 {
        let right = DVector::from_column_slice(z) - &self.shift;
        let x = self.matrix.clone().lu().solve(&right);
        // A singular matrix has no inverse; the result is NaN.
        match x {
            Some(x) => z.copy_from_slice(x.as_slice()),
            None => z.fill(f64::NAN),
        }
        -self.log_det
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_undone_triangle_is_a_triangle() {
        let lower = DMatrix::from_fn(9, 9, |row, column| match row >= column {
            true => 1.0 + ((row * 7 + column * 3) % 5) as f64 * 0.3,
            false => 0.0,
        });
        for (side, matrix) in [
            (Side::Lower, lower.clone()),
            (Side::Upper, lower.transpose()),
        ] {
            let undone = Triangular {
                side,
                matrix: matrix.clone(),
            }
            .undone()
            .unwrap()
            .matrix;
            let foreign = match side {
                Side::Lower => undone.upper_triangle() - DMatrix::from_diagonal(&undone.diagonal()),
                Side::Upper => undone.lower_triangle() - DMatrix::from_diagonal(&undone.diagonal()),
            };
            assert_eq!(foreign.amax(), 0.0);
            assert!((matrix * undone - DMatrix::identity(9, 9)).amax() < 1e-9);
        }
        let mut singular = lower;
        singular[(4, 4)] = 0.0;
        assert_eq!(
            Triangular {
                side: Side::Lower,
                matrix: singular
            }
            .undone(),
            None
        );
    }
}
