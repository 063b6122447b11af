//! A triangular layer in closed form, which takes linear relations between features off before a flow is trained.

use super::data::Rows;
use nalgebra::DMatrix;
use nice_flow_codegen::flow::ir::{Layer, Side, Triangular};

/// The least standard deviation that a feature is taken to have once those before it are known. Where features hardly differ
/// from what others say of them, the little that is left is chance, and is not to be magnified: with a floor of 0.1 the areas
/// of `examples/recipe.rs` are lower on six of eight sets, by up to two points.
const FLOOR: f64 = 0.5;

/// Covariances are not shrunk to nothing: of features that are unrelated in the rows of one flow, the triangle would be the identity,
/// which integers leave out, and the flow of another type than others of its ensemble.
const MOST_SHRUNK: f64 = 1.0 - 1e-6;

/// `x ↦ T P x` with a permutation `P` and a lower triangle `T`, the inverse of the Cholesky factor of the covariance: each
/// feature less its linear prediction from those before it, in standard deviations.
#[derive(Clone, Debug)]
pub(super) struct Triangle {
    dim: usize,
    /// The features in their new order.
    order: Vec<usize>,
    /// `T`, row by row.
    matrix: Vec<f64>,
}

impl Triangle {
    /// Fits the rows at `places`, whose means are about zero, with a covariance shrunk towards a multiple of the identity.
    pub fn fit(rows: &Rows, places: &[u32], order: Vec<usize>) -> Self {
        let dim = rows.dim;
        let mut covariance = vec![0.0; dim * dim];
        for &place in places {
            let row = &rows.values[place as usize * dim..][..dim];
            for i in 0..dim {
                for j in 0..=i {
                    let (x, y) = (row[order[i]], row[order[j]]);
                    covariance[i * dim + j] += f64::from(x) * f64::from(y);
                }
            }
        }
        covariance
            .iter_mut()
            .for_each(|sum| *sum /= places.len() as f64);
        shrink(&mut covariance, dim, places.len() as f64);
        Self {
            dim,
            order,
            matrix: inverse_factor(&covariance, dim),
        }
    }

    /// `ln |det T|` in nats.
    pub fn log_det(&self) -> f64 {
        let diagonal = self.matrix.iter().step_by(self.dim + 1);
        diagonal.map(|factor| libm::log(*factor)).sum()
    }

    pub fn apply(&self, rows: &Rows) -> Rows {
        let value = |row: &[f32], i: usize| {
            let factors = &self.matrix[i * self.dim..][..=i];
            let ordered = self.order.iter().map(|from| f64::from(row[*from]));
            let products = factors.iter().zip(ordered).map(|(t, x)| t * x);
            products.sum::<f64>() as f32
        };
        let values = rows.values.chunks_exact(self.dim);
        let values = values.flat_map(|row| (0..self.dim).map(move |i| value(row, i)));
        Rows {
            dim: self.dim,
            values: values.collect(),
        }
    }

    /// The same function as layers of a model.
    pub fn layers(&self) -> [Layer; 2] {
        let triangle = Triangular {
            side: Side::Lower,
            matrix: DMatrix::from_row_slice(self.dim, self.dim, &self.matrix),
        };
        [
            Layer::Permute(self.order.clone()),
            Layer::Triangular(triangle),
        ]
    }
}

/// Shrinks a covariance, of which the lower triangle is given, by the oracle approximating estimate of Chen, Wiesel,
/// Eldar and Hero (2010).
fn shrink(covariance: &mut [f64], dim: usize, rows: f64) {
    let p = dim as f64;
    let trace: f64 = covariance.iter().step_by(dim + 1).sum();
    let square = |i: usize, j: usize| {
        let value = covariance[i * dim + j];
        value * value * if i == j { 1.0 } else { 2.0 }
    };
    let squares: f64 = (0..dim)
        .flat_map(|i| (0..=i).map(move |j| square(i, j)))
        .sum();
    let mean = trace / p;
    let above = (1.0 - 2.0 / p) * squares + trace * trace;
    let below = (rows + 1.0 - 2.0 / p) * (squares - trace * trace / p);
    let share = if below > 0.0 {
        (above / below).min(MOST_SHRUNK)
    } else {
        MOST_SHRUNK
    };
    covariance
        .iter_mut()
        .for_each(|value| *value *= 1.0 - share);
    for diagonal in covariance.iter_mut().step_by(dim + 1) {
        *diagonal += share * mean;
    }
}

