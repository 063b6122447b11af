//! Converts records to numbers.

use super::Table;
use super::cell::{Cell, Notation};
use super::columns::Role;
use super::dialect::is_comment;
use super::draw::MAX_NUMBERS;
use super::form::Form;
use super::label::Labels;
use csv::ByteRecord;
use nice_flow_codegen::text::escaped;

/// The rows read so far.
pub(super) struct Rows {
    /// How many there are, those that were taken out included.
    count: usize,
    values: Vec<f64>,
    labels: Labels,
    /// If they are kept.
    times: Option<Vec<String>>,
    /// Header lines in mid-file, as of files that were put together.
    headers: usize,
    /// A record that is too short, or whose last cell is the start of a number. It is left out if it is the last one: the power failed
    /// while it was written.
    cut: Option<(Problem, u64)>,
}

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
    /// A cell in quotes that goes on over so many lines, in a record that is no row.
    Quote { lines: usize },
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
            Self::Quote { lines } => format!(
                "line {line}: expected a quote that is closed on its line, found one that goes on for {lines} lines: is a quote missing, or one too many?"
            ),
            Self::Cell { column, found } => format!(
                "line {line}, column {column}: expected a number, found {found:?} (an empty cell is a missing value)"
            ),
        }
    }
}

impl Rows {
    pub fn new(form: &Form) -> Self {
        Self {
            count: 0,
            values: vec![],
            labels: Labels::default(),
            times: form.keep_times.then(Vec::new),
            headers: 0,
            cut: None,
        }
    }

    /// Adds a record. Blank lines, comments and repeated headers are no rows.
    pub fn push(
        &mut self,
        form: &Form,
        record: &ByteRecord,
        line: u64,
    ) -> Result<(), (Problem, u64)> {
        if is_no_row(record) {
            return Ok(());
        }
        if let Some(cut) = self.cut.take() {
            return Err(cut);
        }
        let (expected, found) = (form.layout.roles.len(), record.len());
        if let Some(place) = form.place_before(record) {
            self.headers += usize::from(place == 0);
            return Ok(());
        }
        let problem = if found != expected {
            Some(Problem::Width { expected, found })
        } else {
            self.add(form, record).err()
        };
        let lines = broken_lines(record);
        if problem.is_some() && lines > 0 {
            // Without a quote that closes it, the cell has the end of its last line too.
            let is_open = record.as_slice().ends_with(b"\n") || record.as_slice().ends_with(b"\r");
            let start = (line + u64::from(is_open)).saturating_sub(lines as u64);
            return Err((Problem::Quote { lines }, start.max(1)));
        }
        let may_be_cut = match &problem {
            None => return Ok(()),
            Some(Problem::Width { .. }) => found < expected,
            Some(Problem::Cell { .. }) => record.get(found - 1).is_some_and(is_cut),
            Some(_) => false,
        };
        let problem = problem.map(|problem| (problem, line));
        if may_be_cut && self.count > 0 {
            self.cut = problem;
            return Ok(());
        }
        problem.map_or(Ok(()), Err)
    }

    /// Adds a record, or nothing of it if a cell is wrong.
    fn add(&mut self, form: &Form, record: &ByteRecord) -> Result<(), Problem> {
        if self.values.len() + record.len() > MAX_NUMBERS {
            return Err(Problem::Many);
        }
        let start = self.values.len();
        let (mut label, mut time) = (None, String::new());
        for ((column, cell), role) in record.iter().enumerate().zip(&form.layout.roles) {
            match role {
                Role::Skip => {}
                Role::Feature => match Cell::parse(cell, form.notation) {
                    Some(value) if value.is_number() || form.layout.switches.contains(&column) => {
                        self.values.push(value.value());
                    }
                    _ => {
                        self.values.truncate(start);
                        return Err(Problem::Cell {
                            column: form.layout.name(column),
                            found: text(cell),
                        });
                    }
                },
                Role::Label => label = Some((column, cell)),
                Role::Time if self.times.is_some() => {
                    let gap = if time.is_empty() { "" } else { " " };
                    time += &format!("{gap}{}", escaped(&text(cell)));
                }
                Role::Time => {}
            }
        }
        if let Some((column, cell)) = label {
            let pushed = self.labels.push(cell);
            pushed.ok_or_else(|| Problem::Labels {
                column: form.layout.name(column),
            })?;
        }
        if let Some(times) = &mut self.times {
            times.push(time);
        }
        self.count += 1;
        Ok(())
    }

    /// Whether the last record may be cut off.
    pub fn is_cut(&self) -> bool {
        self.cut.is_some()
    }

    /// Adds the rows of the next records, or none of them if they do not fit behind these; returns whether they do.
    pub fn append(&mut self, more: Self) -> bool {
        let fits = self.values.len() + more.values.len() <= MAX_NUMBERS;
        if !fits || self.is_cut() || !self.labels.append(&more.labels) {
            return false;
        }
        self.count += more.count;
        self.values.extend_from_slice(&more.values);
        if let (Some(times), Some(more)) = (&mut self.times, more.times) {
            times.extend(more);
        }
        self.headers += more.headers;
        true
    }

    /// The number of values that were not taken out.
    pub fn held(&self) -> usize {
        self.values.len()
    }

    /// Takes the rows out, as rows of a recording; only the first rows start one.
    pub fn take(&mut self, form: &Form, normal: &[String]) -> Table {
        let values = std::mem::take(&mut self.values);
        let rows = values.len() / form.width().max(1);
        let is_first = rows == self.count;
        let has_times = form.layout.roles.contains(&Role::Time);
        Table {
            header: form.layout.header.clone(),
            labels: form.label().map(|_| self.labels.take(normal)),
            times: self
                .times
                .as_mut()
                .map(std::mem::take)
                .filter(|_| has_times),
            recordings: if is_first { vec![0] } else { vec![] },
            ..Table::of_rows(values, form.layout.features())
        }
    }

    /// What was found beside rows, in words; `None` if there are no rows, an error if labels are not plain.
    pub fn finish(&self, form: &Form, normal: &[String]) -> Result<Option<Vec<String>>, String> {
        if self.count == 0 {
            return Ok(None);
        }
        if let Some(label) = form.label() {
            self.labels.check(&label, normal)?;
        }
        let mut notes = form.layout.notes.clone();
        if let Some((_, line)) = self.cut {
            notes.push(format!("line {line}, the last, is cut off, and left out"));
        }
        if self.headers > 0 {
            notes.push(format!(
                "the header comes again {} times, and is left out",
                self.headers
            ));
        }
        Ok(Some(notes))
    }
}

/// How often lines end within the cells of a record, which only quotes allow.
fn broken_lines(record: &ByteRecord) -> usize {
    let bytes = record.as_slice();
    let [feeds, returns] =
        [b'\n', b'\r'].map(|end| bytes.iter().filter(|byte| **byte == end).count());
    feeds.max(returns)
}

/// Whether a cell is the start of a number: `1.2e` or `1.2e-`.
fn is_cut(cell: &[u8]) -> bool {
    let cell = cell.trim_ascii();
    let cell = cell.strip_suffix(b"-").unwrap_or(cell);
    let start = cell.strip_suffix(b"e").or_else(|| cell.strip_suffix(b"E"));
    start.is_some_and(|start| matches!(Cell::parse(start, Notation::Point), Some(Cell::Number(_))))
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
