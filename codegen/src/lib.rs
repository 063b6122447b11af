//! From the checkpoints people have to Rust const arrays: `import → ir → fold → quantise → emit → verify`.
//!
//! A [`Model`] is what a model file holds, [`generate`] writes its Rust module, [`Builder`] does so from a
//! `build.rs`. Framework words end at [`import`]; target words begin at [`quantise`], or for `f32` at
//! [`module`].

pub mod builder;
#[cfg(feature = "cli")]
pub mod calibrate;
pub mod checkpoint;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "cli")]
pub mod cost;
pub mod debounce;
pub mod emit;
pub mod ensemble;
pub mod error;
pub mod fold;
#[cfg(feature = "cli")]
pub mod host;
pub mod import;
pub mod ir;
#[cfg(feature = "cli")]
pub mod metrics;
pub mod model;
pub mod model_file;
pub mod module;
pub mod output;
pub mod p_values;
pub mod probe;
pub mod quantise;
#[cfg(feature = "cli")]
pub mod report;
pub mod sample;
#[cfg(feature = "cli")]
pub mod score;
#[cfg(feature = "cli")]
pub mod shape;
#[cfg(feature = "cli")]
pub mod simulate;
pub mod standardise;
#[cfg(feature = "cli")]
pub mod table;
#[cfg(feature = "cli")]
pub mod target;
#[cfg(feature = "cli")]
pub mod toolchain;
#[cfg(feature = "cli")]
pub mod train;
pub mod unit;
#[cfg(feature = "cli")]
pub mod verify;

pub use builder::{Builder, Numeric};
pub use ensemble::Stored;
pub use error::{Error, Result};
pub use model::Model;
pub use module::{Lowered, lowered, lowered_stored};
#[cfg(feature = "cli")]
pub use target::Target;

/// The Rust module of a model: data only. Same model, same text.
pub fn generate(model: &Model, numeric: Numeric) -> Result<String> {
    emit::emit(model, &lowered(model, numeric)?)
}

/// The same of what may be an ensemble.
pub fn generate_stored(stored: &Stored, numeric: Numeric) -> Result<String> {
    emit::emit_stored(stored, &lowered_stored(stored, numeric)?)
}
