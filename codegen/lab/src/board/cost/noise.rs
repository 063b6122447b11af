//! Raw samples to measure front ends with. What a sample costs depends little on what it is.

use crate::signal::Piece;
use nice_flow_codegen::model::FrontEnd;

/// Noise of 12 bits for two windows, the same always.
pub(super) fn piece(front: &FrontEnd) -> Piece {
    let samples = (front.window + front.hop) as usize;
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state as i32 >> 20) as i16
    };
    Piece {
        counts: (0..samples * front.channels.len())
            .map(|_| next())
            .collect(),
        windows: 2,
    }
}
