//! Model files, and checkpoints of other libraries with what is said of how to read them.

use super::note_statistics;
use crate::files::Files;
use nice_flow_codegen::error::Disagreement;
use nice_flow_codegen::model::{Step, file};
use nice_flow_codegen::reading::expect_file;
use nice_flow_codegen::text::file_name;
use nice_flow_codegen::{Error, Model, Result};
use nice_flow_import::checkpoint::Checkpoint;
use nice_flow_import::import::{Described, Manifest, describe, is_known, scaffold, unrecognised};
use nice_flow_import::imported::{Imported, Note};
use nice_flow_import::probe;
use nice_flow_import::probe::{Probe, Readings, Suggestions};
use nice_flow_import::rereading;
use std::path::{Path, PathBuf};

/// What is read beside checkpoints.
pub(super) const MODEL_FILE: &str = "a model file";

/// How to read a checkpoint.
#[derive(Debug, clap::Args)]
pub(crate) struct Reading {
    /// Layout of a checkpoint; needed if its tensor names fit several.
    #[arg(long, value_name = "NAME")]
    layout: Option<String>,

    /// Setting that the checkpoint does not store, such as `prior=logistic`; may be repeated.
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    set: Vec<(String, String)>,

    /// Manifest (`nice-manifest/1`) that defines the tensors of a checkpoint, if no layout fits.
    #[arg(long, value_name = "TOML", conflicts_with_all = ["layout", "set"])]
    manifest: Option<PathBuf>,
}

fn key_value(text: &str) -> std::result::Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
    Ok((key.into(), value.into()))
}

impl Reading {
    /// The files that are read in addition to the checkpoint.
    pub(crate) fn files(&self) -> Files {
        Files::default().reading(&self.manifest)
    }

    /// Reads a model file or a checkpoint. Settings that a checkpoint does not store are noted on standard error.
    pub(super) fn read(&self, path: &Path, others: &str) -> Result<Model> {
        match self.model(path)? {
            Some(model) => Ok(model),
            None => {
                let imported = self.checkpoint(path, others, None)?;
                note_statistics(&imported, path);
                let mut model = imported.model;
                model.keep_step(Step::Made, Some(&self.words(path)));
                Ok(model)
            }
        }
    }

    /// The `import` of a checkpoint that is read as this one.
    fn words(&self, path: &Path) -> Vec<String> {
        let mut words = vec!["import".to_string(), file_name(path)];
        let manifest = self.manifest.as_deref().map(file_name);
        for (option, value) in [("--layout", self.layout.clone()), ("--manifest", manifest)] {
            words.extend(value.into_iter().flat_map(|value| [option.into(), value]));
        }
        for (key, value) in &self.set {
            words.extend(["--set".into(), format!("{key}={value}")]);
        }
        words.push("--no-probe".into());
        words
    }

    /// Reads a checkpoint, or a model file of a single flow, which needs no import.
    ///
    /// `probe` tells of an unknown file how long its vectors are.
    pub(crate) fn import(&self, path: &Path, probe: Option<&Path>) -> Result<Imported> {
        match self.model(path)? {
            Some(model) => {
                model.only().map_err(|error| error.in_file(path))?;
                Ok(Imported::from(model))
            }
            None => self.checkpoint(path, MODEL_FILE, probe),
        }
    }

    /// Reads a model file; `None` if the file is something else.
    fn model(&self, path: &Path) -> Result<Option<Model>> {
        // Of a folder the reader of checkpoints says what is in it.
        if path.is_dir() {
            return Ok(None);
        }
        let model = file::read_if_model(path)?;
        if model.is_some() {
            self.expect_none(path, "a model file")?;
        }
        Ok(model)
    }

