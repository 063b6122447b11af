//! An integer flow as the generated module will hold it: weights in the words that the kernels read.

mod counts;
mod network;
mod pack;
mod types;

pub use counts::no_counts;
pub use counts::{Counts, Scale};
pub use types::score_type;

use super::arrange;
use super::tree::{Leaf, Tree};
use crate::module::quantise;
use crate::module::quantise::{Prior, Quantised, Triangle};
use crate::numeric::Weights;
use nice_flow::Half;
use nice_flow::fixed::{I8, I16};

/// An integer flow in the words of the runtime crate.
#[derive(Clone, Debug, PartialEq)]
pub struct Module {
    /// Length of the vector.
    pub dim: usize,
    /// What the weights are stored in.
    pub weights: Weights,
    /// Fractional bits of state and score.
    pub fraction: u32,
    /// From raw inputs to the state.
    pub encoder: Encoder,
    /// The bijection.
    pub layers: Tree<Layer>,
    /// The prior.
    pub prior: Prior,
}

/// From measurements to the state.
#[derive(Clone, Debug, PartialEq)]
pub enum Encoder {
    /// `nice_flow::fixed::Standardise`: of `f32`, in raw units.
    Standardise(quantise::Encoder),
    /// `nice_flow::fixed::Counts`: of integers.
    Counts(Counts),
}

/// A value of one of the runtime crate's layer types.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant)] // A module has a handful of them.
pub enum Layer {
    /// `nice_flow::Coupling` of a `nice_flow::fixed::Narrow`.
    Coupling(Coupling),
    /// `nice_flow::fixed::Triangular`.
    Triangular(Triangle),
}

/// Between the state and a conditioner.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Coupling {
    pub shifts: Half,
    pub inputs: usize,
    pub outputs: usize,
    pub fraction: u32,
    pub narrowing: Narrowing,
    pub conditioner: Conditioner,
    /// `nice_flow::fixed::Rectified`: a ReLU on the outputs.
    pub rectified: bool,
}

/// `nice_flow::fixed::Narrowing`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Narrowing {
    pub shift: u8,
    pub limit: i32,
    pub rectifier: Rectifier,
}

/// What happens to negative numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rectifier {
    /// Nothing.
    Linear,
    /// A factor in 2⁻¹⁵; 0 is ReLU.
    Leaky(u16),
}

/// A value of one of the runtime crate's conditioner types.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Conditioner {
    /// `Output`: linear.
    Linear(Output),
    /// `Mlp`: hidden layers of one width.
    Mlp {
        input: Hidden,
        inner: Vec<Hidden>,
        output: Output,
    },
    /// A pair: one hidden layer and the rest.
    Nested {
        hidden: Hidden,
        rest: Box<Conditioner>,
    },
    /// `Residual`: blocks of two layers.
    Residual {
        input: Output,
        branches: Vec<Branch>,
        narrowing: Narrowing,
        output: Output,
    },
}

/// `nice_flow::fixed::Branch`.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Branch {
    pub narrowing: Narrowing,
    pub hidden: Hidden,
    pub output: Output,
}

/// `nice_flow::fixed::Hidden`.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Hidden {
    pub dense: Dense,
    pub shift: u8,
    pub slope: u16,
}

/// `nice_flow::fixed::Output`.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Output {
    pub dense: Dense,
    pub shifts: Vec<[u8; 4]>,
}

/// `nice_flow::fixed::Dense`.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Dense {
    /// Of four columns.
    pub groups: usize,
    /// Panel after panel of four rows.
    pub blocks: Blocks,
    pub bias: Vec<[i32; 4]>,
}

/// Four rows by four columns of weights each.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Blocks {
    I8(Vec<I8>),
    I16(Vec<I16>),
}

impl Leaf for Layer {
    fn type_name(&self) -> String {
        types::layer(self)
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Coupling(coupling) => coupling.conditioner.bytes() + NARROWING,
            Self::Triangular(triangle) => 4 * (triangle.coefficients.len() + 1),
        }
    }

    fn macs(&self) -> usize {
        match self {
            Self::Coupling(coupling) => coupling.conditioner.macs(),
            Self::Triangular(triangle) => {
                let dim = triangle.coefficients.len().isqrt();
                dim * (dim - 1) / 2
            }
        }
    }
}

