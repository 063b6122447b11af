//! Factors dense layers into a permutation and triangular matrices.

use crate::flow::ir::{Dense, Diagonal, Flow, Layer, Side, Triangular};
use crate::{Error, Result};
use nalgebra::DMatrix;

/// Replaces `A x + b` by `P L U x + b`, computed by elimination with partial pivoting.
pub fn factor(flow: &Flow) -> Result<Flow> {
    let mut layers = Vec::with_capacity(flow.layers.len());
    for (index, layer) in flow.layers.iter().enumerate() {
        match layer {
            Layer::Dense(dense) => layers.extend(split(dense, index)?),
            other => layers.push(other.clone()),
        }
    }
    Ok(Flow {
        dim: flow.dim,
        layers,
        prior: flow.prior.clone(),
    })
}

fn split(dense: &Dense, index: usize) -> Result<Vec<Layer>> {
    let at = |message| Error::input(format!("layers.{index}"), message);
    let factors = factors(&dense.matrix).map_err(at)?;
    dense.check_log_det(&factors.upper).map_err(at)?;
    let d = dense.shift.len();
    let unshift = Diagonal {
        center: dense.shift.iter().map(|b| -b).collect(),
        factor: vec![1.0; d],
    };
    Ok(vec![
        Layer::Triangular(Triangular {
            side: Side::Upper,
            matrix: factors.upper,
        }),
        Layer::Triangular(Triangular {
            side: Side::Lower,
            matrix: factors.lower,
        }),
        Layer::Permute(factors.order),
        Layer::Diagonal(unshift),
    ])
}

/// `A = P L U`: row `i` of `A` is row `order[i]` of `L U`.
pub(super) struct Factors {
    pub upper: DMatrix<f64>,
    /// The unit lower triangular factor.
    pub lower: DMatrix<f64>,
    pub order: Vec<usize>,
}

/// The factors of a matrix; an error if it is singular.
pub(super) fn factors(matrix: &DMatrix<f64>) -> std::result::Result<Factors, String> {
    let d = matrix.nrows();
    let lu = matrix.clone().lu();
    if !lu.is_invertible() {
        return Err("expected an invertible matrix, found a singular one".into());
    }
    // nalgebra gives P A = L U; row `order[i]` of A became row i of P A.
    let mut order: Vec<usize> = (0..d).collect();
    let mut rows = nalgebra::DVector::from_iterator(d, (0..d).map(|i| i as f64));
    lu.p().permute_rows(&mut rows);
    rows.iter()
        .enumerate()
        .for_each(|(i, &row)| order[row as usize] = i);
    Ok(Factors {
        upper: lu.u(),
        lower: lu.l(),
        order,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::ir::Prior;
    use nalgebra::DVector;

    #[test]
    fn a_factored_matrix_is_the_same_map() {
        let matrix =
            DMatrix::from_row_slice(3, 3, &[0.1, 2.0, -1.0, 3.0, 0.5, 0.2, -2.0, 1.0, 4.0]);
        let log_det = f64::ln(f64::abs(matrix.determinant()));
        let dense = Dense {
            matrix,
            shift: DVector::from_vec(vec![1.0, -2.0, 0.5]),
            log_det,
        };
        let flow = Flow {
            dim: 3,
            layers: vec![Layer::Dense(dense)],
            prior: Prior::Normal,
        };
        let folded = factor(&flow).unwrap();
        let (mut a, mut b) = ([0.3, -1.2, 2.0_f64], [0.3, -1.2, 2.0_f64]);
        assert!((flow.forward(&mut a) - folded.forward(&mut b)).abs() < 1e-12);
        assert!(
            a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12),
            "{a:?} {b:?}"
        );
    }

    #[test]
    fn a_singular_matrix_is_refused() {
        let dense = Dense {
            matrix: DMatrix::zeros(2, 2),
            shift: DVector::zeros(2),
            log_det: 0.0,
        };
        let flow = Flow {
            dim: 2,
            layers: vec![Layer::Dense(dense)],
            prior: Prior::Normal,
        };
        assert!(factor(&flow).unwrap_err().to_string().contains("singular"));
    }
}