    fn checkpoint(&self, path: &Path, others: &str, probe: Option<&Path>) -> Result<Imported> {
        let checkpoint = Checkpoint::open_beside(path, others)?;
        if self.is_unknown(&checkpoint) {
            return Err(unrecognised(&checkpoint, columns(probe)));
        }
        let described = self.describe(&checkpoint)?.certain()?;
        let imported = described.manifest.import(&checkpoint)?;
        // Of statistics there is a note of its own, unless they are taken.
        let is_statistic = |note: &&Note| match note {
            Note::Unused { name, .. } => {
                (imported.statistics.as_ref()).is_some_and(|it| it.has(name))
            }
            Note::Said(_) => false,
        };
        let notes = described.notes.iter().chain(&imported.notes);
        for note in notes.filter(|note| !is_statistic(note)) {
            note!("note: {note}");
        }
        Ok(imported)
    }

    /// An error if there are options for a checkpoint, but the file is something else.
    pub(super) fn expect_none(&self, path: &Path, found: &str) -> Result<()> {
        if self.layout.is_none() && self.set.is_empty() && self.manifest.is_none() {
            return Ok(());
        }
        let message =
            format!("expected a checkpoint with --layout, --set or --manifest, found {found}");
        Err(Error::file(path, message))
    }

    /// The manifest for a checkpoint: the given one, else that of the layout.
    pub(crate) fn describe(&self, checkpoint: &Checkpoint) -> Result<Described> {
        match self.manifest()? {
            Some(manifest) => Ok(Described {
                manifest,
                notes: vec![],
                doubt: None,
            }),
            None => describe(checkpoint, self.layout.as_deref(), &self.set),
        }
    }

    /// Why a probe disagrees slightly with a checkpoint of weights of few bits.
    pub(crate) fn rounded(&self, path: &Path, off: &Disagreement) -> Result<Option<String>> {
        if !path.is_file() || file::is_model_file(path)? {
            return Ok(None);
        }
        Ok(probe::rounded(&Checkpoint::open(path)?, off))
    }

    /// Finds other readings that agree with a probe, whose densities are as printed, where this reading does not.
    pub(crate) fn suggest(
        &self,
        path: &Path,
        imported: &Imported,
        probe: &Probe,
    ) -> Result<Suggestions> {
        // A pipe must have held a model file, and has been read.
        if !path.is_file() || file::is_model_file(path)? {
            return Ok(probe::suggest(imported, probe, &Readings::default()));
        }
        let checkpoint = Checkpoint::open(path)?;
        let manifest = self.describe(&checkpoint)?.manifest;
        let layout = self.layout.as_deref();
        let mut readings = match self.manifest {
            Some(_) => rereading::by_manifest(&checkpoint, &manifest),
            None => rereading::by_layout(&checkpoint, &manifest, layout, &self.set),
        };
        let trained = rereading::in_training_mode(&checkpoint, &manifest, imported, probe);
        readings.single.extend(trained);
        Ok(probe::suggest(imported, probe, &readings))
    }

    /// The manifest to complete for a checkpoint of no known layout; `None` if the user says how to read it.
    /// The columns of the probe are its vector's, if it does not tell.
    pub(crate) fn scaffold(&self, checkpoint: &Checkpoint, probe: Option<&Path>) -> Option<String> {
        let unknown = self.is_unknown(checkpoint);
        unknown.then(|| scaffold(checkpoint, columns(probe)))
    }

    /// Whether neither the user nor a layout says how to read a checkpoint.
    fn is_unknown(&self, checkpoint: &Checkpoint) -> bool {
        let asked = self.layout.is_some() || self.manifest.is_some();
        !asked && !is_known(checkpoint)
    }

    /// The manifest, if one was given. It is read several times, which a pipe cannot be.
    pub(crate) fn manifest(&self) -> Result<Option<Manifest>> {
        self.manifest
            .iter()
            .try_for_each(|path| expect_file(path))?;
        self.manifest.as_deref().map(Manifest::open).transpose()
    }
}

/// The length of a probe's rows. A pipe could not be read again, and what is wrong with a probe is said where it is compared.
fn columns(probe: Option<&Path>) -> Option<usize> {
    let probe = Probe::open(probe.filter(|path| path.is_file())?).ok()?;
    probe.columns()
}
