//! A flow in integers.

use super::network::Network;
use super::prior::Prior;
use super::triangle::Triangle;
use crate::numeric::Weights;
use nice_flow::Half;

/// A flow in integers.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantised {
    /// What the weights are stored in.
    pub weights: Weights,
    /// Fractional bits of the state and of the prior's elements.
    pub fraction: u32,
    /// From raw inputs to the state.
    pub encoder: Encoder,
    /// First to last, data to latent.
    pub layers: Vec<QuantisedLayer>,
    /// The density of the last state.
    pub prior: Prior,
}

/// `u = (x − mean) · factor`, towards zero, limited; NaN goes to the upper limit.
#[derive(Clone, Debug, PartialEq)]
pub struct Encoder {
    /// Of each input, in raw units.
    pub mean: Vec<f32>,
    /// Steps of the state in one raw unit.
    pub factor: Vec<f32>,
    /// The largest state that an input can give.
    pub limit: i32,
}

/// An invertible map of the state.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum QuantisedLayer {
    /// `z[i] = x[order[i]]`.
    Permute(Vec<u16>),
    /// One half of the state shifts the other; `backwards` takes the shift away.
    Coupling {
        shifts: Half,
        backwards: bool,
        network: Network,
    },
    /// Each element collects from those before or after it.
    Triangle(Triangle),
}
