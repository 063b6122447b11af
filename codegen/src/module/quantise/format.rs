//! The integer format of a flow.

use crate::model::Biases;
use crate::numeric::Weights;

/// The integer format of a flow: weights, and fraction and range of the state.
#[derive(Clone, Copy, Debug)]
pub(super) struct Format {
    pub weights: Weights,
    /// Of networks of one to three inputs.
    pub biases: Biases,
    /// Fractional bits of the state.
    pub fraction: u32,
    /// The limit of an encoded input, in standard deviations of the calibration rows.
    pub range: i32,
    /// Whether the state is also scaled, and then clamped.
    pub scales: bool,
}

/// How an integer flow stores its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Precision {
    pub weights: Weights,
    pub biases: Biases,
}

impl From<Weights> for Precision {
    fn from(weights: Weights) -> Self {
        Self {
            weights,
            biases: Biases::default(),
        }
    }
}
