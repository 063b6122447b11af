//! The manifest `nice-manifest/1`: a TOML file that says what each tensor of a checkpoint means.
//!
//! For checkpoints of no known layout, and for what a layout would read wrongly. It is written from data to
//! latent, in terms of a few ops; nothing in it has a silent default that changes the density.

mod coupling;
mod layer;
mod linear;
mod masked;
mod network;
mod scale;
pub(super) mod schema;
mod tensors;
mod write;

use super::ops::Reading;
use super::{Imported, Layout};
use crate::checkpoint::Checkpoint;
use crate::error::{Error, Result};
use crate::ir::{Diagonal, DiagonalNormal, Flow, Prior};
use crate::model::{Model, Origin, Threshold};
use schema::{Container, Op, PriorKind, Schema, Space};
use std::path::{Path, PathBuf};
use tensors::Tensors;

const SCHEMA: &str = "nice-manifest/1";
const DIRECTION: &str = "x_to_z";

/// Largest manifest that is read: 16 MiB.
const MAX_MANIFEST: u64 = 1 << 24;

/// Longest vector: a picture of 64 by 64. Square matrices of it are made before any tensor is seen.
const MAX_DIM: usize = 4096;

/// A manifest that was read, or that a layout made.
#[derive(Debug)]
pub struct Manifest {
    /// Its own file; the checkpoint's, if a layout made it.
    path: PathBuf,
    /// Whether a layout made it.
    made: bool,
    schema: Schema,
}

/// What a manifest says of a probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The file to check against.
    File(PathBuf),
    /// Its author does without, in writing.
    Waived,
    /// Nothing.
    Unsaid,
}

impl Manifest {
    /// Reads a manifest, tensors not yet.
    pub fn open(path: &Path) -> Result<Self> {
        let wrong = |message: &dyn std::fmt::Display| Error::file(path, message);
        let size = std::fs::metadata(path)
            .map_err(|error| wrong(&error))?
            .len();
        if size > MAX_MANIFEST {
            let message = format!("expected at most {MAX_MANIFEST} bytes, found {size}");
            return Err(wrong(&message));
        }
        let text = std::fs::read_to_string(path).map_err(|error| wrong(&error))?;
        let schema: Schema = toml::from_str(&text).map_err(|error| {
            wrong(&format!(
                "expected nice-manifest/1, found {}",
                error.to_string().trim_end()
            ))
        })?;
        let manifest = Self {
            path: path.to_owned(),
            made: false,
            schema,
        };
        manifest.check()?;
        Ok(manifest)
    }

    /// What a layout says of a checkpoint.
    pub(super) fn of(
        layout: &Layout,
        root: &str,
        reading: Reading,
        checkpoint: &Checkpoint,
    ) -> Self {
        let schema = Schema {
            schema: SCHEMA.into(),
            name: super::identifier(&checkpoint.path),
            dim: reading.dim,
            direction: DIRECTION.into(),
            features: None,
            probe: None,
            non_finite: None,
            source: schema::Source {
                file: None,
                container: checkpoint.container,
                root: root.trim_end_matches('.').to_owned(),
                layout: Some(layout.name.into()),
                library_variant: None,
                sha256: Some(checkpoint.sha256.clone()),
                ignore: reading.ignore,
            },
            prior: reading.prior,
            threshold: None,
            pre: vec![],
            ops: reading.ops,
        };
        Self {
            path: checkpoint.path.clone(),
            made: true,
            schema,
        }
    }

    fn check(&self) -> Result<()> {
        let schema = &self.schema;
        let non_finite = schema.non_finite.as_deref().unwrap_or("anomaly");
        let words = [
            ("schema", SCHEMA, schema.schema.as_str()),
            ("direction", DIRECTION, &schema.direction),
            ("non_finite", "anomaly", non_finite),
        ];
        for (place, expected, found) in words {
            if expected != found {
                let message = format!("expected \"{expected}\", found \"{found}\"");
                return Err(self.error(place, message));
            }
        }
        if !(1..=MAX_DIM).contains(&schema.dim) {
            let message = format!("expected 1 to {MAX_DIM}, found {}", schema.dim);
            return Err(self.error("dim", message));
        }
        match &schema.features {
            Some(names) if names.len() != schema.dim => {
                let message = format!("expected {} names, found {}", schema.dim, names.len());
                Err(self.error("features", message))
            }
            _ => Ok(()),
        }
    }

