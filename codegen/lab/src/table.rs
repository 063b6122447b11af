//! Rows of numbers from files: text in its many forms, numpy arrays; with the feature `parquet` Parquet and Arrow IPC, with
//! `xlsx` Excel workbooks.

mod array;
#[cfg(feature = "parquet")]
mod arrow;
mod blocks;
mod bytes;
mod cell;
mod columns;
mod content;
mod dialect;
mod draw;
mod form;
mod format;
mod gathered;
mod hours;
mod instant;
mod kinds;
mod label;
mod missing;
mod moments;
mod names;
mod open;
mod partial;
mod parts;
mod preamble;
mod problem;
mod records;
mod reservoir;
mod returns;
mod rows;
mod sample;
mod text;
#[cfg(feature = "xlsx")]
mod workbook;

#[cfg(feature = "parquet")]
pub use arrow::Batches;
pub use columns::Columns;
pub use draw::Draw;
pub use hours::Hours;
pub(crate) use label::is_named_label;
pub use missing::Held;
pub(crate) use open::expect_each_once;
pub use open::{read, read_all};
pub use partial::Sample;
pub use parts::spans;

use names::letters;
use nice_flow_codegen::text::{counted, repeated};
use nice_flow_codegen::{Error, Result};
use std::path::Path;

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
    /// The names of the features: those of the header, or `x0`, `x1`, ….
    pub features: Vec<String>,
    /// What reading left out or took for something else, in words for the user.
    pub notes: Vec<String>,
}

/// How the features of a table were matched to those of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The names are equal and in the same order.
    Same,
    /// The names are equal but were in another order; the columns were reordered.
    Reordered,
    /// The names differ or there are none; columns were taken in their order.
    ByPosition,
}

impl Order {
    /// What to tell the user of a table whose features were matched to those of a model.
    pub fn note(self, table: &Table, model: &[String]) -> Option<String> {
        match self {
            Self::Reordered => Some("columns taken in the order of the model's features".into()),
            Self::ByPosition if table.header.is_some() => {
                let hint = match table.is_shuffled(model) {
                    true => {
                        ", which are there in another order but for case and signs: rename them, or scores are wrong"
                    }
                    false => "",
                };
                let names = model.join(", ");
                Some(format!(
                    "columns taken by position; their names are not the model's ({names}){hint}"
                ))
            }
            Self::Same | Self::ByPosition => None,
        }
    }
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

    /// An error unless the table has `dim` features; `path` is for the message.
    pub fn expect_columns(&self, dim: usize, path: &Path) -> Result<()> {
        if self.columns == dim {
            return Ok(());
        }
        let (found, names) = (self.columns, columns::list(&self.features));
        let hint = match &self.labels {
            None if found == dim + 1 => "; is one a label? --label COLUMN",
            _ if found > dim => "; leave some out with --skip COLUMN",
            _ => "",
        };
        let message = {
            let expected = counted(dim, "feature column");
            format!("expected {expected}, found {found} (columns: {names}{hint})")
        };
        Err(Error::file(path, message))
    }

    /// An error unless the table has the features of a model, or as many; it says which are missing.
    pub fn expect_features(&self, model: &[String], path: &Path) -> Result<()> {
        let missing: Vec<String> = model
            .iter()
            .filter(|name| !self.features.contains(name))
            .map(|name| match self.near(name) {
                Some(near) => format!("{name} (is it {near}?)"),
                None => name.clone(),
            })
            .collect();
        // Where none of the names is there, or the model has none, columns are taken by position.
        let is_unnamed = model
            .iter()
            .enumerate()
            .all(|(i, name)| *name == format!("x{i}"));
        let by_position = self.header.is_none() || missing.len() == model.len() || is_unnamed;
        if missing.is_empty() || by_position {
            return self.expect_columns(model.len(), path);
        }
        let message = format!(
            "expected the model's columns, found none named {} (columns: {})",
            columns::few(&missing),
            columns::list(&self.features)
        );
        Err(Error::file(path, message))
    }

    /// An error if two features have one name: rows could not be matched to a model of them.
    pub fn expect_distinct_names(&self) -> Result<()> {
        let Some(place) = repeated(&self.features) else {
            return Ok(());
        };
        let name = &self.features[place];
        let columns = self.header.iter().flatten();
        let index = columns
            .clone()
            .enumerate()
            .filter(|(_, other)| *other == name)
            .last();
        let skip = index.map(|(index, _)| format!("; rename one, or leave it out: --skip {index}"));
        let skip = skip.unwrap_or_default();
        let message = format!("expected another name for each, found {name} twice{skip}");
        Err(Error::input("columns", message))
    }

    /// Whether the features have the names of a model's in another order, but for case and signs.
    pub fn is_shuffled(&self, model: &[String]) -> bool {
        let plain = |names: &[String]| names.iter().map(|name| letters(name)).collect::<Vec<_>>();
        let (mut found, mut wanted) = (plain(&self.features), plain(model));
        let differ = found != wanted;
        found.sort();
        wanted.sort();
        self.header.is_some() && differ && found == wanted
    }

    /// A feature whose name differs in case and in signs only.
    fn near(&self, name: &str) -> Option<&String> {
        self.features
            .iter()
            .find(|other| letters(other) == letters(name))
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

    /// Reorders the features as in a model, if the header has exactly the model's names.
    ///
    /// Otherwise the columns stay as they are. Call [`Table::expect_columns`] first.
    pub fn match_features(&mut self, model: &[String]) -> Order {
        if self.header.is_none() {
            return Order::ByPosition;
        }
        if self.features == model {
            return Order::Same;
        }
        let Some(sources) = sources(&self.features, model) else {
            return Order::ByPosition;
        };
        for row in self.values.chunks_exact_mut(self.columns) {
            let old = row.to_vec();
            for (value, &source) in row.iter_mut().zip(&sources) {
                *value = old[source];
            }
        }
        self.features = model.to_vec();
        Order::Reordered
    }
}

/// Whether a value is an integer of 32 bits.
fn is_count(value: f64) -> bool {
    f64::from(value as i32) == value
}

/// The index of each wanted name; `None` unless both lists have the same names, each once.
fn sources(found: &[String], wanted: &[String]) -> Option<Vec<usize>> {
    let sources: Vec<usize> = wanted
        .iter()
        .map(|name| found.iter().position(|other| other == name))
        .collect::<Option<_>>()?;
    let mut sorted = sources.clone();
    sorted.sort_unstable();
    sorted.into_iter().eq(0..found.len()).then_some(sources)
}

#[cfg(test)]
mod tests;
