//! An integer flow as the generated module will hold it, with weights packed into the words that the kernels read.

mod counts;
mod lower;
mod network;
mod pack;
mod size;
mod types;

pub use counts::no_counts;
pub use counts::{Counts, Scale};
pub use lower::lower;
pub use types::score_type;

use super::tree::Tree;
use crate::module::quantise;
use crate::module::quantise::{Curve, Prior, Reads, Triangle};
use crate::numeric::Weights;
use nice_flow::Half;
use nice_flow::fixed::Form;
use nice_flow::host::fixed::{Block8, Block16};

/// An integer flow as values of the runtime crate's types.
#[derive(Clone, Debug, PartialEq)]
pub struct Module {
    /// Length of the vector.
    pub dim: usize,
    /// The storage type of the weights.
    pub weights: Weights,
    /// Fractional bits of state and score.
    pub fraction: u32,
    /// The transformation of raw inputs into the state.
    pub encoder: Encoder,
    /// The map from state to latent vector.
    pub layers: Tree<FixedLayer>,
    /// The knots of all scale maps, one after another; `None` if nothing scales the state, so that the map is a bijection.
    pub knots: Option<Vec<i16>>,
    /// The prior.
    pub prior: Prior,
}

/// The transformation of a measurement into the state.
#[derive(Clone, Debug, PartialEq)]
pub enum Encoder {
    /// `nice_flow::fixed::Standardise`: takes `f32` in raw units.
    Standardise(quantise::Encoder),
    /// `nice_flow::fixed::Counts`: takes integer counts.
    Counts(Counts),
}

/// A value of one of the runtime crate's layer types.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant)] // a module has only a few
pub enum FixedLayer {
    /// `nice_flow::Coupling` of a `nice_flow::fixed::Narrow`.
    Coupling(Coupling),
    /// `nice_flow::fixed::AffineCoupling` or `nice_flow::fixed::Autoregressive`.
    Affine(Affine),
    /// `nice_flow::fixed::Triangular`.
    Triangular(Triangle),
}

/// An additive coupling.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Coupling {
    pub shifts: Half,
    pub network: Narrow,
    /// `nice_flow::fixed::Rectified`: a ReLU on the outputs.
    pub rectified: bool,
}

/// A layer that scales by what it reads: an affine coupling or an autoregressive layer.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Affine {
    pub reads: Reads,
    pub form: Form,
    /// One, or `nice_flow::fixed::Both`: one for the shifts and one for the raw scales.
    pub networks: Vec<Narrow>,
    pub scale: ScaleMap,
    /// `[c, λ]` of each changed element.
    pub constants: Vec<[i32; 2]>,
}

/// The scale map of a layer that scales by what it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ScaleMap {
    /// `nice_flow::fixed::Exp`.
    Exp,
    /// `nice_flow::fixed::Table`.
    Table {
        /// The place of its first knot among all of the flow.
        first: usize,
        range: [i32; 2],
        density: u8,
        fraction: u8,
    },
}

/// `nice_flow::fixed::Narrow`: a conditioner, and the narrowing of the state on the way in.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Narrow {
    pub inputs: usize,
    pub outputs: usize,
    pub fraction: u32,
    pub narrowing: Narrowing,
    pub conditioner: Conditioner,
}

/// `nice_flow::fixed::Narrowing`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Narrowing {
    pub shift: u8,
    pub limit: i32,
    pub rectifier: Rectifier,
}

/// The activation: what happens to negative numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rectifier {
    /// The identity: nothing.
    Linear,
    /// Negative numbers are multiplied by this, in units of 2⁻¹⁵; 0 is ReLU.
    Leaky(u16),
}

