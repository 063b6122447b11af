//! Normals whose elements are correlated.

use nalgebra::{Cholesky, DMatrix, DVector};
use std::f64::consts::TAU;

/// A normal with any covariance `Σ`.
#[derive(Clone, Debug, PartialEq)]
pub struct FullNormal {
    /// Mean of each element.
    pub mean: Vec<f64>,
    /// The lower triangular `W` with `Wᵀ W = Σ⁻¹`, so that `W (z − mean)` is standard normal.
    pub factor: DMatrix<f64>,
}

impl FullNormal {
    /// By mean and covariance.
    ///
    /// # Errors
    ///
    /// If the covariance is not symmetric to one part in a million, or not positive definite.
    pub fn of_covariance(mean: Vec<f64>, covariance: &DMatrix<f64>) -> Result<Self, String> {
        Self::of_root(mean, &root(covariance, "covariance")?)
    }

    /// By mean and the lower triangular `L` with `L Lᵀ = Σ`.
    ///
    /// # Errors
    ///
    /// If there are numbers above the diagonal, or one on it is not positive.
    pub fn of_root(mean: Vec<f64>, root: &DMatrix<f64>) -> Result<Self, String> {
        expect_lower(root)?;
        let d = root.nrows();
        let factor = root.solve_lower_triangular(&DMatrix::identity(d, d));
        let factor = factor.ok_or("expected an invertible root of a covariance")?;
        Ok(Self { mean, factor })
    }

    /// By mean and `Σ⁻¹`.
    ///
    /// # Errors
    ///
    /// If the precision is not symmetric to one part in a million, or not positive definite.
    pub fn of_precision(mean: Vec<f64>, precision: &DMatrix<f64>) -> Result<Self, String> {
        // Turned round, L Lᵀ becomes Wᵀ W.
        let factor = turned(&root(&turned(precision), "precision")?).transpose();
        Ok(Self { mean, factor })
    }

    /// The same numbers with those of a context between them, at these rising places: rows and columns of zeros, so that what is there
    /// counts for nothing.
    #[must_use]
    pub fn beside(&self, context: &[usize]) -> Self {
        let mut whole = self.clone();
        for &place in context {
            whole.mean.insert(place, 0.0);
            whole.factor = whole
                .factor
                .insert_row(place, 0.0)
                .insert_column(place, 0.0);
        }
        whole
    }

    /// The same density of the elements in another order: the new element `i` is the old `order[i]`.
    #[must_use]
    pub fn permuted(&self, order: &[usize]) -> Self {
        if order.is_sorted() {
            return self.clone();
        }
        // The columns of W in the new order are no triangle. They are Q R by the columns from the last to the first, and R, turned
        // round, is a lower triangle with the same Wᵀ W.
        let backwards: Vec<usize> = order.iter().rev().copied().collect();
        let mut factor = turned(&self.factor.select_columns(&backwards).qr().r());
        for i in 0..order.len() {
            if factor[(i, i)] < 0.0 {
                factor.row_mut(i).neg_mut();
            }
        }
        Self {
            mean: order.iter().map(|&i| self.mean[i]).collect(),
            factor,
        }
    }

    /// The rows of `W` up to the diagonal, one after the other.
    pub fn rows(&self) -> Vec<f64> {
        let row = |i: usize| (0..=i).map(move |j| self.factor[(i, j)]);
        (0..self.mean.len()).flat_map(row).collect()
    }

    /// `Σ ln wᵢᵢ − ½ D ln 2π`: the part of the log-density that does not depend on `z`, in nats.
    pub fn constant(&self) -> f64 {
        let diagonal = self.factor.diagonal();
        diagonal.iter().map(|w| w.ln() - 0.5 * TAU.ln()).sum()
    }

    /// `ln π(z)` in nats.
    pub fn log_density(&self, z: &[f64]) -> f64 {
        let away: Vec<f64> = z.iter().zip(&self.mean).map(|(z, mean)| z - mean).collect();
        let square = |i: usize| {
            let row = (0..=i).map(|j| self.factor[(i, j)] * away[j]);
            row.sum::<f64>().powi(2)
        };
        self.constant() - 0.5 * (0..away.len()).map(square).sum::<f64>()
    }

    /// The value whose `W (z − mean)` is `noise`.
    pub fn value_of(&self, noise: &[f64]) -> Vec<f64> {
        let mut z: Vec<f64> = vec![];
        for (i, noise) in noise.iter().enumerate() {
            let known = (0..i).map(|j| self.factor[(i, j)] * z[j]);
            z.push((noise - known.sum::<f64>()) / self.factor[(i, i)]);
        }
        z.iter().zip(&self.mean).map(|(z, mean)| z + mean).collect()
    }

    /// The standard deviation of each element, whatever the others are.
    pub fn deviations(&self) -> Vec<f64> {
        let d = self.mean.len();
        // The columns of W⁻¹ are what each unit of noise adds.
        let unit = |k: usize| {
            (0..d)
                .map(|i| f64::from(u8::from(i == k)))
                .collect::<Vec<_>>()
        };
        let centred = Self {
            mean: vec![0.0; d],
            ..self.clone()
        };
        let mut squares = DVector::zeros(d);
        for k in 0..d {
            squares += DVector::from_vec(centred.value_of(&unit(k))).map(|x| x * x);
        }
        squares.iter().map(|square: &f64| square.sqrt()).collect()
    }
}

/// The rows and the columns from the last to the first.
fn turned(matrix: &DMatrix<f64>) -> DMatrix<f64> {
    let d = matrix.nrows();
    DMatrix::from_fn(d, d, |i, j| matrix[(d - 1 - i, d - 1 - j)])
}

