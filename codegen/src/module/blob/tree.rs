//! Composed layers in memory.

use super::value::Value;
use crate::module::tree::Tree;

/// A layer of a number type.
pub(super) trait Laid {
    /// Its fields, in the order of the runtime's type.
    fn laid(&self) -> Value;
}

/// A tree that is in order: see [`Tree::in_order`].
pub(super) fn tree<L: Laid>(value: &Tree<L>) -> Value {
    match value {
        Tree::Chain(layers) | Tree::Repeat(layers) => {
            Value::Group(layers.iter().map(tree).collect())
        }
        Tree::Then(a, b) => Value::Group(vec![tree(a), tree(b)]),
        Tree::Inverse(layer) => tree(layer),
        Tree::Permute(order) => Value::Halves(order.clone()),
        Tree::Leaf(layer) => layer.laid(),
    }
}
