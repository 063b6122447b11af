//! A recording of raw samples.

use crate::table::Columns;
use std::path::PathBuf;

/// What is to be read of files.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The columns of tables.
    pub columns: Columns,
    /// The names of the channels of files that have none; of a model, those that must be there.
    pub channels: Vec<String>,
    /// Whether files need no labels.
    pub normal_only: bool,
}

/// A recording of raw samples, from one file.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// The file.
    pub path: PathBuf,
    /// The name of the file, on one line.
    pub name: String,
    /// Samples a second, if the file says so.
    pub rate: Option<f64>,
    /// The names of the channels.
    pub channels: Vec<String>,
    /// The samples, channel by channel within each; NaN where a value is missing.
    pub values: Vec<f64>,
    /// Whether these are counts, as they are in WAV files: the unit is that of the model.
    pub are_counts: bool,
    /// The times of the samples, if the file has them: seconds, parts of them, or numbers of samples.
    pub times: Option<Vec<f64>>,
    /// Whether each sample is an anomaly.
    pub labels: Option<Vec<bool>>,
    /// What reading left out or took for something else.
    pub notes: Vec<String>,
}

impl Recording {
    /// Numbers of a sample.
    pub fn width(&self) -> usize {
        self.channels.len().max(1)
    }

    /// How many samples there are.
    pub fn len(&self) -> usize {
        self.values.len() / self.width()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The values of a channel.
    pub fn channel(&self, channel: usize) -> impl Iterator<Item = f64> + Clone + '_ {
        self.values
            .iter()
            .skip(channel)
            .step_by(self.width())
            .copied()
    }
}