/// The lower triangular root of a positive definite matrix.
fn root(matrix: &DMatrix<f64>, what: &str) -> Result<DMatrix<f64>, String> {
    let d = matrix.nrows();
    for (i, j) in (0..d).flat_map(|i| (0..i).map(move |j| (i, j))) {
        let (a, b) = (matrix[(i, j)], matrix[(j, i)]);
        let apart = (a - b).abs();
        if apart.is_nan() || apart > 1e-6 * (matrix[(i, i)] * matrix[(j, j)]).abs().sqrt() {
            return Err(format!(
                "expected a symmetric {what}, found {a} at [{i}, {j}] and {b} at [{j}, {i}]"
            ));
        }
    }
    let root = Cholesky::new(matrix.clone()).map(|root| root.l());
    root.ok_or_else(|| format!("expected a positive definite {what}, found one that is not"))
}

/// An error unless the matrix is lower triangular with a positive diagonal.
fn expect_lower(matrix: &DMatrix<f64>) -> Result<(), String> {
    let d = matrix.nrows();
    for (i, j) in (0..d).flat_map(|i| (i..d).map(move |j| (i, j))) {
        let found = matrix[(i, j)];
        let (expected, fits) = match i == j {
            true => ("a positive number", found > 0.0),
            false => ("0 above the diagonal", found == 0.0),
        };
        if !fits {
            return Err(format!("expected {expected}, found {found} at [{i}, {j}]"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covariance() -> DMatrix<f64> {
        DMatrix::from_row_slice(3, 3, &[2.0, 0.6, -0.3, 0.6, 1.5, 0.4, -0.3, 0.4, 0.8])
    }

    const MEAN: [f64; 3] = [1.0, -2.0, 0.5];

    /// `−½ (z − μ)ᵀ Σ⁻¹ (z − μ) − ½ ln |2πΣ|`.
    fn textbook(z: &[f64]) -> f64 {
        let away = DVector::from_fn(3, |i, _| z[i] - MEAN[i]);
        let inverse = covariance().try_inverse().unwrap();
        let square = (away.transpose() * inverse * &away)[0];
        -0.5 * (square + covariance().determinant().ln() + 3.0 * TAU.ln())
    }

    #[test]
    fn every_form_of_the_covariance_is_the_textbook_density() {
        let root = root(&covariance(), "covariance").unwrap();
        let precision = covariance().try_inverse().unwrap();
        let made = [
            FullNormal::of_covariance(MEAN.to_vec(), &covariance()).unwrap(),
            FullNormal::of_root(MEAN.to_vec(), &root).unwrap(),
            FullNormal::of_precision(MEAN.to_vec(), &precision).unwrap(),
        ];
        for z in [[0.0; 3], [3.0, -1.0, 2.0], [-40.0, 7.0, 0.1]] {
            for one in &made {
                expect_lower(&one.factor).unwrap();
                assert!(
                    (one.log_density(&z) - textbook(&z)).abs() < 1e-12 * (1.0 + textbook(&z).abs())
                );
            }
        }
        let deviations = made[0].deviations();
        for (i, deviation) in deviations.iter().enumerate() {
            assert!((deviation - covariance()[(i, i)].sqrt()).abs() < 1e-14);
        }
    }

    #[test]
    fn another_order_and_a_context_keep_the_density() {
        let one = FullNormal::of_covariance(MEAN.to_vec(), &covariance()).unwrap();
        let z = [3.0, -1.0, 2.0];
        for order in [[0, 1, 2], [2, 0, 1], [2, 1, 0], [1, 0, 2]] {
            let moved = one.permuted(&order);
            expect_lower(&moved.factor).unwrap();
            let found = moved.log_density(&order.map(|i| z[i]));
            assert!((found - textbook(&z)).abs() < 1e-13, "{order:?}");
        }
        let beside = one.beside(&[0, 2]);
        assert_eq!(beside.rows().len(), 15);
        let far = [9.0, 3.0, 7.0, -1.0, 2.0];
        let squares = |one: &FullNormal, z: &[f64]| {
            let away = DVector::from_fn(z.len(), |i, _| z[i] - one.mean[i]);
            (&one.factor * away).norm_squared()
        };
        assert!((squares(&beside, &far) - squares(&one, &z)).abs() < 1e-13);
    }

    #[test]
    fn a_value_of_noise_has_that_noise() {
        let one = FullNormal::of_covariance(MEAN.to_vec(), &covariance()).unwrap();
        let noise = [0.5, -1.5, 2.0];
        let z = one.value_of(&noise);
        let away = DVector::from_fn(3, |i, _| z[i] - MEAN[i]);
        assert!((&one.factor * away - DVector::from_row_slice(&noise)).amax() < 1e-14);
    }

    #[test]
    fn what_is_no_covariance_is_refused() {
        let wrong = |change: &dyn Fn(&mut DMatrix<f64>)| {
            let mut matrix = covariance();
            change(&mut matrix);
            FullNormal::of_covariance(MEAN.to_vec(), &matrix).unwrap_err()
        };
        assert!(wrong(&|m| m[(0, 1)] = 0.5).contains("symmetric"));
        assert!(wrong(&|m| m[(2, 2)] = -1.0).contains("positive definite"));
        assert!(wrong(&|m| m[(0, 1)] = f64::NAN).contains("symmetric"));
        let error = FullNormal::of_root(MEAN.to_vec(), &covariance()).unwrap_err();
        assert!(
            error.contains("0 above the diagonal, found 0.6 at [0, 1]"),
            "{error}"
        );
    }
}
