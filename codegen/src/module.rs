//! From a model to the Rust module that a board compiles: quantisation, lowering to the runtime's types, and text.

mod align;
mod arrange;
pub mod blob;
pub mod emit;
pub mod fixed;
pub mod float;
mod half;
pub mod lowered;
pub mod parts;
pub mod quantise;
pub mod scored;
mod spread;
mod taken;
pub mod tree;
mod usual;

pub use lowered::{Lowered, LoweredFlow, lowered};
pub use parts::{Part, PartKind};
pub use spread::{Spread, spread};
pub use taken::taken;
pub use usual::{quantiles, usual_values};
