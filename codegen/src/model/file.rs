//! The model file: flows and their metadata, readable by any safetensors library.
//!
//! A `.safetensors` file of `F64` tensors (`F32` is read too) whose metadata key `nice_flow` holds JSON:
//!
//! ```json
//! {
//!   "format_version": 2,
//!   "name": "pump", "dim": 3, "features": ["flow", "pressure", "current"],
//!   "members": [{
//!     "preprocessing": {"kind": "standardise", "mean": "preprocessing.mean", "scale": "preprocessing.scale"},
//!     "layers": [
//!       {"kind": "coupling", "kept": [0, 2], "changed": [1], "backwards": false, "scale": null,
//!        "conditioner": {"joint": [
//!          {"kind": "linear", "inputs": 2, "outputs": 8,
//!           "weight": "layers.0.conditioner.0.weight", "bias": "layers.0.conditioner.0.bias"},
//!          {"kind": "activation", "function": {"kind": "relu"}}, …]}},
//!       {"kind": "permute", "order": [2, 0, 1]},
//!       {"kind": "triangular", "side": "lower", "matrix": "layers.2.matrix"},
//!       {"kind": "dense", "matrix": "layers.3.matrix", "shift": "layers.3.shift", "log_det": 0.5},
//!       {"kind": "diagonal", "center": "layers.4.center", "factor": "layers.4.factor"}],
//!     "prior": {"kind": "logistic"},
//!     "tail": null,
//!     "training": {"epochs": "200"}}],
//!   "combine": null,
//!   "threshold": {"score": 12.5, "false_alarm_rate": 0.01},
//!   "p_values": {"count": 98, "scores": "p_values.scores", "p_values": "p_values.p_values"},
//!   "debounce": "3/5",
//!   "calibration": {"count": 2000, "rows": "calibration.rows", "i16": 12.5, "i8": 12.53125},
//!   "origin": {"file": "pump.pt", "sha256": "1f3a…", "layout": "…"}
//! }
//! ```
//!
//! An unknown or repeated key in any of the file's JSON objects is an error, and so is a tensor that no key names.
//! No two keys name the same tensor, and each number is within `f32`. There are at most 4096 inputs, as many layers in a flow, and
//! 2000 rows in `calibration`. Texts are single lines, without control characters, line separators or changes of writing direction.
//!
//! Layers run from data to latent, as defined in [`ir`](crate::flow::ir). Matrices are outputs × inputs, stored row by
//! row. `preprocessing` is `(x − mean) / scale`. `calibration` holds normal rows in raw units (`F32`), which give an
//! integer module its scales, and the thresholds of integer scores. For `p_values`, see
//! [`PValues`](super::p_values::PValues).
//!
//! `"biases": "weights"` after `calibration` says that integer networks of one to three inputs keep the biases of their first layer
//! as weights of a constant, see [`Biases`](super::Biases); where it is left out they are words.
//!
//! A conditional flow has the prior `{"kind": "given", "context": [2], "prior": {"kind": "normal"}}`: the places of its context
//! behind the last layer, and the prior of the other elements. No layer changes the context, and `preprocessing` leaves it
//! alone. Its names are those of `features` at the inputs from which these places come.
//!
//! Priors with numbers name tensors: `{"kind": "diagonal_normal", "mean": …, "precision": …}`, `{"kind": "mixture", "log_weights": …,
//! "components": [{"mean": …, "precision": …}]}`, and those of format version 3, which is written for models that have one of them:
//! `{"kind": "student_t", "location": …, "precision": …, "degrees": …}` and `{"kind": "full_mixture", "log_weights": …, "components":
//! [{"mean": …, "factor": …}]}`, `factor` being a lower triangular `W` with `Wᵀ W = Σ⁻¹`.
//!
//! In an ensemble `combine` is `tail`, `max` or `density` (see [`Combine`](super::Combine)), each member has its
//! `tail`, `{"knots": […], "excess": …}`, and the tensors of member 2 have names that start with `members.2.`.
//!
//! Files of version 1, written by nice-flow 0.1.0, are read too.

mod claims;
mod container;
mod header;
mod load;
mod single;
mod sizes;
mod store;
mod strict;
mod tensors;
mod version1;

