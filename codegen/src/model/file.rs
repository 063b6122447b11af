//! The model file: flows and all that is known of them, readable by any safetensors library.
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
//! Layers run from data to latent and mean what [`ir`](crate::flow::ir) says. Matrices are outputs × inputs, row by
//! row. `preprocessing` is `(x − mean) / scale`. `calibration` holds normal rows in raw units (`F32`), from which integers
//! get their scales, and the thresholds of integer scores. Of `p_values`, see [`PValues`](super::p_values::PValues).
//!
//! Of an ensemble `combine` is `tail` or `density` (see [`Combine`](super::Combine)), each member has its
//! `tail`, `{"knots": […], "excess": …}`, and the names of member 2's tensors start with `members.2.`.
//!
//! Files of version 1, which nice-flow 0.1.0 wrote, are read too.

mod check;
mod header;
mod load;
mod store;
mod tensors;
mod version1;

use crate::flow::ir::length;
use crate::{Error, Model, Result};
use header::{Header, KEY};
use safetensors::SafeTensors;
use serde::{Deserialize, de::IgnoredAny};
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use tensors::{Reader, Writer};

/// The model file's bytes; the same for the same model.
pub fn write(model: &Model) -> Result<Vec<u8>> {
    check::check(model)?;
    let mut tensors = Writer::default();
    let header = store::header(model, &mut tensors);
    let json = serde_json::to_string(&header).map_err(|error| Error::input("header", error))?;
    // One key: a map of several would be written in random order.
    let metadata = HashMap::from([(KEY.to_string(), json)]);
    safetensors::serialize(tensors.views(), Some(metadata))
        .map_err(|error| Error::input("tensors", error))
}

/// The model in a file, everything checked.
pub fn read(path: &Path) -> Result<Model> {
    let bytes = std::fs::read(path).map_err(|error| cannot_read(path, &error))?;
    from_bytes(&bytes, path)
}

/// What is in a file's bytes; the path is for errors.
fn from_bytes(bytes: &[u8], path: &Path) -> Result<Model> {
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
    parse(json, &Reader(tensors)).map_err(|error| error.in_file(path))
}

/// Whether a file is a model file, be it a sound one or not, by its first bytes.
pub fn is_model_file(path: &Path) -> Result<bool> {
    #[derive(Deserialize)]
    struct Preamble {
        #[serde(rename = "__metadata__")]
        metadata: BTreeMap<String, IgnoredAny>,
    }
    let json = preamble(path).map_err(|error| cannot_read(path, &error))?;
    let preamble: Option<Preamble> = serde_json::from_slice(&json).ok();
    Ok(preamble.is_some_and(|preamble| preamble.metadata.contains_key(KEY)))
}

/// The header of a safetensors file; of another file, anything.
fn preamble(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let (mut size, mut json) = (vec![], vec![]);
    file.by_ref().take(8).read_to_end(&mut size)?;
    let size = size.try_into().map_or(0, u64::from_le_bytes);
    // Safetensors itself takes no longer header; random bytes often ask for one.
    if size <= 100_000_000 {
        file.take(size).read_to_end(&mut json)?;
    }
    Ok(json)
}

fn parse(json: &str, tensors: &Reader) -> Result<Model> {
    let wrong = |message: String| Error::input(format!("metadata {KEY}"), message);
    let header: Header = match header::version(json).map_err(wrong)? {
        1 => version1::header(json)?,
        _ => serde_json::from_str(json).map_err(|error| wrong(error.to_string()))?,
    };
    // First: a wrong dimension would make every tensor look wrong.
    length("features", header.dim, header.features.len())?;
    let model = load::model(header, tensors)?;
    check::check(&model)?;
    Ok(model)
}

fn cannot_read(path: &Path, error: &io::Error) -> Error {
    Error::file(path, format!("cannot read: {error}"))
}

#[cfg(test)]
mod tests;
