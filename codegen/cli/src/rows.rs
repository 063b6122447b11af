//! The tables of rows that verbs read.

mod raw;

use super::files::Files;
use super::front;
use super::progress::progress;
use super::source::Source;
use nice_flow_codegen::{Model, Result};
use nice_flow_lab::signal::{Piece, Request, Windows, windows};
use nice_flow_lab::table;
use nice_flow_lab::table::{Columns, Draw, Hours, Table};
use std::path::{Path, PathBuf};

/// A model and rows for it, in raw units.
#[derive(Debug, clap::Args)]
pub(super) struct Rows {
    #[command(flatten)]
    pub source: Source,

    /// Rows, one per line: CSV and its relatives, compressed by gzip or zstd or not, or a numpy array; Parquet, Arrow IPC or
    /// Excel workbooks too, if installed with support for it (features parquet and xlsx). Columns are found by their names. Each of several files is a recording by
    /// itself. For a model with a front end they are recordings of raw signals: such tables, WAV, .i16, or folders of these.
    #[arg(required = true)]
    pub data: Vec<PathBuf>,

    #[command(flatten)]
    pub roles: Roles,
}

impl Rows {
    /// The files that are read.
    pub(super) fn files(&self) -> Files {
        self.source
            .files()
            .reading(&self.data)
            .reading(self.roles.files())
    }

    /// Reads a model and its rows, with columns in the model's order.
    pub(super) fn load(&self) -> Result<(Model, Table)> {
        self.load_keeping(false)
    }

    /// The same; with the times of the rows, if the files have them and `times` is true.
    pub(super) fn load_keeping(&self, times: bool) -> Result<(Model, Table)> {
        let model = self.source.load()?;
        let table = self.roles.read_for(&self.data, &model, times)?;
        Ok((model, table))
    }

    /// The same; with the raw samples behind the rows, if the model has a front end.
    pub(super) fn load_raw(&self, times: bool) -> Result<(Model, Table, Vec<Piece>)> {
        let model = self.source.load()?;
        let (table, pieces) = match &model.front_end {
            None => (self.roles.read_for(&self.data, &model, times)?, vec![]),
            Some(front) => {
                let Windows { table, pieces, .. } = self.roles.windows(&self.data, front)?;
                (table, pieces)
            }
        };
        Ok((model, table, pieces))
    }

    /// The first file, for messages about all.
    pub(super) fn first(&self) -> &Path {
        first(&self.data)
    }
}

/// The columns of a table that are no inputs.
#[derive(Debug, clap::Args)]
pub(super) struct Roles {
    /// Column that says which rows are anomalies, by name or by index from 0: 0 and 1, or plain words such as normal and
    /// fault.
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,

    /// Label of normal rows, where it is not plain; all other labels are anomalies. May be repeated.
    #[arg(
        long,
        value_name = "VALUE",
        requires = "label",
        allow_hyphen_values = true
    )]
    normal: Vec<String>,

    /// Columns that are no inputs of the model, by name or by index, with commas between; may be repeated. Columns of times
    /// and of words need no mention.
    #[arg(long, value_name = "COLUMNS")]
    skip: Vec<String>,

    /// Column of the times of the rows; usual forms are recognised without it.
    #[arg(long, value_name = "COLUMN")]
    time: Option<String>,

    /// Recordings of raw signals that are anomalies from beginning to end, for a model with a front end.
    #[arg(long, value_name = "RAW", num_args = 1..)]
    anomalies: Vec<PathBuf>,
}

impl Roles {
    /// Whether nothing is said of any column.
    pub(super) fn is_empty(&self) -> bool {
        self.label.is_none()
            && self.skip.is_empty()
            && self.time.is_none()
            && self.anomalies.is_empty()
    }

    /// Reads rows, with columns in the order of the file; only those in `only` if there are any. Hours come last. Of more rows
    /// than are drawn, a sample, if one is asked for.
    pub(super) fn read(
        &self,
        paths: &[PathBuf],
        only: &[String],
        hours: Option<&Hours>,
        draw: Option<Draw>,
    ) -> Result<Table> {
        self.expect_no_anomalies()?;
        let columns = Columns {
            only: only.to_vec(),
            draw,
            ..self.columns()
        };
        read_with(paths, &columns, hours)
    }

