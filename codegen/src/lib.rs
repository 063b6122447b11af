//! From the checkpoints people have to Rust const arrays.

pub mod checkpoint;
pub mod error;
pub mod import;
pub mod ir;
pub mod model;
pub mod probe;
pub mod standardise;

pub use checkpoint::Checkpoint;
pub use error::{Error, Result};
pub use import::{Imported, import};
pub use model::Model;
pub use probe::Probe;
