//! The tables of rows that verbs read.

mod raw;
mod read;

pub(super) use read::{named, tell};

use super::counts::Counts;
use super::files::Files;
use super::front;
use super::source::Source;
use nice_flow_codegen::{Model, Result};
use nice_flow_lab::signal::{Piece, Request, Windows, windows};
use nice_flow_lab::table::{Columns, Draw, Hours, Table};
use read::{first, in_order, read_features, untold_with};
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
        self.load_keeping(false, &Counts::default())
    }

    /// The same; with the times of the rows, if the files have them and `times` is true. It is an error if rows are to be counts
    /// and are not.
    pub(super) fn load_keeping(&self, times: bool, counts: &Counts) -> Result<(Model, Table)> {
        let model = self.source.load()?;
        let table = self.roles.read_for(&self.data, &model, times, counts)?;
        Ok((model, table))
    }

    /// The same; with the raw samples behind the rows, if the model has a front end.
    pub(super) fn load_raw(
        &self,
        times: bool,
        counts: &Counts,
    ) -> Result<(Model, Table, Vec<Piece>)> {
        let model = self.source.load()?;
        let (table, pieces) = match &model.front_end {
            None => (
                self.roles.read_for(&self.data, &model, times, counts)?,
                vec![],
            ),
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
    /// than are drawn, a sample, if one is asked for. The notes of the table are not yet told.
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
        untold_with(paths, &columns, hours)
    }

    /// Reads rows for a model, with columns in the order of its features.
    pub(super) fn read_for(
        &self,
        paths: &[PathBuf],
        model: &Model,
        times: bool,
        counts: &Counts,
    ) -> Result<Table> {
        if let Some(front) = &model.front_end {
            return Ok(self.windows(paths, front)?.table);
        }
        self.expect_no_anomalies()?;
        let columns = Columns {
            wanted: model.features.clone(),
            keep_times: times,
            counts: counts.scale.is_some(),
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
