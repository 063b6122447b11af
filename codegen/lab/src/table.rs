//! Rows of numbers from files: text in its many forms, numpy arrays; with the feature `parquet` Parquet and Arrow IPC, with
//! `xlsx` Excel workbooks.

mod array;
#[cfg(feature = "parquet")]
mod arrow;
mod blocks;
mod bytes;
mod cell;
mod clock;
mod columns;
mod content;
mod dialect;
mod draw;
mod encoding;
mod form;
mod format;
mod gathered;
#[cfg(any(feature = "parquet", feature = "xlsx"))]
mod guard;
mod hours;
mod instant;
mod kinds;
mod label;
mod missing;
mod moments;
mod names;
mod open;
mod order;
mod partial;
mod parts;
mod preamble;
mod problem;
mod record;
mod records;
mod reservoir;
mod returns;
mod rows;
mod sample;
mod text;
#[cfg(feature = "xlsx")]
mod workbook;
mod zone;

#[cfg(feature = "parquet")]
pub use arrow::Batches;
#[cfg(feature = "parquet")]
pub(crate) use arrow::metadata;
pub use clock::{is_clock, wanders};
pub use columns::Columns;
pub use draw::Draw;
pub use hours::Hours;
pub(crate) use label::is_named_label;
pub use missing::Held;
pub(crate) use open::expect_each_once;
pub use open::{read, read_all};
pub use order::{Order, is_unnamed};
pub use partial::Sample;
pub use parts::spans;
pub use zone::Zone;

use nice_flow_codegen::{Error, Result};
use std::path::{Path, PathBuf};

/// The features of every row and, if the file has them, labels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The names of all columns of the file, if it has a header row.
    pub header: Option<Vec<String>>,
    /// Number of rows.
    pub rows: usize,
    /// Number of features.
    pub columns: usize,
    /// The values in raw units, row by row; an empty cell or null is NaN.
    pub values: Vec<f64>,
    /// Whether each row is an anomaly.
    pub labels: Option<Vec<bool>>,
    /// The texts of the times of the rows, if the file has them and they were asked for.
    pub times: Option<Vec<String>>,
    /// Whether the file has a column of times, read or left out: then its rows are a log, in the order in which they came about.
    pub is_log: bool,
    /// The first row of each recording, from 0 on; rows of different recordings do not follow one another.
    pub recordings: Vec<usize>,
    /// The name of each recording; empty if they have none.
    pub names: Vec<String>,
    /// The numbers of the rows that were read and then left out, since a cell is missing: see [`mend`](Self::mend).
    pub ignored: Vec<usize>,
    /// Which rows of those that were read these are, if not all.
    pub sample: Option<Sample>,
    /// Of several files, the number of the first row of each among all that were read, and its name; empty for one.
    pub files: Vec<(usize, PathBuf)>,
    /// The names of the features: those of the header, or `x0`, `x1`, ….
    pub features: Vec<String>,
    /// What reading left out or took for something else, in words for the user.
    pub notes: Vec<String>,
}

impl Table {
    /// Rows with these features, one recording, without labels.
    pub fn of_rows(values: Vec<f64>, features: Vec<String>) -> Self {
        Self {
            header: None,
            rows: values.len() / features.len().max(1),
            columns: features.len(),
            values,
            labels: None,
            times: None,
            is_log: false,
            recordings: vec![0],
            names: vec![],
            ignored: vec![],
            sample: None,
            files: vec![],
            features,
            notes: vec![],
        }
    }

    /// The features of each row.
    pub fn iter(&self) -> std::slice::ChunksExact<'_, f64> {
        self.values.chunks_exact(self.columns)
    }

    /// The features of one row.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.columns..][..self.columns]
    }

    /// The number of rows that are labelled as anomalies.
    pub fn anomalies(&self) -> usize {
        self.labels.iter().flatten().filter(|label| **label).count()
    }

    /// The features of the rows that are not labelled as anomalies, one row after another.
    pub fn normal_rows(&self) -> Vec<f64> {
        let is_normal = |row: &usize| !self.labels.as_ref().is_some_and(|labels| labels[*row]);
        let rows = (0..self.rows).filter(is_normal);
        rows.flat_map(|row| self.row(row)).copied().collect()
    }

    /// An error unless every value is an integer of 32 bits; `path` is for the message. Of a text that was read with
    /// [`Columns::counts`] that is known already, by its lines.
    pub fn expect_counts(&self, path: &Path) -> Result<()> {
        let Some(place) = self.values.iter().position(|value| !is_count(*value)) else {
            return Ok(());
        };
        let (row, name) = (place / self.columns, &self.features[place % self.columns]);
        let message = format!(
            "row {row} (the first is 0), column {name}: expected a count, a whole number of 32 bits, found {}",
            self.values[place]
        );
        Err(Error::file(path, message))
    }
}

/// Whether a value is an integer of 32 bits.
fn is_count(value: f64) -> bool {
    f64::from(value as i32) == value
}

#[cfg(test)]
mod tests;
