//! From the checkpoints people have to Rust const arrays.

pub mod emit;
pub mod error;
pub mod fold;
#[cfg(feature = "cli")]
pub mod host;
pub mod ir;
pub mod model;
pub mod model_file;
pub mod module;
pub mod output;
#[cfg(feature = "cli")]
pub mod table;

pub use error::{Error, Result};
pub use model::Model;
