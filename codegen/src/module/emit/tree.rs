//! Rust expressions for composed layers.

use super::code::Code;
use super::inputs::Inputs;
use crate::module::tree::{Leaf, Tree};

/// A layer that can be written as an expression.
pub(super) trait Value: Leaf {
    /// The expression for the layer.
    fn code(&self) -> Code;

    /// A line on what the layer is and which inputs it changes; updates `inputs` to those of the next layer.
    fn note(&self, inputs: &mut Inputs) -> String;
}

/// The expression for a tree, with a comment before each layer.
pub(super) fn tree<L: Value>(value: &Tree<L>, inputs: &mut Inputs) -> Code {
    match value {
        Tree::Chain(layers) => Code::tuple(all(layers, inputs)),
        Tree::Repeat(layers) => Code::array(all(layers, inputs)),
        Tree::Then(a, b) => Code::call("Then", [tree(a, inputs), tree(b, inputs)]),
        Tree::Inverse(inner) => {
            let note = note(inner, inputs);
            Code::call("Inverse", [plain(inner)]).noted(format!("Backwards: {note}"))
        }
        layer => plain(layer).noted(note(layer, inputs)),
    }
}

fn all<L: Value>(layers: &[Tree<L>], inputs: &mut Inputs) -> Vec<Code> {
    layers.iter().map(|layer| tree(layer, inputs)).collect()
}

/// The expression for a layer, without comments.
fn plain<L: Value>(layer: &Tree<L>) -> Code {
    match layer {
        Tree::Permute(order) => permutation(order),
        Tree::Leaf(leaf) => leaf.code(),
        Tree::Chain(layers) => Code::tuple(layers.iter().map(plain).collect::<Vec<_>>()),
        Tree::Repeat(layers) => Code::array(layers.iter().map(plain).collect::<Vec<_>>()),
        Tree::Then(a, b) => Code::call("Then", [plain(a), plain(b)]),
        Tree::Inverse(inner) => Code::call("Inverse", [plain(inner)]),
    }
}

fn note<L: Value>(layer: &Tree<L>, inputs: &mut Inputs) -> String {
    match layer {
        Tree::Permute(order) => {
            inputs.permute(order);
            format!("Permutation: now {}.", inputs.at(0, order.len()))
        }
        Tree::Leaf(leaf) => leaf.note(inputs),
        _ => {
            inputs.mix();
            "Several layers.".into()
        }
    }
}

/// A permutation of elements.
pub(super) fn permutation(order: &[u16]) -> Code {
    Code::call("Permute::new", [Code::Line(format!("{order:?}"))])
}
