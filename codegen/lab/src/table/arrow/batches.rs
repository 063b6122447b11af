//! A columnar file, a batch of its rows at a time.

use super::budget::Budget;
use super::{guarded, open, row_by_row};
use crate::table::columns::{Layout, Role};
use crate::table::format::Format;
use crate::table::{Columns, Table};
use arrow_array::{RecordBatch, RecordBatchReader};
use nice_flow_codegen::{Error, Result};
use std::fs::File;
use std::path::{Path, PathBuf};

/// The features of a Parquet or Arrow IPC file, batch by batch: what is in memory does not grow with the file.
///
/// Each batch is a table without labels and times; only the first starts a recording. In Arrow IPC the writer of the file
/// has chosen how many rows a batch has, and a table may be a part of one.
pub struct Batches {
    path: PathBuf,
    format: Format,
    /// The rows of a batch at most.
    most: usize,
    layout: Layout,
    reader: Box<dyn RecordBatchReader>,
    budget: Budget,
    /// The rows of the file that are in tables already.
    done: usize,
    /// What is left of the batch that was decoded last.
    rest: Option<RecordBatch>,
}

impl Batches {
    /// Opens a file, of whose columns those asked for are decoded; a batch has at most so many rows.
    pub fn open(path: &Path, columns: &Columns, most: usize) -> Result<Self> {
        let columns = Columns {
            keep_times: false,
            ..columns.clone()
        };
        let format = Format::of(path)?;
        if !matches!(format, Format::Parquet | Format::Arrow) {
            let message = "expected Parquet or Arrow IPC, which are read batch by batch for a folder of parts, found another \
                           format: its rows are scored into a file, -o scores.csv";
            return Err(Error::file(path, message));
        }
        let file = File::open(path).map_err(|e| Error::file(path, format!("cannot read: {e}")))?;
        let budget = Budget::new(file.metadata().map_or(0, |file| file.len()));
        let opened = guarded(format, || open(file, format, &columns, most));
        let (layout, reader) = opened.map_err(|message| Error::file(path, message))?;
        Ok(Self {
            path: path.into(),
            format,
            most,
            layout,
            reader,
            budget,
            done: 0,
            rest: None,
        })
    }

    /// A table without rows, which has the features and the notes of the file.
    pub fn empty(&self) -> Table {
        Table {
            header: self.layout.header.clone(),
            notes: self.layout.notes.clone(),
            recordings: vec![],
            ..Table::of_rows(vec![], self.layout.features())
        }
    }

    /// The next batch; `None` at the end.
    fn decode(&mut self) -> std::result::Result<Option<RecordBatch>, String> {
        if let Some(rest) = self.rest.take() {
            return Ok(Some(rest));
        }
        let (reader, done) = (&mut self.reader, self.done);
        let next = guarded(self.format, || {
            let next = reader.next().transpose();
            next.map_err(|error| error.to_string())
        });
        next.map_err(|error| format!("rows from {done} on: {error}"))
    }

    fn table(&mut self, batch: &RecordBatch) -> std::result::Result<Table, String> {
        let rows = batch.num_rows().min(self.most);
        if rows < batch.num_rows() {
            self.rest = Some(batch.slice(rows, batch.num_rows() - rows));
        }
        let batch = batch.slice(0, rows);
        self.budget.take_numbers(rows, batch.num_columns())?;
        let roles = self.layout.roles.iter().filter(|role| **role != Role::Skip);
        let columns = roles.zip(batch.columns());
        let features = columns.filter(|(role, _)| **role == Role::Feature);
        let table = Table {
            rows,
            values: row_by_row(features.map(|(_, array)| array), rows),
            recordings: if self.done == 0 { vec![0] } else { vec![] },
            ..self.empty()
        };
        self.done += rows;
        Ok(table)
    }
}

impl Iterator for Batches {
    type Item = Result<Table>;

    fn next(&mut self) -> Option<Result<Table>> {
        let table = match self.decode() {
            Ok(None) => return None,
            Ok(Some(batch)) => self.table(&batch),
            Err(message) => Err(message),
        };
        Some(table.map_err(|message| Error::file(&self.path, message)))
    }
}