/// A value of one of the runtime crate's conditioner types.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Conditioner {
    /// `Output`: a single linear layer.
    Linear(Output),
    /// `Mlp`: hidden layers of equal width.
    Mlp {
        input: Hidden,
        inner: Vec<Hidden>,
        output: Output,
    },
    /// `nice_flow::Then`: one hidden layer, and the remaining layers.
    Nested {
        hidden: Hidden,
        rest: Box<Conditioner>,
    },
    /// `nice_flow::Then`: one hidden layer with a smooth activation, and the remaining layers.
    Smooth {
        layer: Output,
        curve: Curve,
        rest: Box<Conditioner>,
    },
    /// `Steered`: a context is added to the first numbers behind an activation.
    Steered {
        input: Output,
        offset: Offset,
        branches: Vec<Branch>,
        entry: Entry,
        rest: Box<Conditioner>,
    },
    /// `Residual`: blocks of two linear layers.
    Residual {
        input: Output,
        branches: Vec<Branch>,
        narrowing: Narrowing,
        output: Output,
    },
}

/// `nice_flow::fixed::Offset`.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Offset {
    pub layer: Output,
    pub activation: Entry,
    pub rise: u8,
}

/// `nice_flow::fixed::Entry`: a narrowing, or `nice_flow::fixed::Bent` with a curve of what it gives.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Entry {
    pub narrowing: Narrowing,
    pub curve: Option<Curve>,
}

/// `nice_flow::fixed::Branch`, `nice_flow::fixed::SmoothBranch` or `nice_flow::fixed::Joined`.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Branch {
    pub narrowing: Narrowing,
    pub first: Entrance,
    pub output: Output,
    /// `nice_flow::fixed::Gated`: the layer of the network's input whose sigmoid multiplies what the branch adds.
    pub gate: Option<Output>,
}

/// The first layer of a branch, with what it reads its numbers through and its own activation.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Entrance {
    /// The narrowing is an activation already.
    Rectified(Hidden),
    Smooth {
        before: Curve,
        layer: Output,
        curve: Curve,
    },
    /// `lane` reads the network's input, and is added.
    Joined {
        before: Option<Curve>,
        layer: Output,
        lane: Output,
        between: Entry,
    },
}

impl Entrance {
    /// The linear layer.
    pub fn dense(&self) -> &FixedDense {
        match self {
            Self::Rectified(hidden) => &hidden.dense,
            Self::Smooth { layer, .. } | Self::Joined { layer, .. } => &layer.dense,
        }
    }

    /// The linear layer, mutable.
    pub fn dense_mut(&mut self) -> &mut FixedDense {
        match self {
            Self::Rectified(hidden) => &mut hidden.dense,
            Self::Smooth { layer, .. } | Self::Joined { layer, .. } => &mut layer.dense,
        }
    }

    /// The layer of the network's input that is added to it.
    pub fn lane(&self) -> Option<&Output> {
        match self {
            Self::Joined { lane, .. } => Some(lane),
            _ => None,
        }
    }

    /// The layer of the network's input that is added to it, mutable.
    pub fn lane_mut(&mut self) -> Option<&mut Output> {
        match self {
            Self::Joined { lane, .. } => Some(lane),
            _ => None,
        }
    }
}

/// `nice_flow::fixed::Hidden`, or `nice_flow::fixed::First` with a constant.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Hidden {
    pub dense: FixedDense,
    pub shift: u8,
    pub slope: u16,
    /// The exponent of a constant input, whose weights hold the biases; multiples of it are in `dense`.
    pub constant: Option<u8>,
}

/// `nice_flow::fixed::Linear`.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Output {
    pub dense: FixedDense,
    pub shifts: Vec<[u8; 4]>,
}

/// `nice_flow::fixed::Dense`.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct FixedDense {
    /// The number of groups of four columns.
    pub groups: usize,
    /// The weights, one panel of four rows after another.
    pub blocks: Blocks,
    pub bias: Vec<[i32; 4]>,
}

/// Blocks of weights, four rows by four columns each.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Blocks {
    I8(Vec<Block8>),
    I16(Vec<Block16>),
}

/// Nats as the bits of the nearest fixed-point number; saturates beyond its range.
pub fn bits(nats: f64, fraction: u32) -> i32 {
    (nats * f64::from(1u32 << fraction)).round() as i32
}
