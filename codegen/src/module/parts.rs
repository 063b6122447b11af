//! The layers of a module one by one, for those who measure them.

use super::{Conditioner, Layer, Module, Network};

/// What a part does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum PartKind {
    Layer,
    Prior,
}

/// A layer, or the prior.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it does.
    pub kind: PartKind,
    /// What it is, without sizes: `Coupling`, `Permute`, `Normal`.
    pub name: String,
    /// Where it is in the flow, `.bijection().0[2]`: Rust that follows the model's name.
    pub path: String,
    /// Multiply-accumulates of its networks and matrices.
    pub macs: usize,
    /// Bytes of its numbers.
    pub bytes: usize,
}

impl Module {
    /// Every layer in the order in which `forward` runs them, then the prior.
    pub fn parts(&self) -> Vec<Part> {
        let mut parts = vec![];
        self.layer.parts(".bijection()".into(), &mut parts);
        parts.push(Part {
            kind: PartKind::Prior,
            name: base(self.prior.type_name(self.dim)),
            path: ".prior()".into(),
            macs: 0,
            bytes: self.bytes() - self.layer.bytes(),
        });
        parts
    }
}

impl Layer {
    fn parts(&self, path: String, parts: &mut Vec<Part>) {
        match self {
            Self::Chain(layers) => {
                for (i, layer) in layers.iter().enumerate() {
                    layer.parts(format!("{path}.{i}"), parts);
                }
            }
            Self::Repeat(layers) => {
                for (i, layer) in layers.iter().enumerate() {
                    layer.parts(format!("{path}[{i}]"), parts);
                }
            }
            leaf => parts.push(Part {
                kind: PartKind::Layer,
                name: base(leaf.type_name()),
                path,
                macs: leaf.macs(),
                bytes: leaf.bytes(),
            }),
        }
    }

    fn macs(&self) -> usize {
        match self {
            Self::Chain(layers) | Self::Repeat(layers) => layers.iter().map(Self::macs).sum(),
            Self::Inverse(layer) => layer.macs(),
            Self::Coupling { network, .. } => network.macs(),
            Self::Affine { conditioner, .. } => match conditioner {
                Conditioner::Joint(network) => network.macs(),
                Conditioner::Both(shift, scale) => shift.macs() + scale.macs(),
            },
            Self::Triangular { columns, .. } => {
                columns.len().isqrt() * (columns.len().isqrt() + 1) / 2
            }
            Self::Diagonal { factor, .. } => factor.len(),
            Self::Permute(_) => 0,
        }
    }
}

impl Network {
    fn macs(&self) -> usize {
        self.layers().iter().map(|layer| layer.columns.len()).sum()
    }
}

/// A type without its parameters.
fn base(type_name: String) -> String {
    type_name.split('<').next().unwrap_or_default().to_string()
}
