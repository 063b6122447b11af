//! A quantised flow.

use super::map::Map;
use super::network::Network;
use super::prior::Prior;
use super::triangle::Triangle;
use crate::numeric::Weights;
use nice_flow::Half;
use nice_flow::fixed::Form;

/// A quantised flow.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantised {
    /// The storage type of the weights.
    pub weights: Weights,
    /// Fractional bits of the state and of the prior's elements.
    pub fraction: u32,
    /// The transformation of raw inputs into the state.
    pub encoder: Encoder,
    /// First to last, data to latent.
    pub layers: Vec<QuantisedLayer>,
    /// The scale maps that layers read from tables.
    pub maps: Vec<Map>,
    /// The density of the latent state.
    pub prior: Prior,
}

/// `u = (x − mean) · factor`, rounded towards zero and limited to ±`limit`; NaN becomes the upper limit.
#[derive(Clone, Debug, PartialEq)]
pub struct Encoder {
    /// The mean of each input, in raw units.
    pub mean: Vec<f32>,
    /// Steps of the state per raw unit.
    pub factor: Vec<f32>,
    /// The largest magnitude of the encoded state.
    pub limit: i32,
}

/// What a layer that scales the state reads, and what it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reads {
    /// Changes this half and reads the other: `nice_flow::fixed::AffineCoupling`.
    Other(Half),
    /// Changes all elements and reads all, in this order: `nice_flow::fixed::Autoregressive`.
    All(Vec<u16>),
}

/// A map of the state; all but those that scale it are exactly invertible.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum QuantisedLayer {
    /// `z[i] = x[order[i]]`.
    Permute(Vec<u16>),
    /// One half of the state is shifted by a function of the other; with `backwards` the shift is subtracted.
    Coupling {
        shifts: Half,
        backwards: bool,
        network: Box<Network>,
    },
    /// Elements are scaled and shifted by functions of others, which one network gives or two.
    Affine {
        reads: Reads,
        form: Form,
        networks: Vec<Network>,
        /// The table among the flow's maps; the exponential without one.
        map: Option<usize>,
        /// `[c, λ]` of each changed element, see `nice_flow::fixed::AffineCoupling`.
        constants: Vec<[i32; 2]>,
    },
    /// Adds to each element a combination of those before it, or of those behind it.
    Triangle(Triangle),
}