    /// The checkpoint that the manifest was written for, if it names one.
    pub fn source(&self) -> Option<PathBuf> {
        let file = self.schema.source.file.as_ref()?;
        Some(self.beside(file))
    }

    /// A path that the manifest gives, relative to itself.
    fn beside(&self, file: &str) -> PathBuf {
        self.path.with_file_name(file)
    }

    /// What it says of a probe.
    pub fn proof(&self) -> Result<Proof> {
        match &self.schema.probe {
            None => Ok(Proof::Unsaid),
            Some(schema::Probe::File(probe)) => Ok(Proof::File(self.beside(&probe.file))),
            Some(schema::Probe::Word(word)) if word == "none" => Ok(Proof::Waived),
            Some(schema::Probe::Word(word)) => {
                let message =
                    format!("expected a table with a file, or \"none\", found \"{word}\"");
                Err(self.error("probe", message))
            }
        }
    }

    /// The model that the manifest makes of a checkpoint.
    pub fn import(&self, checkpoint: &Checkpoint) -> Result<Imported> {
        let schema = &self.schema;
        self.check_hash(checkpoint)?;
        let root = match schema.source.root.trim_matches('.') {
            "" => String::new(),
            root => format!("{root}."),
        };
        let tensors = Tensors::new(checkpoint, &root);
        let flow = self.flow(&tensors)?;
        let preprocessing = self.preprocessing(&tensors)?;
        let records = schema.source.container == Container::Eqx;
        let expected = match (self.made, &schema.source.layout) {
            (true, Some(layout)) => format!("only tensors of {layout}"),
            _ => "every tensor to be used once (or listed in `ignore` of [source])".into(),
        };
        tensors.finish(&schema.source.ignore, records, &expected)?;
        flow.check().map_err(|error| error.in_file(&self.path))?;

        let names = (0..schema.dim).map(|i| format!("x{i}")).collect();
        let layout = schema.source.layout.clone();
        let file = checkpoint.path.file_name().unwrap_or_default();
        let model = Model {
            name: super::legal(&schema.name),
            features: schema.features.clone().unwrap_or(names),
            threshold: self.threshold(preprocessing.as_ref()),
            p_values: None,
            debounce: None,
            preprocessing,
            flow,
            origin: Origin {
                file: file.to_string_lossy().into_owned(),
                sha256: checkpoint.sha256.clone(),
                layout: layout.unwrap_or_else(|| "manifest".into()),
            },
            training: super::training(checkpoint),
        };
        let mut notes = vec![];
        if !self.made {
            notes.push(format!("manifest: {}", self.path.display()));
        }
        if schema.source.sha256.is_none() {
            notes.push("sha256: not in the manifest, so it fits any file of these tensors".into());
        }
        Ok(Imported { model, notes })
    }

    fn check_hash(&self, checkpoint: &Checkpoint) -> Result<()> {
        match &self.schema.source.sha256 {
            Some(expected) if !expected.eq_ignore_ascii_case(&checkpoint.sha256) => {
                let (file, found) = (checkpoint.path.display(), &checkpoint.sha256);
                let message = format!("expected {expected}, found {found} of {file}");
                Err(self.error("source.sha256", message))
            }
            _ => Ok(()),
        }
    }

    fn flow(&self, tensors: &Tensors) -> Result<Flow> {
        let (dim, mut layers) = (self.schema.dim, vec![]);
        for (index, op) in self.schema.ops.iter().enumerate() {
            let more = layer::layers(op, dim, tensors);
            layers.extend(more.map_err(|error| self.at("ops", index, error))?);
        }
        let prior = self.prior(tensors)?;
        Ok(Flow { dim, layers, prior })
    }

