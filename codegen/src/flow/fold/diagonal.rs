//! Merges neighbouring diagonal layers.

use crate::flow::ir::{Diagonal, Flow, Layer};

/// Replaces `((x − c₁)·f₁ − c₂)·f₂` by `(x − (c₁ + c₂/f₁))·f₁f₂`, and removes a diagonal that is the identity.
pub fn merge(flow: &Flow) -> Flow {
    let mut layers: Vec<Layer> = Vec::with_capacity(flow.layers.len());
    for layer in &flow.layers {
        match (layers.last_mut(), layer) {
            (Some(Layer::Diagonal(first)), Layer::Diagonal(second)) => *first = first.then(second),
            _ => layers.push(layer.clone()),
        }
    }
    layers.retain(|layer| !matches!(layer, Layer::Diagonal(diagonal) if is_identity(diagonal)));
    Flow {
        dim: flow.dim,
        layers,
        prior: flow.prior.clone(),
    }
}

/// The same map, with the diagonal and the permutation before an affine coupling in the other order.
pub fn next_to_couplings(mut flow: Flow) -> Flow {
    for at in 2..flow.layers.len() {
        let [before @ .., Layer::Coupling(coupling)] = &mut flow.layers[at - 2..=at] else {
            continue;
        };
        if let ([Layer::Diagonal(diagonal), Layer::Permute(order)], true) =
            (&*before, coupling.is_affine())
        {
            let pick = |values: &[f64]| order.iter().map(|&from| values[from]).collect();
            let diagonal = Diagonal {
                center: pick(&diagonal.center),
                factor: pick(&diagonal.factor),
            };
            before.swap(0, 1);
            before[1] = Layer::Diagonal(diagonal);
        }
    }
    flow
}

fn is_identity(diagonal: &Diagonal) -> bool {
    diagonal.center.iter().all(|c| *c == 0.0) && diagonal.factor.iter().all(|f| *f == 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::ir::Prior;

    #[test]
    fn merged_diagonals_are_the_same_map() {
        let diagonal = |center: &[f64], factor: &[f64]| {
            Layer::Diagonal(Diagonal {
                center: center.to_vec(),
                factor: factor.to_vec(),
            })
        };
        let layers = vec![
            diagonal(&[1.0, -2.0], &[0.5, 3.0]),
            diagonal(&[0.0, 0.0], &[1.0, 1.0]),
            diagonal(&[4.0, 0.1], &[-2.0, 0.25]),
        ];
        let flow = Flow {
            dim: 2,
            layers,
            prior: Prior::Logistic,
        };
        let merged = merge(&flow);
        assert_eq!(merged.layers.len(), 1);
        for x in [[0.0, 0.0], [3.0, -7.0], [101_325.0, 1e-3]] {
            assert!(
                (flow.log_density(&x) - merged.log_density(&x)).abs()
                    <= 1e-12 * flow.log_density(&x).abs()
            );
        }
    }

    #[test]
    fn only_what_changes_nothing_goes() {
        let kept = |center: f64, factor: f64| {
            let diagonal = Diagonal {
                center: vec![0.0, center],
                factor: vec![1.0, factor],
            };
            let flow = Flow {
                dim: 2,
                layers: vec![Layer::Diagonal(diagonal)],
                prior: Prior::Normal,
            };
            merge(&flow).layers.len()
        };
        assert_eq!([kept(0.0, 1.0), kept(0.5, 1.0), kept(0.0, -1.0)], [0, 1, 1]);
    }
}
