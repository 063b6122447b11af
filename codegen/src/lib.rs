//! From a model file to Rust const arrays. Its few dependencies keep it light enough for the `build.rs` of a firmware.
//!
//! A [`Model`] is the content of a model file, [`generate`] writes its Rust module, and [`Builder`] does both from a
//! `build.rs`.

pub mod builder;
pub mod error;
pub mod flow;
pub mod model;
pub mod numeric;

// What the other crates of the workspace share. It may change in any version.
#[doc(hidden)]
pub mod module;
#[doc(hidden)]
pub mod output;
#[doc(hidden)]
pub mod reading;
#[doc(hidden)]
pub mod text;

pub use builder::Builder;
pub use error::{Error, Result};
pub use model::Model;
pub use module::{Lowered, lowered};
pub use numeric::Numeric;

/// The Rust module of a model, which holds data only. The same model gives the same text.
pub fn generate(model: &Model, numeric: Numeric) -> Result<String> {
    module::emit::emit(model, &lowered(model, numeric)?)
}
