//! The parts of a module one by one, to measure each of them.

use super::fixed;
use super::lowered::{Lowered, LoweredFlow};
use super::tree::{Leaf, Tree};

/// The kind of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum PartKind {
    /// The transformation of measurements into an integer state.
    Encoder,
    Layer,
    /// A layer of integers with scales: `nice_flow::fixed::OneWay`.
    OneWay,
    Prior,
    Member,
}

/// An encoder, a layer or a prior; for an ensemble, a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The kind of the part.
    pub kind: PartKind,
    /// The name of its type, without type parameters: `Coupling`, `Permute`, `Normal`.
    pub name: String,
    /// The Rust expression that selects it, written behind the name of the model: `.bijection().0[2]`.
    pub path: String,
    /// Multiply-accumulates of its networks and matrices.
    pub macs: usize,
    /// Bytes of its numbers.
    pub bytes: usize,
}

impl Lowered {
    /// The encoder of an integer module, the layers in the order in which `forward` runs them, then the prior.
    ///
    /// For an ensemble, the members.
    pub fn parts(&self) -> Vec<Part> {
        match self.combination() {
            None => self.first().parts(),
            Some(_) => {
                let flows = self.flows().iter().enumerate();
                flows.map(|(index, flow)| member(index, flow)).collect()
            }
        }
    }
}

fn member(index: usize, flow: &LoweredFlow) -> Part {
    Part {
        kind: PartKind::Member,
        name: base(&flow.type_name()),
        path: format!(".members()[{index}]"),
        macs: flow.parts().iter().map(|part| part.macs).sum(),
        bytes: flow.bytes(),
    }
}

impl LoweredFlow {
    fn parts(&self) -> Vec<Part> {
        let (flow, encoder, layers, prior, bytes) = match self {
            Self::Float(module) => (
                "",
                None,
                module.layers.parts(".bijection()"),
                module.prior.type_name(module.dim),
                module.prior.bytes(),
            ),
            Self::Fixed(module) => (
                ".flow()",
                Some(module.encoder_part()),
                match module.knots {
                    None => module.layers.parts(".flow().bijection()"),
                    Some(_) => one_way(module.layers.parts(".flow().map()")),
                },
                module.prior_type(),
                module.prior_bytes(),
            ),
        };
        let mut parts: Vec<Part> = encoder.into_iter().chain(layers).collect();
        parts.push(Part {
            kind: PartKind::Prior,
            name: base(&prior),
            path: format!("{flow}.prior()"),
            macs: 0,
            bytes,
        });
        parts
    }
}

/// The same layers, of a flow with scales.
fn one_way(layers: Vec<Part>) -> Vec<Part> {
    let kind = PartKind::OneWay;
    layers
        .into_iter()
        .map(|part| Part { kind, ..part })
        .collect()
}

impl fixed::Module {
    fn encoder_part(&self) -> Part {
        Part {
            kind: PartKind::Encoder,
            name: self.encoder.name().into(),
            path: ".encoder()".into(),
            macs: 0,
            bytes: self.encoder_bytes(),
        }
    }
}

impl<L: Leaf> Tree<L> {
    /// The leaves of the tree; `path` is the expression that selects the tree.
    fn parts(&self, path: &str) -> Vec<Part> {
        match self {
            Self::Chain(layers) => {
                let parts = |(i, layer): (usize, &Self)| layer.parts(&format!("{path}.{i}"));
                layers.iter().enumerate().flat_map(parts).collect()
            }
            Self::Repeat(layers) => {
                let parts = |(i, layer): (usize, &Self)| layer.parts(&format!("{path}[{i}]"));
                layers.iter().enumerate().flat_map(parts).collect()
            }
            Self::Then(a, b) => {
                let mut parts = a.parts(&format!("{path}.0"));
                parts.extend(b.parts(&format!("{path}.1")));
                parts
            }
            leaf => vec![Part {
                kind: PartKind::Layer,
                name: base(&leaf.type_name()),
                path: path.into(),
                macs: leaf.macs(),
                bytes: leaf.bytes(),
            }],
        }
    }
}

/// The name of a type without its parameters.
fn base(type_name: &str) -> String {
    type_name.split('<').next().unwrap_or_default().to_string()
}