use crate::flow::ir::length;
use crate::reading::json::expect_few_values;
use crate::{Error, Model, Result, reading};
use container::{check_header, has_key, header_of, preamble};
use header::{Header, KEY};
use safetensors::SafeTensors;
use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::Path;
use tensors::{Reader, Writer};

/// The largest model file that is read: 1 GiB.
const MOST_BYTES: u64 = 1 << 30;

/// The bytes of the model file; equal models give equal bytes.
pub fn write(model: &Model) -> Result<Vec<u8>> {
    claims::check(model)?;
    let mut tensors = Writer::default();
    let header = store::header(model, &mut tensors);
    tensors.check()?;
    let json = serde_json::to_string(&header).map_err(|error| Error::caused("header", error))?;
    // A single key: several keys in a `HashMap` would be written in random order.
    let metadata = HashMap::from([(KEY.to_string(), json)]);
    safetensors::serialize(tensors.views(), Some(metadata))
        .map_err(|error| Error::caused("tensors", error))
}

/// The model in a file, after all checks.
pub fn read(path: &Path) -> Result<Model> {
    let bytes = File::open(path).and_then(|file| reading::whole(file, MOST_BYTES));
    from_bytes(&bytes.map_err(|error| cannot_read(path, &error))?, path)
}

/// Like [`read`], but gives `None` for a file that is no model file, of which only the first bytes are read. A pipe,
/// whose bytes can be read only once, is read once.
pub fn read_if_model(path: &Path) -> Result<Option<Model>> {
    let read = || {
        let mut file = File::open(path)?;
        let start = preamble(&mut file)?;
        if !has_key(start.get(8..).unwrap_or_default()) {
            return Ok(None);
        }
        let most = MOST_BYTES - start.len() as u64;
        Ok(Some([start, reading::whole(file, most)?].concat()))
    };
    let bytes = read().map_err(|error| cannot_read(path, &error))?;
    bytes.map(|bytes| from_bytes(&bytes, path)).transpose()
}

/// The model in the bytes of a file; `path` is for error messages.
pub fn from_bytes(bytes: &[u8], path: &Path) -> Result<Model> {
    let few = |text: &[u8]| expect_few_values(text, bytes.len()).map_err(|e| Error::file(path, e));
    few(header_of(bytes))?;
    let tensors = SafeTensors::deserialize(bytes).map_err(|error| {
        let message = format!("expected a whole safetensors file, found something else: {error}");
        Error::file(path, message)
    })?;
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|e| Error::file(path, e))?;
    let json = metadata.metadata().as_ref().and_then(|map| map.get(KEY));
    let json = json.ok_or_else(|| {
        let message = format!("expected a model file, found safetensors without the key {KEY}");
        Error::file(path, message)
    })?;
    few(json.as_bytes())?;
    let tensors = Reader::new(tensors);
    let model = parse(json, &tensors).and_then(|model| {
        check_header(bytes, &tensors)?;
        Ok(model)
    });
    model.map_err(|error| error.in_file(path))
}

/// Whether a file is a model file, judged by its first bytes; it may still be damaged.
pub fn is_model_file(path: &Path) -> Result<bool> {
    let start = File::open(path).and_then(|mut file| preamble(&mut file));
    let start = start.map_err(|error| cannot_read(path, &error))?;
    Ok(has_key(start.get(8..).unwrap_or_default()))
}

fn parse(json: &str, tensors: &Reader) -> Result<Model> {
    let wrong = |message: String| Error::input(format!("metadata {KEY}"), message);
    let header: Header = match header::version(json).map_err(wrong)? {
        1 => version1::header(json)?,
        _ => strict::header(json)?,
    };
    header.expect_version()?;
    sizes::inputs(header.dim)?;
    // Checked first: with a wrong dimension every tensor would seem to have the wrong shape.
    length("features", header.dim, header.features.len())?;
    let model = load::model(header, tensors)?;
    claims::check(&model)?;
    Ok(model)
}

fn cannot_read(path: &Path, error: &io::Error) -> Error {
    Error::file(path, format!("cannot read: {error}"))
}

#[cfg(test)]
mod tests;
