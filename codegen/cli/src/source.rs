//! The models and tables that verbs work on.

use indicatif::{ProgressBar, ProgressStyle};
use nice_flow_codegen::model::file;
use nice_flow_codegen::model::{Calibration, Threshold};
use nice_flow_codegen::{Error, Model, Numeric, Result};
use nice_flow_import::checkpoint::Checkpoint;
use nice_flow_import::import::{Described, Imported, Manifest, describe, rereading};
use nice_flow_import::probe;
use nice_flow_import::probe::{Probe, Readings, Suggestions};
use nice_flow_lab::table;
use nice_flow_lab::table::{Columns, Order, Table};
use std::path::{Path, PathBuf};

/// A model file, or a checkpoint that is read as one.
#[derive(Debug, clap::Args)]
pub(super) struct Source {
    /// Model file, or a checkpoint of a known layout.
    pub model: PathBuf,

    #[command(flatten)]
    contents: Contents,
}

impl Source {
    /// Reads a model or an ensemble, or the member of one that is asked for.
    pub(super) fn load(&self) -> Result<Model> {
        self.contents.load(&self.model)
    }
}

/// What of a file is meant, and how it is to be read.
#[derive(Debug, clap::Args)]
pub(super) struct Contents {
    /// One flow of an ensemble, counted from 0.
    #[arg(long, value_name = "N")]
    member: Option<usize>,

    #[command(flatten)]
    reading: Reading,
}

impl Contents {
    /// Reads a model or an ensemble, or the member of one that is asked for; what a checkpoint left open is told on
    /// standard error.
    pub(super) fn load(&self, path: &Path) -> Result<Model> {
        let model = self.reading.read(path)?;
        match self.member {
            None => Ok(model),
            Some(member) => model.member(member).map_err(|error| error.in_file(path)),
        }
    }
}

/// How a checkpoint is to be read.
#[derive(Debug, clap::Args)]
pub(super) struct Reading {
    /// Layout of a checkpoint, where its tensor names fit several.
    #[arg(long, value_name = "NAME")]
    layout: Option<String>,

    /// What the layout of a checkpoint does not store, such as `prior=logistic`.
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    set: Vec<(String, String)>,

    /// What the tensors of a checkpoint mean, where no layout fits: a `nice-manifest/1`.
    #[arg(long, value_name = "TOML", conflicts_with_all = ["layout", "set"])]
    manifest: Option<PathBuf>,
}

fn key_value(text: &str) -> std::result::Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
    Ok((key.into(), value.into()))
}

impl Reading {
    /// Reads a model file or a checkpoint; what a checkpoint left open is told on standard error.
    fn read(&self, path: &Path) -> Result<Model> {
        if file::is_model_file(path)? {
            self.expect_none(path)?;
            return file::read(path);
        }
        Ok(self.import(path)?.model)
    }

    /// Reads a checkpoint, or a model file of one flow, which needs no reading.
    pub(super) fn import(&self, path: &Path) -> Result<Imported> {
        if file::is_model_file(path)? {
            self.expect_none(path)?;
            return Ok(Imported::from(file::read(path)?));
        }
        let checkpoint = Checkpoint::open(path)?;
        let described = self.describe(&checkpoint)?;
        let imported = described.manifest.import(&checkpoint)?;
        for note in described.notes.iter().chain(&imported.notes) {
            eprintln!("note: {note}");
        }
        Ok(imported)
    }

    /// An error if this says how to read what is no checkpoint.
    fn expect_none(&self, path: &Path) -> Result<()> {
        if self.layout.is_none() && self.set.is_empty() && self.manifest.is_none() {
            return Ok(());
        }
        let message =
            "expected a checkpoint with --layout, --set or --manifest, found a model file";
        Err(Error::file(path, message))
    }

    /// What the tensors of a checkpoint mean: by the manifest given, else by layout.
    pub(super) fn describe(&self, checkpoint: &Checkpoint) -> Result<Described> {
        match self.manifest()? {
            Some(manifest) => Ok(Described {
                manifest,
                notes: vec![],
            }),
            None => describe(checkpoint, self.layout.as_deref(), &self.set),
        }
    }

