//! Rows of numbers from files: text in its many forms, numpy arrays and, with features, Parquet, Arrow IPC and Excel.

mod array;
#[cfg(feature = "parquet")]
mod arrow;
mod cell;
mod columns;
mod content;
mod dialect;
mod format;
mod instant;
mod label;
mod open;
mod read;
mod records;
mod rows;
mod sample;

pub use columns::Columns;
pub use open::{read, read_all};

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
    /// The first row of each recording, from 0 on; rows of different recordings do not follow one another.
    pub recordings: Vec<usize>,
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
            recordings: vec![0],
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
        let message =
            format!("expected {dim} feature columns, found {found} (columns: {names}{hint})");
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
        if self.columns == model.len() || self.header.is_none() || missing.len() == model.len() {
            return self.expect_columns(model.len(), path);
        }
        let message = format!(
            "expected the model's columns, found none named {} (columns: {})",
            columns::few(&missing),
            columns::list(&self.features)
        );
        Err(Error::file(path, message))
    }

    /// A feature whose name differs in case and in signs only.
    fn near(&self, name: &str) -> Option<&String> {
        let plain = |name: &str| -> String {
            let letters = name.chars().filter(|c| c.is_alphanumeric());
            letters.flat_map(char::to_lowercase).collect()
        };
        self.features
            .iter()
            .find(|other| plain(other) == plain(name))
    }

    /// The table in two: of each recording the first part, and the last, which has a share `last` of its rows.
    pub fn parted(&self, last: f64) -> (Self, Self) {
        let ends = self.recordings.iter().skip(1).copied().chain([self.rows]);
        let mut parts = (self.of(&[]), self.of(&[]));
        for (start, end) in self.recordings.iter().copied().zip(ends) {
            let middle = end - ((end - start) as f64 * last).round() as usize;
            parts
                .0
                .append(&self.of(&(start..middle).collect::<Vec<_>>()));
            parts.1.append(&self.of(&(middle..end).collect::<Vec<_>>()));
        }
        parts
    }

    /// Some of the rows, as one recording.
    fn of(&self, rows: &[usize]) -> Self {
        let pick = |labels: &Vec<bool>| rows.iter().map(|row| labels[*row]).collect();
        let times = |times: &Vec<String>| rows.iter().map(|row| times[*row].clone()).collect();
        Self {
            rows: rows.len(),
            values: rows
                .iter()
                .flat_map(|row| self.row(*row))
                .copied()
                .collect(),
            labels: self.labels.as_ref().map(pick),
            times: self.times.as_ref().map(times),
            recordings: if rows.is_empty() { vec![] } else { vec![0] },
            header: self.header.clone(),
            columns: self.columns,
            features: self.features.clone(),
            notes: vec![],
        }
    }

    /// Adds the rows of another table with the same features, as a recording of its own.
    fn append(&mut self, more: &Self) {
        let starts = more.recordings.iter().map(|start| start + self.rows);
        self.recordings.extend(starts.collect::<Vec<_>>());
        self.rows += more.rows;
        self.values.extend_from_slice(&more.values);
        if let (Some(labels), Some(more)) = (&mut self.labels, &more.labels) {
            labels.extend_from_slice(more);
        }
        if let (Some(times), Some(more)) = (&mut self.times, &more.times) {
            times.extend_from_slice(more);
        }
    }

    /// The starts of the recordings among the rows that are not labelled as anomalies.
    pub fn normal_recordings(&self) -> Vec<usize> {
        let labels = self.labels.as_deref().unwrap_or_default();
        let before = |start: usize| labels.iter().take(start).filter(|label| **label).count();
        self.recordings
            .iter()
            .map(|start| start - before(*start))
            .collect()
    }

    /// Leaves out the features that have one value in all rows; their names with that value.
    pub fn drop_constant(&mut self) -> Vec<String> {
        let first = self.values.get(..self.columns).unwrap_or_default().to_vec();
        let is_constant = |i: usize| self.iter().all(|row| row[i] == first[i]);
        let constant: Vec<bool> = (0..self.columns).map(is_constant).collect();
        let cells = self.values.iter().zip(constant.iter().cycle());
        self.values = cells
            .filter(|(_, constant)| !**constant)
            .map(|(x, _)| *x)
            .collect();
        let features = std::mem::take(&mut self.features).into_iter().zip(constant);
        let (dropped, kept): (Vec<_>, Vec<_>) = features.partition(|(_, constant)| *constant);
        self.features = kept.into_iter().map(|(name, _)| name).collect();
        self.columns = self.features.len();
        dropped.into_iter().map(|(name, _)| name).collect()
    }

    /// An error unless every value is an integer of 32 bits; `path` is for the message.
    pub fn expect_counts(&self, path: &Path) -> Result<()> {
        let is_count = |value: &f64| f64::from(*value as i32) == *value;
        let Some(place) = self.values.iter().position(|value| !is_count(value)) else {
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
