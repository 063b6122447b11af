//! Composition: what the runtime crate has for layers of any number type.

/// Layers in the shape of a module's type.
#[derive(Clone, Debug, PartialEq)]
pub enum Tree<L> {
    /// A tuple: layers of different types.
    Chain(Vec<Tree<L>>),
    /// An array: layers of one type.
    Repeat(Vec<Tree<L>>),
    /// `nice_flow::Inverse`.
    Inverse(Box<Tree<L>>),
    /// `nice_flow::Permute`.
    Permute(Vec<u16>),
    /// A layer of one number type.
    Leaf(L),
}

/// A layer of one number type, in the words of the runtime crate.
pub trait Leaf: Clone {
    /// Its type.
    fn type_name(&self) -> String;

    /// Bytes of its numbers in flash.
    fn bytes(&self) -> usize;

    /// Multiply-accumulates, those with zeros that fill up blocks of integers included.
    fn macs(&self) -> usize;
}

impl<L> Tree<L> {
    /// A layer, or its inverse.
    pub fn leaf(layer: L, backwards: bool) -> Self {
        match backwards {
            true => Self::Inverse(Box::new(Self::Leaf(layer))),
            false => Self::Leaf(layer),
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
            Self::Inverse(layer) => format!("Inverse<{}>", layer.type_name()),
            Self::Permute(order) => format!("Permute<{}>", order.len()),
            Self::Leaf(leaf) => leaf.type_name(),
        }
    }

    /// Bytes of the tree's numbers in flash.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Chain(layers) | Self::Repeat(layers) => layers.iter().map(Self::bytes).sum(),
            Self::Inverse(layer) => layer.bytes(),
            Self::Permute(order) => 2 * order.len(),
            Self::Leaf(leaf) => leaf.bytes(),
        }
    }

    /// Multiply-accumulates of the tree.
    pub fn macs(&self) -> usize {
        match self {
            Self::Chain(layers) | Self::Repeat(layers) => layers.iter().map(Self::macs).sum(),
            Self::Inverse(layer) => layer.macs(),
            Self::Permute(_) => 0,
            Self::Leaf(leaf) => leaf.macs(),
        }
    }
}
