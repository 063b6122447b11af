//! Rows of a linear layer before rounding, what they read, and the formats of their outputs.

use super::samples::Samples;

/// A row of a layer, with weights that multiply inputs counted in integer steps.
pub(super) struct Row {
    pub weights: Vec<f64>,
    pub bias: f64,
    /// The exponent of the constant whose weight the bias is; `None` for a bias of 32 bits.
    pub constant: Option<u8>,
}

/// The inputs of a layer: their values on the calibration rows, and their possible range.
pub(super) struct Inputs {
    pub samples: Samples,
    /// The value of one integer step of each input.
    pub step: Vec<f64>,
    /// The least and the largest integer that an input can be.
    pub range: (i32, i32),
    /// What the units are that fill the last group of four: the activation of zero, which need not be zero.
    pub idle: i32,
}

/// The format of a layer's outputs.
pub(super) enum Outputs<'a> {
    /// Hidden activations with magnitudes up to `limit`; `seen` are the magnitudes found on the calibration rows.
    Hidden { limit: i32, seen: &'a [f64] },
    /// Steps of 2^-fraction: those of the state, or of what a curve reads.
    Steps { fraction: u32 },
}
