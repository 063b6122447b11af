//! The models and tables that verbs work on.

use crate::checkpoint::Checkpoint;
use crate::import::{Manifest, import, rereading};
use crate::probe::{self, Probe, Readings, Suggestions};
use crate::table::{self, Columns, Order, Table};
use crate::{Error, Model, Result, model_file};
use indicatif::{ProgressBar, ProgressStyle};
use std::path::PathBuf;

/// A model file, or a checkpoint that is read as one.
#[derive(Debug, clap::Args)]
pub(super) struct Source {
    /// Model file, or a checkpoint of a known layout.
    pub model: PathBuf,

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

impl Source {
    /// Reads the model; what a checkpoint left open is told on standard error.
    pub(super) fn load(&self) -> Result<Model> {
        if model_file::is_model_file(&self.model)? {
            if self.layout.is_some() || !self.set.is_empty() || self.manifest.is_some() {
                return Err(Error::file(
                    &self.model,
                    "expected a checkpoint with --layout, --set or --manifest, found a model file",
                ));
            }
            return model_file::read(&self.model);
        }
        let checkpoint = Checkpoint::open(&self.model)?;
        let imported = match self.manifest()? {
            Some(manifest) => manifest.import(&checkpoint)?,
            None => import(&checkpoint, self.layout.as_deref(), &self.set)?,
        };
        for note in &imported.notes {
            eprintln!("note: {note}");
        }
        Ok(imported.model)
    }

    /// Other readings of the model that agree with a probe with which this one does not.
    pub(super) fn suggest(&self, model: &Model, probe: &Probe) -> Result<Suggestions> {
        if model_file::is_model_file(&self.model)? {
            return Ok(probe::suggest(model, probe, &Readings::default()));
        }
        let (checkpoint, manifest) = (Checkpoint::open(&self.model)?, self.manifest()?);
        let (layout, read_as) = (self.layout.as_deref(), &model.origin.layout);
        let readings = match &manifest {
            Some(manifest) => rereading::by_manifest(&checkpoint, manifest),
            None => rereading::by_layout(&checkpoint, layout, read_as, &self.set),
        };
        Ok(probe::suggest(model, probe, &readings))
    }

    /// The manifest, if there is one.
    pub(super) fn manifest(&self) -> Result<Option<Manifest>> {
        self.manifest.as_deref().map(Manifest::open).transpose()
    }
}

/// A model and a CSV of rows for it, in raw units.
#[derive(Debug, clap::Args)]
pub(super) struct Rows {
    #[command(flatten)]
    pub source: Source,

    /// CSV of numbers, one row a line; a header is detected.
    pub data: PathBuf,

    /// Column with 0 for normal rows and 1 for anomalies, by name or by number from 0.
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,

    /// Column that is no input of the model; may be repeated.
    #[arg(long, value_name = "COLUMN")]
    skip: Vec<String>,
}

impl Rows {
    /// Reads the model and the rows, columns in the model's order.
    pub(super) fn load(&self) -> Result<(Model, Table)> {
        let model = self.source.load()?;
        let columns = Columns {
            label: self.label.clone(),
            skip: self.skip.clone(),
        };
        let size = std::fs::metadata(&self.data).map_or(0, |file| file.len());
        let bar = progress(size, "bytes");
        let mut table = table::read(&self.data, &columns, &|byte| bar.set_position(byte))?;
        bar.finish_and_clear();
        table.expect_columns(model.flow.dim, &self.data)?;
        let data = self.data.display();
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
        Ok((model, table))
    }
}

/// A bar on standard error, hidden where that is no terminal.
pub(super) fn progress(length: u64, unit: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(&format!(
        "{{bar:40}} {{human_pos}}/{{human_len}} {unit}, {{eta}} left"
    ));
    ProgressBar::new(length).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
