//! The kernels of the core against the portable ones: odd sizes, extreme numbers, every word that an array may begin at,
//! and nothing written beside the result.

#[cfg(memory_ends)]
mod edge;
mod floats;
mod integers;
mod numbers;
mod parts;

#[cfg(memory_ends)]
pub use edge::run as run_at_the_end;
pub use floats::wrong as wrong_floats;
pub use integers::wrong as wrong_integers;
pub use parts::wrong as wrong_parts;

// What `src/fixed/kernel/portable.rs` finds above it in the runtime, and here too.
use nice_flow::fixed::Quad;

mod words {
    pub use nice_flow::host::fixed::{Block8, Block16};
}

/// The fields of the runtime's rectifier.
#[derive(Clone, Copy)]
struct Rectifier {
    shift: u32,
    slope: i32,
}
