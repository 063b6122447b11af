//! The model file: a flow and all that is known of it, readable by any safetensors library.
//!
//! A `.safetensors` file of `F64` tensors (`F32` is read too) whose metadata key `nice_flow` holds JSON:
//!
//! ```json
//! {
//!   "format_version": 1,
//!   "name": "pump", "dim": 3, "features": ["flow", "pressure", "current"],
//!   "preprocessing": {"kind": "standardise", "mean": "preprocessing.mean", "scale": "preprocessing.scale"},
//!   "layers": [
//!     {"kind": "coupling", "kept": [0, 2], "changed": [1], "backwards": false, "scale": null,
//!      "conditioner": {"joint": [
//!        {"kind": "linear", "inputs": 2, "outputs": 8,
//!         "weight": "layers.0.conditioner.0.weight", "bias": "layers.0.conditioner.0.bias"},
//!        {"kind": "activation", "function": {"kind": "relu"}}, …]}},
//!     {"kind": "permute", "order": [2, 0, 1]},
//!     {"kind": "triangular", "side": "lower", "matrix": "layers.2.matrix"},
//!     {"kind": "dense", "matrix": "layers.3.matrix", "shift": "layers.3.shift", "log_det": 0.5},
//!     {"kind": "diagonal", "center": "layers.4.center", "factor": "layers.4.factor"}],
//!   "prior": {"kind": "logistic"},
//!   "threshold": {"score": 12.5, "false_alarm_rate": 0.01},
//!   "p_values": {"count": 98, "scores": "p_values.scores", "p_values": "p_values.p_values"},
//!   "debounce": "3/5",
//!   "calibration": {"count": 2000, "rows": "calibration.rows", "i16": 12.5, "i8": 12.53125},
//!   "origin": {"file": "pump.pt", "sha256": "1f3a…", "layout": "…"},
//!   "training": {"epochs": "200"}
//! }
//! ```
//!
//! Layers run from data to latent and mean what [`ir`](crate::flow::ir) says. Matrices are outputs × inputs, row by
//! row. `preprocessing` is `(x − mean) / scale`. `calibration` holds normal rows in raw units (`F32`), from which integers
//! get their scales, and the thresholds of integer scores; it may be missing. Of `p_values`, see
//! [`PValues`].
//!
//! Of an ensemble the JSON is
//! `{"format_version": 1, "members": [{"model": {…}, "tail": {"knots": […], "excess": …}}, …], "combine": "tail",
//! "threshold": …, "p_values": …, "debounce": …, "calibration": …}`; the names of member 2's tensors start with
//! `members.2.`. `combine` is `tail` or `density`: see [`Combine`](crate::model::ensemble::Combine).

mod header;
mod load;
mod store;
mod tensors;

use crate::flow::ir::length;
use crate::model::ensemble::{Ensemble, Member, Stored};
use crate::model::p_values::PValues;
use crate::model::{Calibration, Threshold};
use crate::{Error, Model, Result};
use header::{EnsembleHeader, Header, KEY, MemberHeader};
use safetensors::SafeTensors;
use serde::{Deserialize, Serialize, de::IgnoredAny};
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use tensors::{Reader, Writer};

/// The model file's bytes; the same for the same model.
pub fn write(model: &Model) -> Result<Vec<u8>> {
    check(model)?;
    let mut tensors = Writer::default();
    let header = store::header(model, &mut tensors);
    bytes(&header, &tensors)
}

/// The bytes of an ensemble's file.
pub fn write_ensemble(ensemble: &Ensemble) -> Result<Vec<u8>> {
    ensemble.check()?;
    let mut tensors = Writer::default();
    let mut members = vec![];
    for (index, member) in ensemble.members.iter().enumerate() {
        check(&member.model)?;
        tensors.prefix = format!("members.{index}.");
        // Their rows are those of the ensemble.
        let model = Model {
            calibration: None,
            ..member.model.clone()
        };
        members.push(MemberHeader {
            model: store::header(&model, &mut tensors),
            tail: member.tail,
        });
    }
    tensors.prefix.clear();
    let (p_values, calibration) = (ensemble.p_values.as_ref(), ensemble.calibration.as_ref());
    let dim = ensemble.first().flow.dim;
    let header = EnsembleHeader {
        format_version: header::FORMAT_VERSION,
        members,
        combine: ensemble.combine,
        threshold: ensemble.threshold,
        p_values: p_values.map(|p| store::p_values(p, &mut tensors)),
        debounce: ensemble.debounce,
        calibration: calibration.map(|c| store::calibration(c, dim, &mut tensors)),
    };
    bytes(&header, &tensors)
}

/// The bytes of either.
pub fn write_stored(stored: &Stored) -> Result<Vec<u8>> {
    match stored {
        Stored::One(model) => write(model),
        Stored::Several(ensemble) => write_ensemble(ensemble),
    }
}

