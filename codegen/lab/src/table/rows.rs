//! Converts records to numbers.

use super::Table;
use super::cell::Cell;
use super::columns::{Layout, Role};
use super::dialect::is_comment;
use super::label::Labels;
use super::sample::Plan;
use csv::ByteRecord;
use nice_flow_codegen::text::escaped;

/// The rows read so far.
pub(super) struct Rows {
    layout: Layout,
    decimal_comma: bool,
    count: usize,
    values: Vec<f64>,
    labels: Labels,
    /// If they are kept.
    times: Option<Vec<String>>,
    /// Header lines in mid-file, as of files that were put together.
    headers: usize,
    /// A record that is too short. It is left out if it is the last one: the power failed while it was written.
    short: Option<(Problem, u64)>,
}

/// Most numbers that are read from a file: 2 GiB of them. A pipe may have no end.
pub(super) const MAX_NUMBERS: usize = 1 << 28;

/// What is wrong with a record.
#[derive(Debug)]
pub(super) enum Problem {
    /// There are more cells than are read from a file.
    Many,
    /// There are more kinds of labels than there can be.
    Labels { column: String },
    /// The number of its cells.
    Width { expected: usize, found: usize },
    /// The content of a cell.
    Cell { column: String, found: String },
}

impl Problem {
    /// The problem in words, with the line.
    pub fn on(self, line: u64) -> String {
        match self {
            Self::Many => {
                format!("line {line}: expected at most {MAX_NUMBERS} numbers in a file, found more")
            }
            Self::Labels { column } => {
                format!(
                    "line {line}, column {column}: expected a few kinds of labels, found more than 1000"
                )
            }
            Self::Width { expected, found } => {
                format!("line {line}: expected {expected} columns, found {found}")
            }
            Self::Cell { column, found } => format!(
                "line {line}, column {column}: expected a number, found {found:?} (an empty cell is a missing value)"
            ),
        }
    }
}

impl Rows {
    pub fn new(plan: Plan, keep_times: bool) -> Self {
        Self {
            layout: plan.layout,
            decimal_comma: plan.decimal_comma,
            count: 0,
            values: vec![],
            labels: Labels::default(),
            times: keep_times.then(Vec::new),
            headers: 0,
            short: None,
        }
    }

    /// Adds a record. Blank lines, comments and repeated headers are no rows.
    pub fn push(&mut self, record: &ByteRecord, line: u64) -> Result<(), (Problem, u64)> {
        if is_no_row(record) {
            return Ok(());
        }
        if let Some(short) = self.short.take() {
            return Err(short);
        }
        let (expected, found) = (self.layout.roles.len(), record.len());
        if self.is_header(record) {
            self.headers += 1;
            return Ok(());
        }
        if found < expected && self.count > 0 {
            self.short = Some((Problem::Width { expected, found }, line));
            return Ok(());
        }
        if found != expected {
            return Err((Problem::Width { expected, found }, line));
        }
        self.add(record).map_err(|problem| (problem, line))
    }

    fn add(&mut self, record: &ByteRecord) -> Result<(), Problem> {
        if self.values.len() + record.len() > MAX_NUMBERS {
            return Err(Problem::Many);
        }
        let mut time = String::new();
        for (column, cell) in record.iter().enumerate() {
            match self.layout.roles[column] {
                Role::Skip => {}
                Role::Feature => {
                    let value = Cell::parse(cell, self.decimal_comma);
                    let value = value.ok_or_else(|| Problem::Cell {
                        column: self.layout.name(column),
                        found: text(cell),
                    })?;
                    self.values.push(value.value());
                }
                Role::Label => self.labels.push(cell).ok_or_else(|| Problem::Labels {
                    column: self.layout.name(column),
                })?,
                Role::Time if self.times.is_some() => {
                    let gap = if time.is_empty() { "" } else { " " };
                    time += &format!("{gap}{}", escaped(&text(cell)));
                }
                Role::Time => {}
            }
        }
        if let Some(times) = &mut self.times {
            times.push(time);
        }
        self.count += 1;
        Ok(())
    }

    /// Whether a record repeats the header.
    fn is_header(&self, record: &ByteRecord) -> bool {
        let names = self.layout.header.as_ref();
        names.is_some_and(|names| {
            let cells = record.iter().zip(names);
            // Only the first cells if the header was one short.
            record.len() == names.len()
                && cells
                    .clone()
                    .any(|(cell, _)| Cell::parse(cell, false).is_none())
                && cells
                    .into_iter()
                    .all(|(cell, name)| cell.trim_ascii() == name.as_bytes())
        })
    }

    /// The table; `None` if there are no rows, an error if labels are not plain.
    pub fn finish(mut self, normal: &[String]) -> Result<Option<Table>, String> {
        if self.count == 0 {
            return Ok(None);
        }
        self.values.shrink_to_fit();
        let features = self.layout.features();
        let label = self
            .layout
            .roles
            .iter()
            .position(|role| *role == Role::Label);
        let labels = label.map(|column| self.labels.meant(&self.layout.name(column), normal));
        let has_times = self.layout.roles.contains(&Role::Time);
        let mut notes = self.layout.notes;
        if let Some((_, line)) = self.short {
            notes.push(format!("line {line}, the last, is cut off, and left out"));
        }
        if self.headers > 0 {
            notes.push(format!(
                "the header comes again {} times, and is left out",
                self.headers
            ));
        }
        Ok(Some(Table {
            header: self.layout.header,
            rows: self.count,
            columns: features.len(),
            values: self.values,
            labels: labels.transpose()?,
            times: self.times.filter(|_| has_times),
            recordings: vec![0],
            ignored: vec![],
            features,
            notes,
        }))
    }
}

/// Whether a record is blank or a comment.
pub(super) fn is_no_row(record: &ByteRecord) -> bool {
    match record.get(0) {
        None => true,
        Some(first) if is_comment(first) => true,
        Some(first) => record.len() == 1 && first.trim_ascii().is_empty(),
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
