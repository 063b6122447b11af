//! The manifest `nice-manifest/1`: a TOML file that defines the meaning of each tensor of a checkpoint.
//!
//! It serves checkpoints of no known layout, and those that a layout would read wrongly. A manifest lists a few kinds
//! of ops, from data to latent. No setting that changes the density has a silent default.

mod activation;
mod autoregressive;
mod batch;
mod batchnorm;
mod beside;
mod context;
mod coupling;
mod embedding;
mod given;
mod layer;
mod linear;
mod masked;
mod mistake;
mod network;
mod norm;
mod pre;
mod prior;
mod read;
mod scale;
pub(super) mod schema;
mod skips;
mod steered;
mod tensors;
mod unread;
mod variant;
mod write;

use super::Layout;
use super::ops::Reading;
use crate::checkpoint::Checkpoint;
use crate::imported::{Imported, Note};
use crate::names;
use nice_flow_codegen::error::{Error, Result};
use nice_flow_codegen::flow::ir::Flow;
use nice_flow_codegen::model::{Model, Origin};
use nice_flow_codegen::reading::expect_file;
use schema::{Direction, Schema};
use std::path::{Path, PathBuf};
use tensors::Tensors;

const SCHEMA: &str = "nice-manifest/1";

/// A manifest that was read from a file or made by a layout.
#[derive(Debug)]
pub struct Manifest {
    /// The manifest's own file, or the checkpoint if a layout made the manifest.
    path: PathBuf,
    /// Whether a layout made it.
    made: bool,
    schema: Schema,
}

/// What a manifest states about a probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The file to check against.
    File(PathBuf),
    /// The author chose to import without a probe.
    Waived,
    /// It does not mention a probe.
    Unsaid,
}

