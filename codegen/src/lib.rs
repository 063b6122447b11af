//! From a model file to Rust const arrays: light, for the `build.rs` of firmware.
//!
//! A [`Model`] is what a model file holds, [`generate`] writes its Rust module, [`Builder`] does so from a
//! `build.rs`.

pub mod builder;
pub mod error;
pub mod flow;
pub mod model;
pub mod module;
pub mod numeric;
pub mod output;
pub mod reading;
pub mod text;

pub use builder::Builder;
pub use error::{Error, Result};
pub use model::Model;
pub use module::{Lowered, lowered};
pub use numeric::Numeric;

/// The Rust module of a model: data only. Same model, same text.
pub fn generate(model: &Model, numeric: Numeric) -> Result<String> {
    module::emit::emit(model, &lowered(model, numeric)?)
}