    /// Other readings that agree with a probe, as printed, with which this one does not.
    pub(super) fn suggest(
        &self,
        path: &Path,
        imported: &Imported,
        probe: &Probe,
    ) -> Result<Suggestions> {
        if file::is_model_file(path)? {
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

    /// The manifest, if there is one.
    pub(super) fn manifest(&self) -> Result<Option<Manifest>> {
        self.manifest.as_deref().map(Manifest::open).transpose()
    }
}

/// A model and rows for it, in raw units.
#[derive(Debug, clap::Args)]
pub(super) struct Rows {
    #[command(flatten)]
    pub source: Source,

    /// CSV of numbers, one row a line; a header is detected. Or Parquet or Arrow IPC, if installed with it.
    pub data: PathBuf,

    #[command(flatten)]
    pub roles: Roles,
}

impl Rows {
    /// Reads a model or an ensemble and the rows, columns in the model's order.
    pub(super) fn load(&self) -> Result<(Model, Table)> {
        let model = self.source.load()?;
        let table = self.roles.read_for(&self.data, &model)?;
        Ok((model, table))
    }
}

/// Which columns of a CSV are no inputs.
#[derive(Debug, clap::Args)]
pub(super) struct Roles {
    /// Column with 0 for normal rows and 1 for anomalies, by name or by number from 0.
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,

    /// Column that is no input of the model; may be repeated.
    #[arg(long, value_name = "COLUMN")]
    skip: Vec<String>,
}

impl Roles {
    /// Whether all columns are inputs.
    pub(super) fn is_empty(&self) -> bool {
        self.label.is_none() && self.skip.is_empty()
    }

    /// Reads rows, columns in the order of the file.
    pub(super) fn read(&self, path: &Path) -> Result<Table> {
        read(path, self.label.clone(), self.skip.clone())
    }

    /// Reads rows for a model, columns in its order.
    pub(super) fn read_for(&self, path: &Path, model: &Model) -> Result<Table> {
        in_order(self.read(path)?, path, model)
    }

    /// Reads more rows for a model, without labels.
    pub(super) fn more(&self, path: &Path, model: &Model) -> Result<Table> {
        in_order(read(path, None, self.skip.clone())?, path, model)
    }
}

fn read(path: &Path, label: Option<String>, skip: Vec<String>) -> Result<Table> {
    let size = std::fs::metadata(path).map_or(0, |file| file.len());
    let bar = progress(size, "bytes");
    let columns = Columns { label, skip };
    let table = table::read(path, &columns, &|byte| bar.set_position(byte))?;
    bar.finish_and_clear();
    Ok(table)
}

/// The table with its columns in the order of the model's features.
fn in_order(mut table: Table, path: &Path, model: &Model) -> Result<Table> {
    table.expect_columns(model.dim(), path)?;
    let data = path.display();
    match table.match_features(&model.features) {
        Order::Reordered => {
            eprintln!("note: {data}: columns taken in the order of the model's features")
        }
        Order::ByPosition if table.header.is_some() => eprintln!(
            "note: {data}: columns taken by position; their names are not the model's ({})",
            model.features.join(", ")
        ),
        _ => {}
    }
    Ok(table)
}

/// Says where the integers of a module come from, unless that is the model's calibration.
pub(super) fn note_scales(
    threshold: Option<Threshold>,
    calibration: Option<&Calibration>,
    numeric: Numeric,
) {
    let Some(weights) = numeric.weights() else {
        return;
    };
    if calibration.is_none() {
        eprintln!(
            "note: no calibration rows (nice-flow calibrate): integers are scaled by draws of the model"
        );
    }
    if threshold.is_some() && calibration.and_then(|c| c.threshold(weights)).is_none() {
        eprintln!(
            "note: the threshold is that of f32, rounded: integer scores have none of their own (nice-flow calibrate)"
        );
    }
}

/// A bar on standard error, hidden where that is no terminal.
pub(super) fn progress(length: u64, unit: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(&format!(
        "{{bar:40}} {{human_pos}}/{{human_len}} {unit}, {{eta}} left"
    ));
    ProgressBar::new(length).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
