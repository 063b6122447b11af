//! From records to numbers.

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

/// What a cell of a feature is expected to be.
const NUMBER: &str = "a number";

/// What is wrong with a record.
pub(super) enum Problem {
    /// More cells than fit into memory.
    Many,
    /// Its number of cells.
    Width { expected: usize, found: usize },
    /// A cell.
    Cell {
        column: String,
        expected: &'static str,
        found: String,
    },
}

impl Problem {
    /// For people.
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
                // Dates and names are for people.
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

    /// Reads a record; a line of nothing but spaces is none.
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

    /// The table, unless it has no rows.
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
        })
    }
}

/// A cell for people; of a long one, which an open quote makes, the start.
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
