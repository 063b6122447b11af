//! Converts records to numbers.

use super::Table;
use super::columns::{Layout, Role};
use super::number::{as_label, number};
use csv::ByteRecord;

/// The rows read so far.
pub(super) struct Rows {
    layout: Layout,
    count: usize,
    values: Vec<f64>,
    labels: Vec<bool>,
}

/// Most numbers that are read from a file: 2 GiB of them. A pipe may have no end.
pub(super) const MAX_NUMBERS: usize = 1 << 28;

/// The expected content of a feature's cell.
const NUMBER: &str = "a number";

/// What is wrong with a record.
pub(super) enum Problem {
    /// There are more cells than are read from a file.
    Many,
    /// The number of its cells.
    Width { expected: usize, found: usize },
    /// The content of a cell.
    Cell {
        column: String,
        expected: &'static str,
        found: String,
    },
}

impl Problem {
    /// The problem in words, with the line.
    pub fn on(self, line: u64) -> String {
        match self {
            Self::Many => {
                format!("line {line}: expected at most {MAX_NUMBERS} numbers in a file, found more")
            }
            Self::Width { expected, found } => {
                format!("line {line}: expected {expected} columns, found {found}")
            }
            Self::Cell {
                column,
                expected,
                found,
            } => format!(
                "line {line}, column {column}: expected {expected}, found {found:?}{}",
                // The usual causes are columns of dates or names.
                if expected == NUMBER {
                    format!(" (--skip {column} leaves the column out)")
                } else {
                    String::new()
                }
            ),
        }
    }
}

impl Rows {
    pub fn new(layout: Layout) -> Self {
        Self {
            layout,
            count: 0,
            values: vec![],
            labels: vec![],
        }
    }

    /// Adds a record; a line that holds only spaces is ignored.
    pub fn push(&mut self, record: &ByteRecord) -> Result<(), Problem> {
        let (expected, found) = (self.layout.roles.len(), record.len());
        if expected != found {
            let blank = found == 1 && record[0].trim_ascii().is_empty();
            let problem = Problem::Width { expected, found };
            return if blank { Ok(()) } else { Err(problem) };
        }
        if self.values.len() + expected > MAX_NUMBERS {
            return Err(Problem::Many);
        }
        for (column, cell) in record.iter().enumerate() {
            let problem = |expected| Problem::Cell {
                column: self.layout.name(column),
                expected,
                found: text(cell),
            };
            match self.layout.roles[column] {
                Role::Skip => {}
                Role::Feature => {
                    let value = number(cell).ok_or_else(|| problem(NUMBER))?;
                    self.values.push(value);
                }
                Role::Label => {
                    let label = number(cell).and_then(as_label);
                    let expected = "0 (normal) or 1 (anomaly)";
                    self.labels.push(label.ok_or_else(|| problem(expected))?);
                }
            }
        }
        self.count += 1;
        Ok(())
    }

    /// The table; `None` if there are no rows.
    pub fn finish(mut self) -> Option<Table> {
        self.values.shrink_to_fit();
        let has_labels = self.layout.roles.contains(&Role::Label);
        let features = self.layout.features();
        (self.count > 0).then_some(Table {
            header: self.layout.header,
            rows: self.count,
            columns: features.len(),
            values: self.values,
            labels: has_labels.then_some(self.labels),
            features,
            notes: vec![],
        })
    }
}

/// A cell in words; only the start of a long one, as an unclosed quote causes.
fn text(cell: &[u8]) -> String {
    let text = String::from_utf8_lossy(cell);
    let mut rest = text.trim().chars();
    let start: String = rest.by_ref().take(40).collect();
    if rest.next().is_some() {
        start + "…"
    } else {
        start
    }
}
