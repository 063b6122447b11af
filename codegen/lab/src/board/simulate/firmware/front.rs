//! The front end, with a sample for it.

use firmware::Element;
use firmware::model::{CHANNELS, D, FRONT, Front};
use nalgebra::SVector;
use nice_flow::Collect;

/// What a call of [`push`] takes and changes.
pub struct Step {
    pub front: Front,
    pub sample: [i16; CHANNELS],
    /// What came out last.
    pub x: SVector<Element, D>,
}

impl Step {
    pub fn new() -> Self {
        Self {
            front: FRONT,
            sample: [0; CHANNELS],
            x: SVector::zeros(),
        }
    }
}

/// Gives the front end the sample; 1 if a window is full, else 0.
// A single copy with C's calling convention, as `score` is.
#[inline(never)]
pub extern "C" fn push(step: &mut Step) -> u32 {
    match step.front.push(step.sample) {
        None => 0,
        Some(x) => {
            step.x = x;
            1
        }
    }
}
