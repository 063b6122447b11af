//! The kernels of the core against the portable ones: odd sizes, extreme numbers, every word that an array may begin at,
//! and nothing written beside the result.

mod floats;
mod integers;
mod numbers;

pub use floats::wrong as wrong_floats;
pub use integers::wrong as wrong_integers;

// What `src/fixed/kernel/portable.rs` finds above it in the runtime, and here too.
use nice_flow::fixed::{I8, I16, Quad};

/// The fields of the runtime's activation.
#[derive(Clone, Copy)]
struct Activation {
    shift: u32,
    slope: i32,
}
