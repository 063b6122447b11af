//! Rows of a linear layer before rounding, and the formats of their outputs.

/// A row of a layer, with weights that multiply inputs counted in integer steps.
pub(super) struct Row {
    pub weights: Vec<f64>,
    pub bias: f64,
    /// The exponent of the constant whose weight the bias is; `None` for a bias of 32 bits.
    pub constant: Option<u8>,
}

/// The format of a layer's outputs.
pub(super) enum Outputs<'a> {
    /// Hidden activations with magnitudes up to `limit`; `seen` are the magnitudes found on the calibration rows.
    Hidden { limit: i32, seen: &'a [f64] },
    /// Steps of 2^-fraction: those of the state, or of what a curve reads.
    Steps { fraction: u32 },
}