/// Bytes of a shift, a limit and a slope.
const NARROWING: usize = 12;

impl Module {
    /// Bytes of the numbers, those of encoder and prior included.
    pub fn bytes(&self) -> usize {
        self.encoder_bytes() + self.layers.bytes() + self.prior_bytes()
    }

    /// Bytes of the encoder's numbers.
    pub fn encoder_bytes(&self) -> usize {
        match self.encoder {
            Encoder::Standardise(_) => 8 * self.dim + 4,
            Encoder::Counts(_) => 13 * self.dim + 4,
        }
    }

    /// Bytes of the prior's numbers.
    pub fn prior_bytes(&self) -> usize {
        self.prior.components.len() * (8 * self.dim + 8)
    }
}

/// Nats as the bits of the nearest fixed-point number; what is beyond them saturates.
pub fn bits(nats: f64, fraction: u32) -> i32 {
    (nats * f64::from(1u32 << fraction)).round() as i32
}

impl Conditioner {
    fn macs(&self) -> usize {
        self.layers().iter().map(|layer| layer.macs()).sum()
    }

    /// Every linear layer, first to last.
    pub fn layers(&self) -> Vec<&Dense> {
        match self {
            Self::Linear(output) => vec![&output.dense],
            Self::Mlp {
                input,
                inner,
                output,
            } => {
                let hidden = std::iter::once(input).chain(inner);
                hidden
                    .map(|layer| &layer.dense)
                    .chain([&output.dense])
                    .collect()
            }
            Self::Nested { hidden, rest } => std::iter::once(&hidden.dense)
                .chain(rest.layers())
                .collect(),
            Self::Residual {
                input,
                branches,
                output,
                ..
            } => {
                let branches = branches.iter();
                let inner = branches.flat_map(|b| [&b.hidden.dense, &b.output.dense]);
                std::iter::once(&input.dense)
                    .chain(inner)
                    .chain([&output.dense])
                    .collect()
            }
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Linear(output) => output.bytes(),
            Self::Mlp {
                input,
                inner,
                output,
            } => {
                let hidden = std::iter::once(input).chain(inner);
                hidden.map(Hidden::bytes).sum::<usize>() + output.bytes()
            }
            Self::Nested { hidden, rest } => hidden.bytes() + rest.bytes(),
            Self::Residual {
                input,
                branches,
                output,
                ..
            } => {
                let branch =
                    |branch: &Branch| NARROWING + branch.hidden.bytes() + branch.output.bytes();
                let branches: usize = branches.iter().map(branch).sum();
                input.bytes() + branches + NARROWING + output.bytes()
            }
        }
    }
}

impl Hidden {
    fn bytes(&self) -> usize {
        self.dense.bytes() + 8
    }
}

impl Output {
    fn bytes(&self) -> usize {
        self.dense.bytes() + 4 * self.shifts.len()
    }
}

impl Dense {
    fn macs(&self) -> usize {
        16 * match &self.blocks {
            Blocks::I8(blocks) => blocks.len(),
            Blocks::I16(blocks) => blocks.len(),
        }
    }

    fn bytes(&self) -> usize {
        let blocks = match &self.blocks {
            Blocks::I8(blocks) => size_of_val(blocks.as_slice()),
            Blocks::I16(blocks) => size_of_val(blocks.as_slice()),
        };
        blocks + size_of_val(self.bias.as_slice())
    }
}

/// The module of an integer flow.
pub fn lower(flow: &Quantised) -> Module {
    let layers = flow.layers.iter().map(|layer| match layer {
        quantise::Layer::Permute(order) => Tree::Permute(order.clone()),
        quantise::Layer::Triangle(triangle) => Tree::Leaf(Layer::Triangular(triangle.clone())),
        quantise::Layer::Coupling {
            shifts,
            backwards,
            network,
        } => {
            let coupling = Coupling::new(*shifts, network, flow);
            Tree::leaf(Layer::Coupling(coupling), *backwards)
        }
    });
    Module {
        dim: flow.encoder.mean.len(),
        weights: flow.weights,
        fraction: flow.fraction,
        encoder: Encoder::Standardise(flow.encoder.clone()),
        layers: arrange::arrange(layers.collect()),
        prior: flow.prior.clone(),
    }
}
