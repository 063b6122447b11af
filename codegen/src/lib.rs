//! From the checkpoints people have to Rust const arrays: `import → ir → fold → lower → emit`.
//!
//! A [`Model`] is what a model file holds, [`generate`] writes its Rust module, [`Builder`] does so from a
//! `build.rs`. Framework words end at [`import`]; target words begin at [`module`].

pub mod builder;
#[cfg(feature = "cli")]
pub mod calibrate;
pub mod checkpoint;
#[cfg(feature = "cli")]
pub mod cli;
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
#[cfg(feature = "cli")]
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
#[cfg(feature = "cli")]
pub mod verify;

pub use builder::{Builder, Numeric};
pub use error::{Error, Result};
pub use model::Model;
#[cfg(feature = "cli")]
pub use target::Target;

/// The Rust module of a model: data only. Same model, same text.
pub fn generate(model: &Model) -> Result<String> {
    if let Some(threshold) = model
        .threshold
        .filter(|threshold| !(threshold.score as f32).is_finite())
    {
        let message = format!(
            "expected a number within the range of f32, found {}",
            threshold.score
        );
        return Err(Error::input("threshold", message));
    }
    Ok(emit::emit(model, &lowered(model)?))
}

/// What the module of a model will hold: the flow on raw inputs, checked, folded, in `f32`.
pub fn lowered(model: &Model) -> Result<module::Module> {
    let flow = model.raw_flow();
    flow.check()?;
    module::lower(&fold::fold(&flow)?)
}
