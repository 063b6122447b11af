//! Compensates the rounding error of one weight by changing the weights of correlated inputs.

use super::samples::{BLOCK, Samples};

/// Damping: this share of the mean variance is added to the diagonal of the covariance. It keeps the matrix invertible
/// when inputs are collinear, and keeps errors from being moved to inputs that hardly vary in the rows.
const DAMPING: f64 = 0.01;

/// `feedback[j][l]`: the change of the target of a later weight `l`, per unit of rounding error of weight `j`, that
/// keeps the change of the output smallest on these inputs. `step` is the value of one integer step of each input.
///
/// It is `H_jl / H_jj`, where `H` is the inverse covariance of the inputs after those before `j` have been eliminated
/// (Frantar et al., *GPTQ*, 2022).
pub(super) fn feedback(inputs: &Samples, step: &[f64]) -> Vec<Vec<f64>> {
    let mut h = inverse(covariance(inputs, step));
    for j in 0..h.len() {
        let pivot = h[j].clone();
        for (l, row) in h.iter_mut().enumerate().skip(j + 1) {
            let factor = pivot[l] / pivot[j];
            // Columns before `j` are not read again.
            row[j..]
                .iter_mut()
                .zip(&pivot[j..])
                .for_each(|(h, pivot)| *h -= factor * pivot);
        }
        h[j].iter_mut().for_each(|h| *h /= pivot[j]);
    }
    h
}

/// The damped covariance of the inputs, in units of their integer steps.
fn covariance(inputs: &Samples, step: &[f64]) -> Vec<Vec<f64>> {
    let n = inputs.width;
    let mean = inputs.mean();
    let mut sums = vec![vec![0.0; n]; n];
    let in_steps = |row: &[f64]| -> Vec<f64> {
        let steps = row.iter().zip(&mean).zip(step);
        steps.map(|((x, mean), step)| (x - mean) / step).collect()
    };
    let rows: Vec<Vec<f64>> = inputs.rows().map(in_steps).collect();
    for rows in rows.chunks(BLOCK) {
        for (i, sums) in sums.iter_mut().enumerate() {
            for row in rows {
                // A plain loop, since it is also fast without optimisation, as in build scripts.
                for (sum, x) in sums[i..].iter_mut().zip(&row[i..]) {
                    *sum += row[i] * x;
                }
            }
        }
    }
    let pairs = inputs.count().saturating_sub(1).max(1) as f64;
    let trace: f64 = (0..n).map(|i| sums[i][i] / pairs).sum();
    let ridge = DAMPING * trace / n as f64 + 1e-9;
    let at =
        |i: usize, j: usize| sums[i.min(j)][i.max(j)] / pairs + if i == j { ridge } else { 0.0 };
    (0..n).map(|i| (0..n).map(|j| at(i, j)).collect()).collect()
}

/// The inverse of a positive definite matrix, by Gauss–Jordan elimination; no pivoting is needed.
fn inverse(mut matrix: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    for k in 0..matrix.len() {
        let mut pivot = std::mem::take(&mut matrix[k]);
        let one = 1.0 / std::mem::replace(&mut pivot[k], 1.0);
        pivot.iter_mut().for_each(|pivot| *pivot *= one);
        for row in matrix.iter_mut().filter(|row| !row.is_empty()) {
            let factor = std::mem::take(&mut row[k]);
            row.iter_mut()
                .zip(&pivot)
                .for_each(|(x, pivot)| *x -= factor * pivot);
        }
        matrix[k] = pivot;
    }
    matrix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inverse_undoes_the_matrix() {
        let matrix = vec![
            vec![4.0, 1.0, 0.5],
            vec![1.0, 3.0, -0.2],
            vec![0.5, -0.2, 2.0],
        ];
        let inverse = inverse(matrix.clone());
        for (i, row) in matrix.iter().enumerate() {
            for j in 0..3 {
                let entry: f64 = row.iter().zip(&inverse).map(|(x, row)| x * row[j]).sum();
                assert!((entry - if i == j { 1.0 } else { 0.0 }).abs() < 1e-14);
            }
        }
    }

    /// Two inputs that are always equal: an error of one weight is compensated by the other.
    #[test]
    fn equal_inputs_take_over_each_others_errors() {
        let inputs = Samples {
            width: 2,
            values: (0..100).flat_map(|i| [f64::from(i); 2]).collect(),
        };
        let feedback = feedback(&inputs, &[1.0; 2]);
        assert!((feedback[0][1] + 1.0).abs() < 0.02, "{feedback:?}");
    }
}