/// `C⁻¹` for the Cholesky factor `C` of a covariance, with the diagonal of `C` at least [`FLOOR`].
fn inverse_factor(covariance: &[f64], dim: usize) -> Vec<f64> {
    let mut factor = vec![0.0; dim * dim];
    let mut inverse = vec![0.0; dim * dim];
    for i in 0..dim {
        for j in 0..i {
            let known: f64 = (0..j)
                .map(|k| factor[i * dim + k] * factor[j * dim + k])
                .sum();
            factor[i * dim + j] = (covariance[i * dim + j] - known) / factor[j * dim + j];
        }
        let known: f64 = (0..i)
            .map(|k| factor[i * dim + k] * factor[i * dim + k])
            .sum();
        let deviation = (covariance[i * dim + i] - known).max(0.0).sqrt().max(FLOOR);
        factor[i * dim + i] = deviation;
        for j in 0..i {
            let sum: f64 = (j..i)
                .map(|k| factor[i * dim + k] * inverse[k * dim + j])
                .sum();
            inverse[i * dim + j] = -sum / deviation;
        }
        inverse[i * dim + i] = 1.0 / deviation;
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::random::{add_noise, generator, pairs};

    /// `(a, a + 0.8 b, c)` of normal numbers.
    fn rows() -> Rows {
        let mut values = vec![0.0; 3 * 4000];
        add_noise(&mut values, 1.0, &pairs(6000, &mut generator(1, 9)));
        for row in values.chunks_exact_mut(3) {
            row[1] = row[0] + 0.8 * row[1];
        }
        Rows { dim: 3, values }
    }

    const ORDER: [usize; 3] = [2, 0, 1];

    #[test]
    fn related_features_become_independent_ones_of_deviation_one() {
        let (rows, places) = (rows(), Vec::from_iter(0..4000));
        let triangle = Triangle::fit(&rows, &places, ORDER.to_vec());
        // Deviations of 1, 0.8 and 1, above the floor.
        assert!((triangle.log_det() + libm::log(0.8)).abs() < 0.05);
        let whitened = triangle.apply(&rows);
        for (i, j) in [(0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)] {
            let products = whitened.values.chunks_exact(3).map(|row| row[i] * row[j]);
            let covariance = products.sum::<f32>() / 4000.0;
            let expected = f32::from(u8::from(i == j));
            assert!(
                (covariance - expected).abs() < 0.01,
                "{i}, {j}: {covariance}"
            );
        }
    }

    /// In integers an identity would be left out, and the flow of another type than others of its ensemble.
    #[test]
    fn the_triangle_of_unrelated_features_is_no_identity() {
        let values = vec![1.0, 1.0, 1.0, -1.0, -1.0, 1.0, -1.0, -1.0, 0.1, 0.1];
        let triangle = Triangle::fit(&Rows { dim: 2, values }, &[0, 1, 2, 3, 4], vec![0, 1]);
        let factor = triangle.matrix[2];
        assert!(factor != 0.0 && factor.abs() < 1e-6, "{factor}");
    }

    #[test]
    fn the_layers_of_the_model_are_the_same_function() {
        let rows = rows();
        let triangle = Triangle::fit(&rows, &[0, 1, 2, 3, 4, 5, 6, 7], ORDER.to_vec());
        let mut x: Vec<f64> = rows.values[..3].iter().map(|x| f64::from(*x)).collect();
        let log_dets = triangle.layers().map(|layer| layer.forward(&mut x));
        assert!((log_dets[1] - triangle.log_det()).abs() < 1e-12);
        for (found, expected) in x.iter().zip(&triangle.apply(&rows).values) {
            assert!((found - f64::from(*expected)).abs() < 1e-6);
        }
    }

    #[test]
    fn equal_features_are_not_taken_for_exactly_equal() {
        let mut rows = rows();
        let values = rows.values.chunks_exact_mut(3);
        values.for_each(|row| row[2] = row[0]);
        let triangle = Triangle::fit(&rows, &Vec::from_iter(0..4000), ORDER.to_vec());
        let sizes = triangle.matrix.iter().map(|value| value.abs());
        assert!(sizes.fold(0.0, f64::max) <= 1.0 / FLOOR + 1e-9);
    }
}
