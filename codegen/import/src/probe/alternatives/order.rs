//! Alternatives for the order of the layers.

use super::Alternative;
use nice_flow_codegen::flow::ir::{Flow, Layer};

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
            "direction = \"z_to_x\" in place of \"x_to_z\", or the reverse",
            |flow| {
                if let Some(layers) = flow.layers.iter().rev().map(Layer::undone).collect() {
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

/// The layers in reverse order, except that the parts of an LU layer keep theirs.
fn reversed(layers: &[Layer]) -> Vec<Layer> {
    let together = |a: &Layer, b: &Layer| match (a, b) {
        (Layer::Triangular(_), Layer::Triangular(_)) => true,
        (Layer::Triangular(_), Layer::Diagonal(b)) => b.factor.iter().all(|f| *f == 1.0),
        _ => false,
    };
    let groups: Vec<_> = layers.chunk_by(together).collect();
    groups.into_iter().rev().flatten().cloned().collect()
}

/// The range of the layers without a diagonal layer at either end.
fn inner(layers: &[Layer]) -> std::ops::Range<usize> {
    let is_diagonal = |layer: Option<&Layer>| matches!(layer, Some(Layer::Diagonal(_)));
    let first = usize::from(is_diagonal(layers.first()));
    let last = layers.len() - usize::from(is_diagonal(layers.last()));
    first..last.max(first)
}

/// Exchanges neighbouring couplings that change opposite halves, pair by pair.
fn exchange_pairs(layers: &mut [Layer]) {
    let mut at = 0;
    while at + 1 < layers.len() {
        let pair = match (layers[at].coupling(), layers[at + 1].coupling()) {
            (Some(a), Some(b)) => a.kept == b.changed,
            _ => false,
        };
        if pair {
            layers.swap(at, at + 1);
        }
        at += if pair { 2 } else { 1 };
    }
}