fn bytes(header: &impl Serialize, tensors: &Writer) -> Result<Vec<u8>> {
    let json = serde_json::to_string(header).map_err(|error| Error::input("header", error))?;
    // One key: a map of several would be written in random order.
    let metadata = HashMap::from([(KEY.to_string(), json)]);
    safetensors::serialize(tensors.views(), Some(metadata))
        .map_err(|error| Error::input("tensors", error))
}

/// The model of one flow in a file, everything checked.
pub fn read(path: &Path) -> Result<Model> {
    let stored = read_stored(path)?;
    stored.flow(None).map_err(|error| error.in_file(path))
}

/// The model or ensemble in a file, everything checked.
pub fn read_stored(path: &Path) -> Result<Stored> {
    let bytes = std::fs::read(path).map_err(|error| cannot_read(path, &error))?;
    from_bytes(&bytes, path)
}

/// What is in a file's bytes; the path is for errors.
fn from_bytes(bytes: &[u8], path: &Path) -> Result<Stored> {
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

fn parse(json: &str, tensors: &Reader) -> Result<Stored> {
    let place = format!("metadata {KEY}");
    header::check_version(json).map_err(|message| Error::input(&place, message))?;
    let wrong = |error| Error::input(&place, error);
    if !header::is_ensemble(json) {
        let header = serde_json::from_str(json).map_err(wrong)?;
        return parse_model(header, tensors).map(Stored::One);
    }
    let header: EnsembleHeader = serde_json::from_str(json).map_err(wrong)?;
    let members = header.members.into_iter().map(|member| {
        Ok(Member {
            model: parse_model(member.model, tensors)?,
            tail: member.tail,
        })
    });
    let mut ensemble = Ensemble {
        members: members.collect::<Result<_>>()?,
        combine: header.combine,
        threshold: header.threshold,
        p_values: header
            .p_values
            .map(|names| load::p_values(&names, tensors))
            .transpose()?,
        debounce: header.debounce,
        calibration: None,
    };
    ensemble.check()?;
    let dim = ensemble.first().flow.dim;
    if let Some(names) = header.calibration {
        let calibration = load::calibration(&names, dim, tensors)?;
        check_calibration(&calibration, dim)?;
        ensemble.share(Some(calibration));
    }
    check_threshold(ensemble.threshold, ensemble.p_values.as_ref())?;
    Ok(Stored::Several(ensemble))
}

fn parse_model(header: Header, tensors: &Reader) -> Result<Model> {
    // First: a wrong dimension would make every tensor look wrong.
    length("features", header.dim, header.features.len())?;
    let model = load::model(header, tensors)?;
    check(&model)?;
    Ok(model)
}

/// An error unless the model can be used: see also [`Flow::check`](crate::flow::ir::Flow::check).
fn check(model: &Model) -> Result<()> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if model.name.is_empty() || !model.name.chars().all(is_word) {
        let message = format!(
            "expected letters, digits and underscores, found {:?}",
            model.name
        );
        return Err(Error::input("name", message));
    }
    model.flow.check()?;
    length("features", model.flow.dim, model.features.len())?;
    if let Some(preprocessing) = &model.preprocessing {
        preprocessing.check("preprocessing", model.flow.dim)?;
    }
    if let Some(calibration) = &model.calibration {
        check_calibration(calibration, model.flow.dim)?;
    }
    check_threshold(model.threshold, model.p_values.as_ref())
}

fn check_calibration(calibration: &Calibration, dim: usize) -> Result<()> {
    let Calibration { rows, i16, i8 } = calibration;
    let is_whole = !rows.is_empty() && rows.len().is_multiple_of(dim);
    let thresholds = [*i16, *i8];
    if is_whole && thresholds.iter().flatten().all(|score| score.is_finite()) {
        return Ok(());
    }
    let message = format!(
        "expected rows of {dim} and finite thresholds, found {} numbers, {thresholds:?}",
        rows.len()
    );
    Err(Error::input("calibration", message))
}

fn check_threshold(threshold: Option<Threshold>, p_values: Option<&PValues>) -> Result<()> {
    if let Some(p_values) = p_values {
        p_values.check()?;
    }
    match threshold {
        Some(t) if !(t.score.is_finite() && (0.0..=1.0).contains(&t.false_alarm_rate)) => {
            let message = format!("expected a finite score and a rate from 0 to 1, found {t:?}");
            Err(Error::input("threshold", message))
        }
        _ => Ok(()),
    }
}

fn cannot_read(path: &Path, error: &io::Error) -> Error {
    Error::file(path, format!("cannot read: {error}"))
}

#[cfg(test)]
mod tests;
