//! Compensates the rounding error of one weight by changing the weights of correlated inputs.

use super::multiples::add_multiples;
use super::samples::{BLOCK, Samples};

/// Damping: this share of the mean variance is added to the diagonal of the covariance. It keeps the matrix invertible
/// when inputs are collinear, and keeps errors from being moved to inputs that hardly vary in the rows.
const DAMPING: f64 = 0.01;

/// Inputs whose errors are compensated together. Of wider layers so many at a time, so that time and memory are in proportion to
/// the width.
pub(super) const STRIP: usize = 2048;

/// How errors within a strip of inputs are compensated: see [`feedback`].
pub(super) type Strip = Vec<Vec<f64>>;

/// Of each strip `[j][l]`: the change of the target of a later weight `l`, per unit of rounding error of weight `j`, that
/// keeps the change of the output smallest on these inputs. `step` is the value of one integer step of each input.
///
/// It is `H_jl / H_jj`, where `H` is the inverse covariance of the inputs after those before `j` have been eliminated
/// (Frantar et al., *GPTQ*, 2022). These are the rows of `W⁻¹`, where `W D Wᵀ` is the covariance, `W` an upper triangle with
/// a diagonal of ones and `D` a diagonal.
pub(super) fn feedback(inputs: &Samples, step: &[f64]) -> Vec<Strip> {
    let strips = step.chunks(STRIP).zip((0..).step_by(STRIP));
    let strips = strips.map(|(step, first)| {
        let columns: Vec<usize> = (first..first + step.len()).collect();
        strip(&inputs.pick(&columns), step)
    });
    strips.collect()
}

fn strip(inputs: &Samples, step: &[f64]) -> Strip {
    let mut covariance = covariance(inputs, step);
    let n = covariance.len();
    let mut inverse = vec![vec![0.0; n]; n];
    for j in (0..n).rev() {
        // Of a later row only `D W` is left.
        let (row, later) = covariance[j..].split_first_mut().expect("row j");
        let factors: Vec<f64> = (later.iter().zip(j + 1..))
            .map(|(row, k)| -row[j] / row[k])
            .collect();
        add_multiples(row, &factors, later.iter().map(|later| &later[..=j]));
        let (row, later) = inverse[j..].split_first_mut().expect("row j");
        row[j] = 1.0;
        let row = &mut row[j + 1..];
        add_multiples(row, &factors, later.iter().map(|later| &later[j + 1..]));
    }
    inverse
}

/// The damped covariance of the inputs, in units of their integer steps: of row `i` the elements up to `i`.
fn covariance(inputs: &Samples, step: &[f64]) -> Vec<Vec<f64>> {
    let n = inputs.width;
    let mean = inputs.mean();
    let mut sums: Vec<Vec<f64>> = (1..=n).map(|length| vec![0.0; length]).collect();
    let in_steps = |row: &[f64]| -> Vec<f64> {
        let steps = row.iter().zip(&mean).zip(step);
        steps.map(|((x, mean), step)| (x - mean) / step).collect()
    };
    let rows: Vec<Vec<f64>> = inputs.rows().map(in_steps).collect();
    for rows in rows.chunks(BLOCK) {
        for (i, sums) in sums.iter_mut().enumerate() {
            let factors: Vec<f64> = rows.iter().map(|row| row[i]).collect();
            add_multiples(sums, &factors, rows.iter().map(|row| &row[..=i]));
        }
    }
    let pairs = inputs.count().saturating_sub(1).max(1) as f64;
    let trace: f64 = (0..n).map(|i| sums[i][i] / pairs).sum();
    let ridge = DAMPING * trace / n as f64 + 1e-9;
    for (i, sums) in sums.iter_mut().enumerate() {
        sums.iter_mut().for_each(|sum| *sum /= pairs);
        sums[i] += ridge;
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::DMatrix;

    /// Checked by its definition: eliminates one input after another from the inverse of the covariance.
    #[test]
    fn feedback_is_what_elimination_leaves() {
        let wave =
            |i: usize| (0..7).map(move |k| (i as f64 * (0.3 + k as f64)).sin() + i as f64 * 0.01);
        let inputs = Samples {
            width: 7,
            values: (0..50).flat_map(wave).collect(),
        };
        let step = [1.0, 2.0, 0.5, 1.0, 3.0, 1.0, 0.1];
        let lower = covariance(&inputs, &step);
        let full = DMatrix::from_fn(7, 7, |i, j| lower[i.max(j)][i.min(j)]);
        let [feedback] = &feedback(&inputs, &step)[..] else {
            panic!("several strips")
        };
        for j in 0..7 {
            let rest = full.view((j, j), (7 - j, 7 - j)).clone_owned();
            let h = rest.try_inverse().unwrap();
            for l in j..7 {
                let expected = h[(0, l - j)] / h[(0, 0)];
                assert!((feedback[j][l] - expected).abs() < 1e-10 * (1.0 + expected.abs()));
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
        let feedback = &feedback(&inputs, &[1.0; 2])[0];
        assert!((feedback[0][1] + 1.0).abs() < 0.02, "{feedback:?}");
    }
}
