//! The models that verbs read.

use super::files::Files;
use nice_flow_codegen::model::file;
use nice_flow_codegen::text::as_word;
use nice_flow_codegen::{Error, Model, Numeric, Result};
use nice_flow_import::checkpoint::Checkpoint;
use nice_flow_import::import::{Described, Manifest, describe, is_known, scaffold};
use nice_flow_import::imported::Imported;
use nice_flow_import::probe;
use nice_flow_import::probe::{Probe, Readings, Suggestions};
use nice_flow_import::rereading;
use nice_flow_lab::judge::advice::scales;
use std::path::{Path, PathBuf};

/// A model file, or a checkpoint that is imported.
#[derive(Debug, clap::Args)]
pub(super) struct Source {
    /// Model file, or a checkpoint of a known layout.
    pub model: PathBuf,

    #[command(flatten)]
    contents: Contents,
}

impl Source {
    /// The files that are read.
    pub(super) fn files(&self) -> Files {
        self.contents.files().reading([&self.model])
    }

    /// The files that are read, except the model file if all of it is kept: then the output may replace it.
    pub(super) fn files_beside_model(&self) -> Result<Files> {
        let is_kept = self.contents.member.is_none()
            && self.model.is_file()
            && file::is_model_file(&self.model)?;
        match is_kept {
            true => Ok(self.contents.files()),
            false => Ok(self.files()),
        }
    }

    /// Reads the model, or the requested member of an ensemble.
    pub(super) fn load(&self) -> Result<Model> {
        self.contents.load(&self.model)
    }
}

/// The part of a file to read, and how to read it.
#[derive(Debug, clap::Args)]
pub(super) struct Contents {
    /// Use a single flow of an ensemble, counted from 0.
    #[arg(long, value_name = "N")]
    member: Option<usize>,

    #[command(flatten)]
    reading: Reading,
}

impl Contents {
    /// The files that are read in addition to the model.
    pub(super) fn files(&self) -> Files {
        self.reading.files()
    }

    /// Reads the model, or the requested member of an ensemble. Settings that a checkpoint does not store are noted on
    /// standard error.
    pub(super) fn load(&self, path: &Path) -> Result<Model> {
        let model = self.reading.read(path)?;
        match self.member {
            None => Ok(model),
            Some(member) => model.member(member).map_err(|error| error.in_file(path)),
        }
    }
}

/// How to read a checkpoint.
#[derive(Debug, clap::Args)]
pub(super) struct Reading {
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
    pub(super) fn files(&self) -> Files {
        Files::default().reading(&self.manifest)
    }

    /// Reads a model file or a checkpoint. Settings that a checkpoint does not store are noted on standard error.
    fn read(&self, path: &Path) -> Result<Model> {
        match self.model(path)? {
            Some(model) => Ok(model),
            None => {
                let imported = self.checkpoint(path)?;
                note_statistics(&imported, path);
                Ok(imported.model)
            }
        }
    }

    /// Reads a checkpoint, or a model file of a single flow, which needs no import.
    pub(super) fn import(&self, path: &Path) -> Result<Imported> {
        match self.model(path)? {
            Some(model) => {
                model.only().map_err(|error| error.in_file(path))?;
                Ok(Imported::from(model))
            }
            None => self.checkpoint(path),
        }
    }

    /// Reads a model file; `None` if the file is something else.
    fn model(&self, path: &Path) -> Result<Option<Model>> {
        let model = file::read_if_model(path)?;
        if model.is_some() {
            self.expect_none(path)?;
        }
        Ok(model)
    }

    fn checkpoint(&self, path: &Path) -> Result<Imported> {
        let checkpoint = Checkpoint::open(path)?;
        let described = self.describe(&checkpoint)?.certain()?;
        let imported = described.manifest.import(&checkpoint)?;
        // Of statistics there is a note of its own, unless they are taken.
        let is_statistic = |note: &&String| {
            let mut names = imported.statistics.iter();
            names.any(|name| note.starts_with(&format!("not used: {name} [")))
        };
        let notes = described.notes.iter().chain(&imported.notes);
        for note in notes.filter(|note| !is_statistic(note)) {
            note!("note: {note}");
        }
        Ok(imported)
    }

    /// An error if there are options for a checkpoint, but the file is a model file.
    fn expect_none(&self, path: &Path) -> Result<()> {
        if self.layout.is_none() && self.set.is_empty() && self.manifest.is_none() {
            return Ok(());
        }
        let message =
            "expected a checkpoint with --layout, --set or --manifest, found a model file";
        Err(Error::file(path, message))
    }

    /// The manifest for a checkpoint: the given one, else that of the layout.
    pub(super) fn describe(&self, checkpoint: &Checkpoint) -> Result<Described> {
        match self.manifest()? {
            Some(manifest) => Ok(Described {
                manifest,
                notes: vec![],
                doubt: None,
            }),
            None => describe(checkpoint, self.layout.as_deref(), &self.set),
        }
    }

    /// Finds other readings that agree with a probe, whose densities are as printed, where this reading does not.
    pub(super) fn suggest(
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
        let readings = match self.manifest {
            Some(_) => rereading::by_manifest(&checkpoint, &manifest),
            None => rereading::by_layout(&checkpoint, &manifest, layout, &self.set),
        };
        Ok(probe::suggest(imported, probe, &readings))
    }

    /// The manifest to complete for a checkpoint of no known layout; `None` if the user says how to read it.
    pub(super) fn scaffold(&self, checkpoint: &Checkpoint) -> Option<String> {
        let asked = self.layout.is_some() || self.manifest.is_some();
        (!asked && !is_known(checkpoint)).then(|| scaffold(checkpoint))
    }

    /// The manifest, if one was given.
    pub(super) fn manifest(&self) -> Result<Option<Manifest>> {
        self.manifest.as_deref().map(Manifest::open).transpose()
    }
}

/// Notes statistics that lie beside a flow: rows in raw units, scored as standardised ones, are all anomalies or none.
pub(super) fn note_statistics(imported: &Imported, path: &Path) {
    if let [first, second] = &imported.statistics[..] {
        let (path, word) = (path.display(), as_word(&path.to_string_lossy()));
        note!(
            "note: {path} also holds {first} and {second}, which are not used: if rows are standardised by them before they reach \
             the flow, `nice-flow import {word} --standardise {word} …` makes a model of raw rows"
        );
    }
}

/// Notes the origin of an integer module's scales, unless it is the model's calibration.
pub(super) fn note_scales(model: &Model, numeric: Numeric) {
    for note in scales(model, numeric) {
        note!("note: {note}");
    }
}
