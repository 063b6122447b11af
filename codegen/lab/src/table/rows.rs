//! Converts records to numbers.

use super::cell::Cell;
use super::columns::Role;
use super::draw::MAX_NUMBERS;
use super::form::Form;
use super::label::Labels;
use super::problem::{Problem, text};
use super::record::{broken_lines, is_cut, is_no_row};
use super::{Table, is_count};
use csv::{ByteRecord, ByteRecordIter};
use nice_flow_codegen::text::escaped;

/// The cells of a record, one after another.
pub(super) trait Cells<'a>: Iterator<Item = &'a [u8]> {
    /// The next cell, if it is found to be a number (NaN included) without a look at it as a whole; else it stays the next.
    fn number(&mut self) -> Option<f64> {
        None
    }
}

impl<'a> Cells<'a> for ByteRecordIter<'a> {}

/// The rows read so far.
#[derive(Debug)]
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
            self.add(form, &mut record.iter()).err()
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

    /// Adds the cells of a record that is a row, or none of them if one is wrong or missing.
    pub fn add<'a>(&mut self, form: &Form, cells: &mut impl Cells<'a>) -> Result<(), Problem> {
        let expected = form.layout.roles.len();
        let start = self.values.len();
        if start + expected > MAX_NUMBERS {
            return Err(Problem::Many);
        }
        let (mut label, mut time) = (None, String::new());
        for (column, role) in form.layout.roles.iter().enumerate() {
            if *role == Role::Feature
                && !form.counts
                && let Some(number) = cells.number()
            {
                self.values.push(Cell::of(number).value());
                continue;
            }
            let Some(cell) = cells.next() else {
                self.values.truncate(start);
                let found = column;
                return Err(Problem::Width { expected, found });
            };
            match role {
                Role::Skip => {}
                Role::Feature => match Cell::parse(cell, form.notation) {
                    Some(value)
                        if value.is_number()
                            || form.layout.switches.binary_search(&column).is_ok() =>
                    {
                        if form.counts && !is_count(value.value()) {
                            self.values.truncate(start);
                            return Err(Problem::Count {
                                column: form.layout.name(column),
                                found: text(cell),
                            });
                        }
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
                    time += gap;
                    time += &escaped(&text(cell));
                }
                Role::Time => {}
            }
        }
        if let Err(problem) = form.expect_whole(label, &time) {
            self.values.truncate(start);
            return Err(problem);
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

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
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
            is_log: form.layout.is_log,
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
            let again = match self.headers {
                1 => "once more".into(),
                times => format!("{times} times more"),
            };
            notes.push(format!("the header comes {again}, and is left out"));
        }
        Ok(Some(notes))
    }
}
