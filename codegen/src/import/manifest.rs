//! The manifest `nice-manifest/1`: a TOML file that says what each tensor of a checkpoint means.
//!
//! For checkpoints of no known layout, and for what a layout would read wrongly. It is written from data to
//! latent, in terms of a few ops; nothing in it has a silent default that changes the density.

mod batchnorm;
mod coupling;
mod layer;
mod network;
mod scale;
mod schema;
mod tensors;
mod variant;

use super::Imported;
use crate::checkpoint::Checkpoint;
use crate::error::{Error, Result};
use crate::ir::{Diagonal, DiagonalNormal, Flow, Prior};
use crate::model::{Model, Origin, Threshold};
use schema::{Container, Op, PriorKind, Schema, Space};
use std::path::{Path, PathBuf};
use tensors::Tensors;

/// Largest manifest that is read: 16 MiB.
const MAX_MANIFEST: u64 = 1 << 24;

/// Longest vector: a picture of 64 by 64. Square matrices of it are made before any tensor is seen.
const MAX_DIM: usize = 4096;

/// A manifest that was read.
#[derive(Debug)]
pub struct Manifest {
    path: PathBuf,
    table: toml::Table,
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
            table: toml::from_str(&text).map_err(|error| wrong(&error))?,
            schema,
        };
        manifest.check()?;
        Ok(manifest)
    }

    fn check(&self) -> Result<()> {
        let schema = &self.schema;
        let non_finite = schema.non_finite.as_deref().unwrap_or("anomaly");
        let words = [
            ("schema", "nice-manifest/1", schema.schema.as_str()),
            ("direction", "x_to_z", &schema.direction),
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
        Some(self.path.with_file_name(file))
    }

    /// What it says of a probe.
    pub fn proof(&self) -> Result<Proof> {
        match &self.schema.probe {
            None => Ok(Proof::Unsaid),
            Some(schema::Probe::File(probe)) => {
                Ok(Proof::File(self.path.with_file_name(&probe.file)))
            }
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
        tensors.finish(&schema.source.ignore, records)?;
        flow.check().map_err(|error| error.in_file(&self.path))?;

        let names = (0..schema.dim).map(|i| format!("x{i}")).collect();
        let layout = schema.source.layout.clone();
        let file = checkpoint.path.file_name().unwrap_or_default();
        let model = Model {
            name: super::legal(&schema.name),
            features: schema.features.clone().unwrap_or(names),
            threshold: self.threshold(preprocessing.as_ref()),
            preprocessing,
            flow,
            origin: Origin {
                file: file.to_string_lossy().into_owned(),
                sha256: checkpoint.sha256.clone(),
                layout: layout.unwrap_or_else(|| "manifest".into()),
            },
            training: super::training(checkpoint),
        };
        let mut notes = vec![format!("manifest: {}", self.path.display())];
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
        match (prior.kind, &prior.loc_tensor, &prior.log_scale_tensor) {
            (PriorKind::Logistic, None, None) => Ok(Prior::Logistic),
            (PriorKind::Logistic, ..) => {
                let message = "expected tensors with kind = \"normal\" only";
                Err(self.error("prior", message))
            }
            (PriorKind::Normal, None, None) => Ok(Prior::Normal),
            (PriorKind::Normal, loc, log_scale) => {
                let or_zeros = |key: &Option<_>| match key {
                    Some(key) => tensors.vector(key, dim).map(<[f64]>::to_vec),
                    None => Ok(vec![0.0; dim]),
                };
                let (mean, log_scale) = (or_zeros(loc)?, or_zeros(log_scale)?);
                if mean.iter().chain(&log_scale).all(|number| *number == 0.0) {
                    return Ok(Prior::Normal);
                }
                let precision = log_scale.iter().map(|log| (-log).exp()).collect();
                Ok(Prior::DiagonalNormal(DiagonalNormal { mean, precision }))
            }
        }
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

    fn at(&self, list: &str, index: usize, error: Error) -> Error {
        let place = format!("{}: {list}.{index}", self.path.display());
        error.in_file(Path::new(&place))
    }
}
