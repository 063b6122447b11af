//! Rows of a linear layer before they are integers, and what becomes of their sums.

/// A row of a layer, its weights for inputs in steps.
pub(super) struct Row {
    pub weights: Vec<f64>,
    pub bias: f64,
}

/// What a layer's outputs become.
pub(super) enum Outputs<'a> {
    /// Hidden activations of at most so much; these are the magnitudes seen on the calibration rows.
    Hidden { limit: i32, seen: &'a [f64] },
    /// Steps of the state.
    State,
}
