//! From the checkpoints people have to Rust const arrays.

pub mod error;
pub mod ir;
pub mod model;

pub use error::{Error, Result};
pub use model::Model;
