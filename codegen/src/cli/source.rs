//! The models and tables that verbs work on.

use crate::checkpoint::Checkpoint;
use crate::ensemble::Stored;
use crate::import::{Manifest, import};
use crate::table::{self, Columns, Order, Table};
use crate::{Error, Model, Result, model_file};
use indicatif::{ProgressBar, ProgressStyle};
use std::path::{Path, PathBuf};

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

    /// One flow of an ensemble, counted from 0.
    #[arg(long, value_name = "N")]
    member: Option<usize>,
}

fn key_value(text: &str) -> std::result::Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
    Ok((key.into(), value.into()))
}

impl Source {
    /// Reads a model of one flow; what a checkpoint left open is told on standard error.
    pub(super) fn load(&self) -> Result<Model> {
        let flow = self.load_stored()?.flow(None);
        flow.map_err(|error| error.in_file(&self.model))
    }

    /// Reads a model or an ensemble, or the member of one that is asked for.
    pub(super) fn load_stored(&self) -> Result<Stored> {
        if model_file::is_model_file(&self.model)? {
            if self.layout.is_some() || !self.set.is_empty() || self.manifest.is_some() {
                return Err(Error::file(
                    &self.model,
                    "expected a checkpoint with --layout, --set or --manifest, found a model file",
                ));
            }
            let stored = model_file::read_stored(&self.model)?;
            return match self.member {
                None => Ok(stored),
                member => stored
                    .flow(member)
                    .map(Stored::One)
                    .map_err(|error| error.in_file(&self.model)),
            };
        }
        let checkpoint = Checkpoint::open(&self.model)?;
        let imported = match self.manifest()? {
            Some(manifest) => manifest.import(&checkpoint)?,
            None => import(&checkpoint, self.layout.as_deref(), &self.set)?,
        };
        for note in &imported.notes {
            eprintln!("note: {note}");
        }
        Stored::One(imported.model)
            .flow(self.member)
            .map(Stored::One)
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
    roles: Roles,
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
    /// Reads the rows of a CSV.
    pub(super) fn read(&self, data: &Path) -> Result<Table> {
        let columns = Columns {
            label: self.label.clone(),
            skip: self.skip.clone(),
        };
        let size = std::fs::metadata(data).map_or(0, |file| file.len());
        let bar = progress(size, "bytes");
        let table = table::read(data, &columns, &|byte| bar.set_position(byte))?;
        bar.finish_and_clear();
        Ok(table)
    }
}

impl Rows {
    /// Reads a model of one flow and the rows, columns in the model's order.
    pub(super) fn load(&self) -> Result<(Model, Table)> {
        let model = self.source.load()?;
        let table = self.table(&model)?;
        Ok((model, table))
    }

    /// Reads a model or an ensemble and the rows, columns in the model's order.
    pub(super) fn load_stored(&self) -> Result<(Stored, Table)> {
        let stored = self.source.load_stored()?;
        let table = self.table(stored.first())?;
        Ok((stored, table))
    }

    fn table(&self, model: &Model) -> Result<Table> {
        let mut table = self.roles.read(&self.data)?;
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
        Ok(table)
    }
}

/// A bar on standard error, hidden where that is no terminal.
pub(super) fn progress(length: u64, unit: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(&format!(
        "{{bar:40}} {{human_pos}}/{{human_len}} {unit}, {{eta}} left"
    ));
    ProgressBar::new(length).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
