//! Tensors in memory as a checkpoint, and log-densities in memory as its probe.

use crate::error::{raise, spoken, wrong};
use crate::model::Model;
use crate::origin;
use nice_flow_codegen::model::Step;
use nice_flow_codegen::model::name::legal;
use nice_flow_codegen::text::escaped;
use nice_flow_codegen::{Error, Result};
use nice_flow_import::checkpoint::{Checkpoint, Container, Element, Tensor, Value};
use nice_flow_import::import::{Manifest, describe};
use nice_flow_import::imported::{Imported, Note};
use nice_flow_import::names;
use nice_flow_import::probe::{self, Probe, Samples, Units};
use nice_flow_import::rereading;
use nice_flow_import::standardise;
use numpy::{
    PyArrayDyn, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2, PyUntypedArrayMethods,
};
use pyo3::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// How tensors are to be read.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Reading {
    layout: Option<String>,
    set: Vec<(String, String)>,
    manifest: Option<PathBuf>,
    /// Mean and scale.
    standardise: Option<(Vec<f64>, Vec<f64>)>,
    features: Option<Vec<String>>,
    /// Whether to look for readings that would agree, if this one does not.
    search: bool,
    /// The model's name, if one is given.
    name: Option<String>,
    /// What the flow is, in place of a file's name.
    file: String,
    /// This import in Python.
    call: String,
}

/// Reads tensors, in their order, as the layout that their names fit, and proves the reading by the log-densities of rows.
///
/// Returns the model, the notes, and the largest difference in nats.
#[pyfunction]
pub fn import_tensors(
    py: Python<'_>,
    name: String,
    tensors: Vec<(String, Bound<'_, PyArrayDyn<f64>>)>,
    config: BTreeMap<String, f64>,
    reading: Reading,
    x: PyReadonlyArray2<'_, f64>,
    log_prob: PyReadonlyArray1<'_, f64>,
) -> PyResult<(Model, Vec<String>, f64)> {
    let checkpoint = checkpoint(name, tensors, config)?;
    let probe = probe_of(&x, &log_prob)?;
    let proven = || proven(&checkpoint, &reading, &probe);
    let (mut imported, difference) = py.detach(proven).map_err(raise)?;
    let model = &mut imported.model;
    model.origin.file = escaped(&reading.file).into_owned();
    model.keep_way(Step::Made, Some(&origin::call(&reading.call)?));
    if let Some(name) = &reading.name {
        model.name = legal(name);
    }
    if let Some((mean, scale)) = &reading.standardise {
        let dim = model.dim() - model.context().len();
        let standard = standardise::checked(mean, scale, "scale", dim);
        let put = standard.and_then(|standard| standardise::put(model, standard));
        put.map_err(|error| raise(error.within("standardise")))?;
    }
    if let Some(mut features) = reading.features {
        let (expected, context) = (model.dim(), model.context().len());
        if features.len() + context == expected {
            // The context has names already, behind the others.
            features.extend_from_slice(&model.features[expected - context..]);
        }
        let found = features.len();
        if expected != found {
            let message = format!("expected {expected} names, found {found}");
            return Err(wrong("feature_names", message));
        }
        names::expect_unlike(&features).map_err(|error| raise(error.within("feature_names")))?;
        model.features = features;
    }
    let notes = imported.notes.iter().filter_map(|note| match note {
        Note::Unused { .. } => Some(note.to_string()),
        // Of settings, which the densities prove.
        Note::Said(_) => None,
    });
    let notes: Vec<String> = notes.chain(model.unresolved()).collect();
    let notes = spoken(notes);
    Ok((imported.model.into(), notes, difference))
}

fn probe_of(x: &PyReadonlyArray2<f64>, log_prob: &PyReadonlyArray1<f64>) -> PyResult<Probe> {
    let log_density = log_prob.as_slice()?.to_vec();
    let rows = x.as_slice()?.chunks_exact(x.shape()[1].max(1));
    Ok(Probe {
        path: "the live flow".into(),
        sets: vec![Samples {
            units: Units::Model,
            rows: rows.map(<[f64]>::to_vec).collect(),
            rounding: vec![0.0; log_density.len()],
            single: log_density.iter().all(|p| f64::from(*p as f32) == *p),
            log_density,
        }],
    })
}

/// The reading, if the probe agrees with it; else an error that names readings with which it does.
fn proven(checkpoint: &Checkpoint, reading: &Reading, probe: &Probe) -> Result<(Imported, f64)> {
    let (layout, set) = (reading.layout.as_deref(), reading.set.as_slice());
    let (manifest, notes) = match &reading.manifest {
        Some(path) => (Manifest::open(path)?, vec![]),
        None => {
            let described = describe(checkpoint, layout, set)?.certain()?;
            (described.manifest, described.notes)
        }
    };
    let mut imported = manifest.import(checkpoint)?;
    imported.notes.splice(0..0, notes);
    let message = match probe::check(&imported.model, probe) {
        Ok(agreement) => return Ok((imported, agreement.largest)),
        Err(Error::Probe(disagreement)) => disagreement.message,
        Err(input) => return Err(input),
    };
    if !reading.search {
        return Err(Error::Check(message));
    }
    let mut readings = match reading.manifest {
        Some(_) => rereading::by_manifest(checkpoint, &manifest),
        None => rereading::by_layout(checkpoint, &manifest, layout, set),
    };
    let trained = rereading::in_training_mode(checkpoint, &manifest, &imported, probe);
    readings.single.extend(trained);
    let found = probe::suggest(&imported, probe, &readings);
    Err(Error::Check(format!("{message}\n{found}")))
}

fn checkpoint(
    name: String,
    tensors: Vec<(String, Bound<'_, PyArrayDyn<f64>>)>,
    config: BTreeMap<String, f64>,
) -> PyResult<Checkpoint> {
    let mut hash = Sha256::new();
    let mut read = vec![];
    for (name, array) in tensors {
        let (shape, array) = (array.shape().to_vec(), array.readonly());
        let data = array.as_slice()?.to_vec();
        hash.update(name.as_bytes());
        for value in &data {
            hash.update(value.to_le_bytes());
        }
        let element = Element::F64;
        read.push((
            name,
            Tensor {
                element,
                shape,
                data,
            },
        ));
    }
    let config = config.into_iter();
    let config = config.map(|(key, value)| (key, Value::Number(value)));
    let (path, sha256) = (name.into(), origin::digits(hash));
    Ok(Checkpoint::of_tensors(
        path,
        sha256,
        Container::Torch,
        read,
        config.collect(),
    ))
}
