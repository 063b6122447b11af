//! Composition as Rust expressions.

use crate::module::tree::{Leaf, Tree};

/// A layer that can be written.
pub(super) trait Value: Leaf {
    /// Its value, an expression.
    fn value(&self) -> String;
}

/// The value of a tree.
pub(super) fn tree<L: Value>(value: &Tree<L>) -> String {
    match value {
        Tree::Chain(layers) if layers.len() == 1 => format!("({},)", tree(&layers[0])),
        Tree::Chain(layers) => format!("({})", lines(layers, tree)),
        Tree::Repeat(layers) => format!("[{}]", lines(layers, tree)),
        Tree::Inverse(inner) => format!("Inverse({})", tree(inner)),
        Tree::Permute(order) => format!("Permute::new({order:?})"),
        Tree::Leaf(leaf) => leaf.value(),
    }
}

/// One value a line.
pub(super) fn lines<T>(values: &[T], text: impl Fn(&T) -> String) -> String {
    values
        .iter()
        .map(|value| format!("\n{},", text(value)))
        .collect()
}
