//! The order of the layers.

use super::Alternative;
use nalgebra::DMatrix;
use nice_flow_codegen::flow::ir::{Coupling, Dense, Diagonal, Flow, Layer, Triangular};

pub(super) fn alternatives() -> Vec<Alternative> {
    let order =
        |what, manifest, rewrite: fn(&mut Flow)| Alternative::new("order", what, manifest, rewrite);
    vec![
        order(
            "the list of layers runs from its end",
            "the [[ops]] in reverse order",
            |flow| flow.layers = reversed(&flow.layers),
        ),
        order(
            "the list of layers runs from its end, the diagonals at its ends in place",
            "the [[ops]] in reverse order, but for a diag at an end",
            |flow| {
                let inner = inner(&flow.layers);
                let turned = reversed(&flow.layers[inner.clone()]);
                flow.layers.splice(inner, turned);
            },
        ),
        order(
            "what was read as x → z is z → x",
            "the [[ops]] in reverse order, each undone",
            |flow| {
                if let Some(layers) = flow.layers.iter().rev().map(undone).collect() {
                    flow.layers = layers;
                }
            },
        ),
        order(
            "the two couplings of each block change places",
            "the couplings of each pair exchanged",
            |flow| exchange_pairs(&mut flow.layers),
        ),
    ]
}

/// The layers last to first, but for those that make one LU layer.
fn reversed(layers: &[Layer]) -> Vec<Layer> {
    let together = |a: &Layer, b: &Layer| match (a, b) {
        (Layer::Triangular(_), Layer::Triangular(_)) => true,
        (Layer::Triangular(_), Layer::Diagonal(b)) => b.factor.iter().all(|f| *f == 1.0),
        _ => false,
    };
    let groups: Vec<_> = layers.chunk_by(together).collect();
    groups.into_iter().rev().flatten().cloned().collect()
}

/// Where the layers are, without a diagonal at either end.
fn inner(layers: &[Layer]) -> std::ops::Range<usize> {
    let is_diagonal = |layer: Option<&Layer>| matches!(layer, Some(Layer::Diagonal(_)));
    let first = usize::from(is_diagonal(layers.first()));
    let last = layers.len() - usize::from(is_diagonal(layers.last()));
    first..last.max(first)
}

/// The inverse of a layer, if it is one of our layers.
fn undone(layer: &Layer) -> Option<Layer> {
    Some(match layer {
        Layer::Coupling(layer) => Layer::Coupling(Coupling {
            backwards: !layer.backwards,
            ..layer.clone()
        }),
        Layer::Diagonal(Diagonal { center, factor }) => Layer::Diagonal(Diagonal {
            center: (center.iter().zip(factor)).map(|(c, f)| -c * f).collect(),
            factor: factor.iter().map(|f| 1.0 / f).collect(),
        }),
        Layer::Permute(order) => Layer::Permute(super::linear::inverse(order)),
        Layer::Triangular(layer) => Layer::Triangular(Triangular {
            side: layer.side,
            matrix: layer.matrix.clone().try_inverse()?,
        }),
        Layer::Dense(layer) => {
            let matrix: DMatrix<f64> = layer.matrix.clone().try_inverse()?;
            Layer::Dense(Dense {
                shift: -(&matrix * &layer.shift),
                matrix,
                log_det: -layer.log_det,
            })
        }
    })
}

/// Neighbouring couplings that change opposite halves, two by two.
fn exchange_pairs(layers: &mut [Layer]) {
    let mut at = 0;
    while at + 1 < layers.len() {
        let pair = match (&layers[at], &layers[at + 1]) {
            (Layer::Coupling(a), Layer::Coupling(b)) => a.kept == b.changed,
            _ => false,
        };
        if pair {
            layers.swap(at, at + 1);
        }
        at += if pair { 2 } else { 1 };
    }
}
