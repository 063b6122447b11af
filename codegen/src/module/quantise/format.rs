//! What a flow is quantised to.

use crate::numeric::Weights;

/// What a flow is quantised to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Format {
    pub weights: Weights,
    /// Bits behind the binary point of the state.
    pub fraction: u32,
    /// Where the state of an input ends, in standard deviations of the calibration rows.
    pub range: i32,
}
