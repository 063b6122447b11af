//! How far values lie apart behind the layers of a flow that scales them.

use crate::flow::ir::{Flow, Layer};

/// Behind each layer that scales by what it reads, the standard deviation of every element over `rows`, values that the flow reads; of other
/// layers nothing. Element order is that of the layer.
pub fn behind_affine(flow: &Flow, rows: &[f64]) -> Vec<Vec<f64>> {
    if !flow.is_affine() {
        return vec![vec![]; flow.layers.len()];
    }
    let mut values = rows.to_vec();
    let behind = |layer: &Layer| {
        values.chunks_exact_mut(flow.dim).for_each(|row| {
            layer.forward(row);
        });
        match layer.is_affine() {
            true => (0..flow.dim)
                .map(|i| deviation(&values, flow.dim, i))
                .collect(),
            false => vec![],
        }
    };
    flow.layers.iter().map(behind).collect()
}

/// The standard deviation of element `i`; 0 where there are no rows.
fn deviation(rows: &[f64], dim: usize, i: usize) -> f64 {
    let column = || rows.iter().skip(i).step_by(dim);
    let count = column().count().max(1) as f64;
    let mean = column().sum::<f64>() / count;
    (column().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count).sqrt()
}

#[cfg(test)]
mod tests {
    use super::deviation;

    #[test]
    fn a_deviation_is_that_of_one_column() {
        let rows = [1.0, 10.0, 3.0, 50.0, 5.0, 30.0];
        assert!((deviation(&rows, 2, 0) - (8.0f64 / 3.0).sqrt()).abs() < 1e-12);
        assert!((deviation(&rows, 2, 1) - (800.0f64 / 3.0).sqrt()).abs() < 1e-12);
        assert_eq!(deviation(&[], 2, 1), 0.0);
    }
}