impl Manifest {
    /// The manifest that a layout makes for a checkpoint.
    pub(super) fn of(
        layout: &Layout,
        root: &str,
        direction: Direction,
        reading: Reading,
        checkpoint: &Checkpoint,
    ) -> Result<Self> {
        let schema = Schema {
            schema: SCHEMA.into(),
            name: nice_flow_codegen::model::name::identifier(&checkpoint.path),
            dim: reading.dim,
            direction,
            features: None,
            context: reading.context.names,
            embedding: reading.context.embedding,
            probe: None,
            non_finite: None,
            log_prob_constant: reading.log_prob_constant,
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
        let manifest = Self {
            path: checkpoint.path.clone(),
            made: true,
            schema,
        };
        manifest.check()?;
        Ok(manifest)
    }

    /// The layout that made it or that its author names; otherwise `manifest`.
    pub(crate) fn layout(&self) -> &str {
        self.schema.source.layout.as_deref().unwrap_or("manifest")
    }

    /// The path of the checkpoint that the manifest was written for.
    pub fn source(&self) -> Result<PathBuf> {
        match &self.schema.source.file {
            Some(file) => self.beside("source.file", file),
            None => Err(self.error(
                "source.file",
                "expected a file, or a checkpoint given, found none",
            )),
        }
    }

    /// The path of a file that the manifest names, if not absolute, relative to itself.
    fn beside(&self, key: &str, file: &str) -> Result<PathBuf> {
        if file.is_empty() {
            return Err(self.error(key, "expected the name of a file, found an empty text"));
        }
        let path = self.path.with_file_name(file);
        expect_file(&path)?;
        Ok(path)
    }

    /// What the manifest states about a probe.
    pub fn proof(&self) -> Result<Proof> {
        match &self.schema.probe {
            None => Ok(Proof::Unsaid),
            Some(schema::Probe::File(probe)) => {
                Ok(Proof::File(self.beside("probe.file", &probe.file)?))
            }
            Some(schema::Probe::Word(word)) if word == "none" => Ok(Proof::Waived),
            Some(schema::Probe::Word(word)) => {
                let message =
                    format!("expected a table with a file, or \"none\", found \"{word}\"");
                Err(self.error("probe", message))
            }
        }
    }

    /// The model that the manifest describes, with the numbers of a checkpoint.
    pub fn import(&self, checkpoint: &Checkpoint) -> Result<Imported> {
        let schema = &self.schema;
        self.check_hash(checkpoint)?;
        let root = self.root();
        let mut tensors = Tensors::new(checkpoint, &root, schema.context.len());
        let given = embedding::given(schema.context.len(), &schema.embedding, &tensors);
        tensors.give(given.map_err(|error| self.embedding(error))?);
        let mut flow = self.flow(&tensors)?;
        let (preprocessing, mixing) = self.preprocessing(&tensors)?;
        let threshold = self.threshold(preprocessing.as_ref(), &mixing);
        let statistics = self.finish(&tensors)?;
        let mixed = !mixing.is_empty();
        flow.layers.splice(0..0, mixing);

        let preprocessing = preprocessing.map(|each| beside::diagonal(each, schema.context.len()));
        let flow = beside::flow(flow, schema.context.len());
        let checked = flow.check().and_then(|()| flow.check_context());
        checked.map_err(|error| error.in_file(&self.path))?;

        let names = (0..schema.dim).map(|i| format!("x{i}")).collect();
        let name = nice_flow_codegen::model::name::legal(&schema.name);
        let mut features = schema.features.clone().unwrap_or(names);
        features.extend(schema.context.iter().cloned());
        names::expect_unlike(&features).map_err(|error| error.in_file(&self.path))?;
        let mut model = Model::new(name, features, flow);
        model.threshold = threshold;
        model.origin = Origin::new(&checkpoint.path, checkpoint.sha256.clone(), self.layout());
        for member in &mut model.members {
            member.preprocessing = preprocessing.clone();
            member.training = super::training(checkpoint);
        }
        let mut notes: Vec<Note> = vec![];
        if !self.made {
            notes.push(format!("manifest: {}", self.path.display()).into());
        }
        if schema.source.sha256.is_none() {
            notes.push("sha256: not in the manifest, so it fits any file of these tensors".into());
        }
        notes.extend(self.untrue(checkpoint).into_iter().map(Note::from));
        if mixed {
            notes.push(
                "pre: what mixes elements is the front of the flow; the model's units are those before it"
                    .into(),
            );
        }
        let log_prob_constant = schema.log_prob_constant;
        if log_prob_constant != 0.0 {
            let words = format!(
                "log_prob: {log_prob_constant} nats are taken off a probe's log-densities; \
                 a threshold of that code on -log p is one of this model after adding them"
            );
            notes.push(words.into());
        }
        Ok(Imported {
            model,
            notes,
            log_prob_constant,
            statistics,
        })
    }

    /// What the names of its tensors in the file begin with.
    fn root(&self) -> String {
        match self.schema.source.root.trim_matches('.') {
            "" => String::new(),
            root => format!("{root}."),
        }
    }

    /// Adds the place to an error of the embedding, unless a layout made the manifest.
    fn embedding(&self, error: Error) -> Error {
        self.at("embedding", 0, error)
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
        if self.schema.direction == Direction::ZToX {
            layers = layer::undone(&layers).map_err(|error| error.in_file(&self.path))?;
        }
        let (more, prior) = self.prior(tensors)?;
        layers.extend(more);
        Ok(Flow { dim, layers, prior })
    }

    fn error(&self, place: &str, message: impl std::fmt::Display) -> Error {
        Error::input(place, message).in_file(&self.path)
    }

    /// Adds the op to an error, unless a layout made the manifest and the error names a tensor already.
    fn at(&self, list: &str, index: usize, error: Error) -> Error {
        let file = self.path.display().to_string();
        match &error {
            Error::Input { place, .. } if self.made && place.starts_with(&file) => error,
            _ => error.in_file(Path::new(&format!("{file}: {list}.{index}"))),
        }
    }
}
