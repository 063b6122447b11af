//! Composition of layers: the runtime crate's types that work with any number type.

/// Composed layers; the shape of the tree is that of the generated type.
#[derive(Clone, Debug, PartialEq)]
pub enum Tree<L> {
    /// A tuple of layers, whose types may differ.
    Chain(Vec<Tree<L>>),
    /// An array of layers of the same type.
    Repeat(Vec<Tree<L>>),
    /// `nice_flow::Then`: two in a row, laid out as C does it.
    Then(Box<Tree<L>>, Box<Tree<L>>),
    /// `nice_flow::Inverse`.
    Inverse(Box<Tree<L>>),
    /// `nice_flow::Permute`.
    Permute(Vec<u16>),
    /// A single layer of a number type.
    Leaf(L),
}

/// A layer of a number type, as a value of the runtime crate's types.
pub trait Leaf: Clone {
    /// The name of its type.
    fn type_name(&self) -> String;

    /// Bytes of its numbers in flash.
    fn bytes(&self) -> usize;

    /// Multiply-accumulates, including those with the zeros that pad blocks of integers.
    fn macs(&self) -> usize;

    /// Multiply-accumulates of its inverse.
    fn inverse_macs(&self) -> usize {
        self.macs()
    }
}

impl<L> Tree<L> {
    /// A layer, or its inverse if `backwards`.
    pub fn leaf(layer: L, backwards: bool) -> Self {
        match backwards {
            true => Self::Inverse(Box::new(Self::Leaf(layer))),
            false => Self::Leaf(layer),
        }
    }

    /// The same without tuples, whose layout is the compiler's choice: the layers of each as pairs of pairs.
    pub fn in_order(self) -> Self {
        match self {
            Self::Chain(layers) => {
                let layers = layers.into_iter().map(Self::in_order);
                let pair = |a, b| Self::Then(Box::new(a), Box::new(b));
                layers.reduce(pair).unwrap_or(Self::Chain(vec![]))
            }
            Self::Repeat(layers) => Self::Repeat(layers.into_iter().map(Self::in_order).collect()),
            Self::Inverse(layer) => Self::Inverse(Box::new(layer.in_order())),
            single => single,
        }
    }
}

impl<L: Leaf> Tree<L> {
    /// The tree's type.
    pub fn type_name(&self) -> String {
        match self {
            Self::Chain(layers) if layers.len() == 1 => format!("({},)", layers[0].type_name()),
            Self::Chain(layers) => {
                let types: Vec<_> = layers.iter().map(Self::type_name).collect();
                format!("({})", types.join(", "))
            }
            Self::Repeat(layers) => match layers.first() {
                Some(layer) => format!("[{}; {}]", layer.type_name(), layers.len()),
                None => "()".into(),
            },
            Self::Then(a, b) => format!("Then<{}, {}>", a.type_name(), b.type_name()),
            Self::Inverse(layer) => format!("Inverse<{}>", layer.type_name()),
            Self::Permute(order) => format!("Permute<{}>", order.len()),
            Self::Leaf(leaf) => leaf.type_name(),
        }
    }

    /// Bytes of the tree's numbers in flash.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Chain(layers) | Self::Repeat(layers) => layers.iter().map(Self::bytes).sum(),
            Self::Then(a, b) => a.bytes() + b.bytes(),
            Self::Inverse(layer) => layer.bytes(),
            Self::Permute(order) => 2 * order.len(),
            Self::Leaf(leaf) => leaf.bytes(),
        }
    }

    /// Multiply-accumulates of the tree.
    pub fn macs(&self) -> usize {
        match self {
            Self::Chain(layers) | Self::Repeat(layers) => layers.iter().map(Self::macs).sum(),
            Self::Then(a, b) => a.macs() + b.macs(),
            Self::Inverse(layer) => match &**layer {
                Self::Leaf(leaf) => leaf.inverse_macs(),
                layer => layer.macs(),
            },
            Self::Permute(_) => 0,
            Self::Leaf(leaf) => leaf.macs(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::module::fixed::FixedLayer;

    #[test]
    fn no_layers_are_an_empty_tuple_in_any_order() {
        let none = Tree::<FixedLayer>::Chain(vec![]);
        assert_eq!(none.type_name(), "()");
        assert_eq!(none.clone().in_order(), none);
    }
}
