//! The table of scored rows: a line for each row that was read, in its order.

use super::Scored;
use crate::sink;
use nice_flow_codegen::Result;
use nice_flow_codegen::model::unit::Unit;
use nice_flow_lab::host::scores::Scores;
use nice_flow_lab::table::{Table, spans};
use std::path::Path;

impl Scored {
    /// Writes the columns `row,log_density,score,anomalous,score_bits` and the additional ones.
    ///
    /// Rows are numbered from 0; log-densities are those of raw inputs.
    ///
    /// Without a threshold, `anomalous` is given only for scores that are not finite, and is empty for others. For tail
    /// scores `log_density` is empty, since they are no densities. Of a row that is ignored, all of these are empty.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let texts: Vec<(String, String)> = match &self.scores {
            Scores::F64(scores) => scores
                .iter()
                .map(|score| (number(-score), number(*score)))
                .collect(),
            Scores::F32(scores) => scores
                .iter()
                .map(|score| (number(-score), number(*score)))
                .collect(),
            Scores::Fixed { .. } => (self.scores.to_f64().iter())
                .map(|score| (number(-score), number(*score)))
                .collect(),
        };
        let (log_densities, scores): (Vec<_>, Vec<_>) = texts.into_iter().unzip();
        let verdicts = self.anomalous.iter().map(|verdict| self.verdict(*verdict));
        let is_density = self.unit == Unit::Nats;
        let scored = [
            self.spread(log_densities.into_iter().filter(|_| is_density)),
            self.spread(scores),
            self.spread(verdicts),
            self.spread(self.scores.bits()),
        ];
        let more = self.columns.iter().map(|(_, texts)| texts);
        let columns: Vec<&Vec<String>> = scored.iter().chain(more).collect();
        sink::write_with(path, |file| {
            let mut csv = csv::Writer::from_writer(file);
            let names = ["row", "log_density", "score", "anomalous", "score_bits"];
            let more = self.columns.iter().map(|(name, _)| name.as_ref());
            csv.write_record(names.into_iter().chain(more))?;
            for row in 0..self.rows() {
                let number = row.to_string();
                let cells = columns.iter().map(|texts| texts[row].as_str());
                csv.write_record([number.as_str()].into_iter().chain(cells))?;
            }
            csv.flush()
        })
    }

    fn verdict(&self, anomalous: bool) -> String {
        match (anomalous, self.threshold) {
            (true, _) => "1".into(),
            (false, Some(_)) => "0".into(),
            (false, None) => String::new(),
        }
    }

    /// The number of rows that were read.
    fn rows(&self) -> usize {
        self.scores.len() + self.ignored.len()
    }

    /// The texts of all rows, from those of the rows with a score: empty for the others.
    pub(super) fn spread(&self, texts: impl IntoIterator<Item = String>) -> Vec<String> {
        let mut texts = texts.into_iter();
        let text = |row| match self.ignored.binary_search(&row) {
            Ok(_) => String::new(),
            Err(_) => texts.next().unwrap_or_default(),
        };
        (0..self.rows()).map(text).collect()
    }
}

/// Where rows come from: the columns `time`, as the file has it, and `recording`, if there are several. Of windows of raw
/// signals, `recording` is the file's name, and `start` is in seconds.
pub(crate) struct Origins(pub(super) Vec<(&'static str, Vec<String>)>);

impl Origins {
    /// Of all rows of a table, as it was read.
    pub(crate) fn of(table: &Table) -> Self {
        let mut columns = vec![];
        if !table.names.is_empty() {
            let recordings = spans(&table.recordings, table.rows).zip(&table.names);
            let names = recordings.flat_map(|(rows, name)| rows.map(move |_| name.clone()));
            columns.push(("recording", names.collect()));
            columns.push(("start", table.times.clone().unwrap_or_default()));
            return Self(columns);
        }
        if let Some(times) = &table.times {
            columns.push(("time", times.clone()));
        }
        if table.recordings.len() > 1 {
            let recordings = spans(&table.recordings, table.rows).enumerate();
            let texts = recordings.flat_map(|(i, rows)| rows.map(move |_| i.to_string()));
            columns.push(("recording", texts.collect()));
        }
        Self(columns)
    }
}

/// The shortest text that parses back to the same number, formatted as Python's `float` is.
pub(super) fn number(value: impl std::fmt::Display + Into<f64> + Copy) -> String {
    if value.into().is_nan() {
        "nan".into()
    } else {
        value.to_string()
    }
}