    /// Reads rows for a model, with columns in the order of its features.
    pub(super) fn read_for(&self, paths: &[PathBuf], model: &Model, times: bool) -> Result<Table> {
        if let Some(front) = &model.front_end {
            return Ok(self.windows(paths, front)?.table);
        }
        self.expect_no_anomalies()?;
        let columns = Columns {
            wanted: model.features.clone(),
            keep_times: times,
            ..self.columns()
        };
        in_order(read_features(paths, columns)?, paths, model)
    }

    /// Reads further rows for a model, which have no labels.
    pub(super) fn more(&self, path: &Path, model: &Model) -> Result<Table> {
        if let Some(front) = &model.front_end {
            let request = Request {
                normal_only: true,
                ..self.request(front)
            };
            let recordings = front::recordings(&[path.to_path_buf()], &request)?;
            return Ok(windows(&recordings, front)?.table);
        }
        let columns = Columns {
            label: None,
            normal: vec![],
            wanted: model.features.clone(),
            ..self.columns()
        };
        let paths = [path.to_path_buf()];
        in_order(read_features(&paths, columns)?, &paths, model)
    }

    /// The files that are read beside the rows.
    pub(super) fn files(&self) -> &[PathBuf] {
        &self.anomalies
    }

    pub(super) fn columns(&self) -> Columns {
        Columns {
            label: self.label.clone(),
            normal: self.normal.clone(),
            skip: self.skip.clone(),
            time: self.time.clone(),
            ..Columns::default()
        }
    }
}

fn read(paths: &[PathBuf], columns: &Columns) -> Result<Table> {
    let sizes = paths.iter().filter_map(|path| std::fs::metadata(path).ok());
    let bar = progress(sizes.map(|file| file.len()).max().unwrap_or(0), "bytes");
    let table = table::read_all(paths, columns, &|byte| bar.set_position(byte))?;
    bar.finish_and_clear();
    for note in &table.notes {
        note!("note: {}: {note}", named(paths));
    }
    Ok(table)
}

/// Reads the features that are wanted. Where the hour is among them, it is computed of the column of times; a file that has
/// no times may have the hour itself.
fn read_features(paths: &[PathBuf], columns: Columns) -> Result<Table> {
    let Some(hours) = Hours::among(&columns.wanted) else {
        return read(paths, &columns);
    };
    let computed = hours.features();
    let others = columns
        .wanted
        .iter()
        .filter(|name| !computed.contains(name));
    let of_times = Columns {
        wanted: others.cloned().collect(),
        ..columns.clone()
    };
    read_with(paths, &of_times, Some(&hours)).or_else(|error| {
        let table = read(paths, &columns).ok();
        let is_whole = |table: &Table| {
            columns
                .wanted
                .iter()
                .all(|name| table.features.contains(name))
        };
        table.filter(is_whole).ok_or(error)
    })
}

/// Reads rows, and adds the hour of their times if it is asked for.
fn read_with(paths: &[PathBuf], columns: &Columns, hours: Option<&Hours>) -> Result<Table> {
    let Some(hours) = hours else {
        return read(paths, columns);
    };
    let columns = Columns {
        time: Some(hours.column.clone()),
        keep_times: true,
        ..columns.clone()
    };
    let mut table = read(paths, &columns)?;
    hours
        .add(&mut table)
        .map_err(|error| error.in_file(first(paths)))?;
    Ok(table)
}

fn first(paths: &[PathBuf]) -> &Path {
    paths.first().map_or(Path::new(""), PathBuf::as_path)
}

/// The files, for messages.
fn named(paths: &[PathBuf]) -> String {
    match paths {
        [only] => only.display().to_string(),
        [first, rest @ ..] => format!("{} and {} more", first.display(), rest.len()),
        [] => String::new(),
    }
}

/// The table with its columns in the order of the model's features; notes if they were reordered or did not match.
fn in_order(mut table: Table, paths: &[PathBuf], model: &Model) -> Result<Table> {
    table.expect_features(&model.features, first(paths))?;
    let order = table.match_features(&model.features);
    if let Some(note) = order.note(&table, &model.features) {
        note!("note: {}: {note}", named(paths));
    }
    Ok(table)
}
