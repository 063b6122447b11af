//! The integer format of a flow.

use crate::numeric::Weights;

/// The integer format of a flow: weights, and fraction and range of the state.
#[derive(Clone, Copy, Debug)]
pub(super) struct Format {
    pub weights: Weights,
    /// Fractional bits of the state.
    pub fraction: u32,
    /// The limit of an encoded input, in standard deviations of the calibration rows.
    pub range: i32,
    /// Whether the state is also scaled, and then clamped.
    pub scales: bool,
}
