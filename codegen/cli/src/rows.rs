//! The tables of rows that verbs read.

use super::files::Files;
use super::progress::progress;
use super::source::Source;
use nice_flow_codegen::{Model, Result};
use nice_flow_lab::table;
use nice_flow_lab::table::{Columns, Order, Table};
use std::path::{Path, PathBuf};

/// A model and rows for it, in raw units.
#[derive(Debug, clap::Args)]
pub(super) struct Rows {
    #[command(flatten)]
    pub source: Source,

    /// CSV of numbers, one row per line; a header is detected. Parquet or Arrow IPC too, if installed with support for
    /// it.
    pub data: PathBuf,

    #[command(flatten)]
    pub roles: Roles,
}

impl Rows {
    /// The files that are read.
    pub(super) fn files(&self) -> Files {
        self.source.files().reading([&self.data])
    }

    /// Reads a model and its rows, with columns in the model's order.
    pub(super) fn load(&self) -> Result<(Model, Table)> {
        let model = self.source.load()?;
        let table = self.roles.read_for(&self.data, &model)?;
        Ok((model, table))
    }
}

/// The columns of a table that are no inputs.
#[derive(Debug, clap::Args)]
pub(super) struct Roles {
    /// Column with 0 for normal rows and 1 for anomalies, by name or by index from 0.
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,

    /// Column that is no input of the model, by name or by index; may be repeated.
    #[arg(long, value_name = "COLUMN")]
    skip: Vec<String>,
}

impl Roles {
    /// Whether all columns are inputs.
    pub(super) fn is_empty(&self) -> bool {
        self.label.is_none() && self.skip.is_empty()
    }

    /// Reads rows, with columns in the order of the file.
    pub(super) fn read(&self, path: &Path) -> Result<Table> {
        read(path, self.label.clone(), self.skip.clone())
    }

    /// Reads rows for a model, with columns in the order of its features.
    pub(super) fn read_for(&self, path: &Path, model: &Model) -> Result<Table> {
        in_order(self.read(path)?, path, model)
    }

    /// Reads further rows for a model, which have no labels.
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
    for note in &table.notes {
        note!("note: {}: {note}", path.display());
    }
    Ok(table)
}

/// The table with its columns in the order of the model's features; notes if they were reordered or did not match.
fn in_order(mut table: Table, path: &Path, model: &Model) -> Result<Table> {
    table.expect_columns(model.dim(), path)?;
    let data = path.display();
    match table.match_features(&model.features) {
        Order::Reordered => {
            note!("note: {data}: columns taken in the order of the model's features")
        }
        Order::ByPosition if table.header.is_some() => note!(
            "note: {data}: columns taken by position; their names are not the model's ({})",
            model.features.join(", ")
        ),
        _ => {}
    }
    Ok(table)
}