    fn prior(&self, tensors: &Tensors) -> Result<Prior> {
        let (dim, prior) = (self.schema.dim, &self.schema.prior);
        let (loc, log, scale) = (
            &prior.loc_tensor,
            &prior.log_scale_tensor,
            &prior.scale_tensor,
        );
        let trained = [loc, log, scale].into_iter().flatten().next().is_some();
        match (prior.kind, trained) {
            (PriorKind::Logistic, false) => return Ok(Prior::Logistic),
            (PriorKind::Normal, false) => return Ok(Prior::Normal),
            (PriorKind::Normal, true) => (),
            (PriorKind::Logistic, true) => {
                let message = "expected tensors with kind = \"normal\" only";
                return Err(self.error("prior", message));
            }
        }
        let mean = match loc {
            Some(key) => tensors.vector(key, dim)?.to_vec(),
            None => vec![0.0; dim],
        };
        let deviation = match (log, scale) {
            (None, None) => vec![1.0; dim],
            (Some(key), None) => tensors.vector(key, dim)?.iter().map(|s| s.exp()).collect(),
            (None, Some(key)) => positive(key, dim, tensors)?,
            _ => {
                let message = "expected one of log_scale_tensor and scale_tensor";
                return Err(self.error("prior", message));
            }
        };
        if mean.iter().all(|m| *m == 0.0) && deviation.iter().all(|d| *d == 1.0) {
            return Ok(Prior::Normal);
        }
        let precision = deviation.iter().map(|deviation| 1.0 / deviation).collect();
        Ok(Prior::DiagonalNormal(DiagonalNormal { mean, precision }))
    }

    fn preprocessing(&self, tensors: &Tensors) -> Result<Option<Diagonal>> {
        let mut whole: Option<Diagonal> = None;
        for (index, op) in self.schema.pre.iter().enumerate() {
            let Op::Diag(op) = op else {
                let message = "expected a diag; what mixes elements belongs into [[ops]]";
                return Err(self.at("pre", index, Error::input("op", message)));
            };
            let next = layer::diagonal(op, self.schema.dim, tensors);
            let next = next.map_err(|error| self.at("pre", index, error))?;
            whole = Some(whole.map_or(next.clone(), |before| before.then(&next)));
        }
        Ok(whole)
    }

    /// In raw units: `−ln p` there is lower by the log-determinant of the preprocessing.
    fn threshold(&self, preprocessing: Option<&Diagonal>) -> Option<Threshold> {
        self.schema.threshold.map(|given| {
            let raw = preprocessing.map_or(0.0, Diagonal::log_det);
            let offset = if given.space == Space::Model {
                raw
            } else {
                0.0
            };
            Threshold {
                score: given.score - offset,
                false_alarm_rate: given.false_alarm_rate,
            }
        })
    }

    fn error(&self, place: &str, message: impl std::fmt::Display) -> Error {
        Error::input(place, message).in_file(&self.path)
    }

    /// Names the op, unless a layout made it and the tensor is named.
    fn at(&self, list: &str, index: usize, error: Error) -> Error {
        let file = self.path.display().to_string();
        match &error {
            Error::Input { place, .. } if self.made && place.starts_with(&file) => error,
            _ => error.in_file(Path::new(&format!("{file}: {list}.{index}"))),
        }
    }
}

/// Deviations as they are stored.
fn positive(key: &schema::Key, dim: usize, tensors: &Tensors) -> Result<Vec<f64>> {
    let numbers = tensors.vector(key, dim)?;
    match numbers.iter().position(|number| *number <= 0.0) {
        None => Ok(numbers.to_vec()),
        Some(i) => {
            let message = format!("expected positive numbers, found {} at [{i}]", numbers[i]);
            Err(tensors.error(key, message))
        }
    }
}
