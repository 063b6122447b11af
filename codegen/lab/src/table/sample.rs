//! The layout of a text, found in its first records.

use super::cell::Cell;
use super::columns::{Columns, Layout, Role, few};
use super::dialect::has_decimal_commas;
use super::label::is_plain;
use super::names::{is_blank, is_time, is_time_name, name};
use csv::ByteRecord;

/// So many records are looked at.
pub(super) const RECORDS: usize = 200;

/// How the records of a text are read.
pub(super) struct Plan {
    pub layout: Layout,
    pub decimal_comma: bool,
    /// Records at the start that are no rows: the header, a line of units.
    pub before: usize,
}

/// What most of the cells of a column are.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Numbers,
    Times,
    Words,
    /// Nothing is in them.
    Nothing,
}

/// The first records, comments and blank ones aside.
struct Sample<'a> {
    records: &'a [ByteRecord],
    decimal_comma: bool,
}

impl Plan {
    /// The plan by the first records; an error if the requested columns do not exist.
    pub fn of(records: &[ByteRecord], columns: &Columns) -> Result<Self, String> {
        let cells = records.iter().flat_map(ByteRecord::iter);
        let sample = Sample {
            records,
            decimal_comma: has_decimal_commas(cells),
        };
        let width = sample.width();
        let kinds: Vec<Kind> = (0..width).map(|i| sample.kind(1, i)).collect();
        let mut notes = vec![];
        let header = sample.header(&kinds, columns);
        let first = usize::from(header.is_some());
        let is_short = header
            .as_ref()
            .is_some_and(|header| header.len() + 1 == width);
        let trails = width > 1
            && sample
                .data(first)
                .all(|record| record.get(width - 1).is_some_and(is_blank))
            && header
                .as_ref()
                .is_none_or(|names| is_short || names.last().is_some_and(String::is_empty));
        let header = header.map(|mut names| {
            if trails && is_short {
                names.push(String::new());
            } else if is_short {
                names.insert(0, String::new());
            }
            names.resize(width, String::new());
            names
        });
        let mut layout = Layout::new(header, width, columns)?;
        if trails {
            notes.push("each row ends in a separator: nothing is behind it".into());
            layout.roles[width - 1] = Role::Skip;
            layout.others.retain(|column| *column != width - 1);
        }
        if is_short && !trails && layout.roles[0] == Role::Feature {
            notes.push("the header is one name short: the first column is taken for the names of rows, and left out".into());
            layout.roles[0] = Role::Skip;
        }
        let has_units = first == 1 && sample.has_units(&kinds);
        if has_units {
            notes.push("the line below the header looks like units, and is left out".into());
        }
        let before = first + usize::from(has_units);
        sample.set_roles(before, &mut layout, columns, &mut notes);
        if !layout.roles.contains(&Role::Feature) {
            return Err(format!(
                "expected columns of numbers, found none{}",
                long_table(&layout)
            ));
        }
        for other in layout.others.clone() {
            let is_time = sample.kind(before, other) == Kind::Times
                || sample.is_clock(before, other, &layout.name(other));
            if is_time && columns.time.is_none() {
                layout.roles[other] = Role::Time;
            }
        }
        layout.note_others();
        layout.notes.append(&mut notes);
        Ok(Self {
            layout,
            decimal_comma: sample.decimal_comma,
            before,
        })
    }
}

/// Where all columns of numbers are gone, a hint at the usual reason.
fn long_table(layout: &Layout) -> &'static str {
    match layout.header {
        Some(_) => {
            ": if each line is one reading of one sensor, make a column of each sensor first"
        }
        None => "",
    }
}

impl Sample<'_> {
    fn data(&self, from: usize) -> impl Iterator<Item = &ByteRecord> {
        self.records.iter().skip(from)
    }

    /// The number of cells of most records, the first aside.
    fn width(&self) -> usize {
        let first = self.records.first().map_or(0, ByteRecord::len);
        let widths: Vec<usize> = self.data(1).map(ByteRecord::len).collect();
        let frequency = |width: &usize| widths.iter().filter(|other| *other == width).count();
        let usual = widths.iter().copied().max_by_key(frequency);
        match usual {
            // Each row is one longer than a header with a name too few; other lengths are errors of rows.
            Some(usual) if usual == first + 1 && self.starts_with_words() => usual,
            _ => first,
        }
    }

    /// Whether no cell of the first record is a number.
    fn starts_with_words(&self) -> bool {
        let mut cells = self.records.iter().take(1).flatten();
        cells.all(|cell| Cell::parse(cell, self.decimal_comma).is_none())
    }

    /// What most cells of a column are, empty ones aside, in the records from `from` on.
    fn kind(&self, from: usize, column: usize) -> Kind {
        let (mut numbers, mut times, mut words) = (0, 0, 0);
        for cell in self.data(from).filter_map(|record| record.get(column)) {
            match Cell::parse(cell, self.decimal_comma) {
                Some(Cell::Missing) => {}
                Some(_) => numbers += 1,
                None if is_time(cell) => times += 1,
                None => words += 1,
            }
        }
        match numbers.max(times).max(words) {
            0 => Kind::Nothing,
            most if most == numbers => Kind::Numbers,
            most if most == times => Kind::Times,
            _ => Kind::Words,
        }
    }

    /// The names in the first record, unless it is a row: it has a word where the others have numbers or times, or is all
    /// words. A column skipped by its index may hold anything.
    fn header(&self, kinds: &[Kind], columns: &Columns) -> Option<Vec<String>> {
        let first = self.records.first()?;
        let skipped: Vec<usize> = columns.skip.iter().flat_map(|s| s.trim().parse()).collect();
        let offset = usize::from(first.len() + 1 == kinds.len());
        let is_word =
            |cell: &[u8]| Cell::parse(cell, self.decimal_comma).is_none() && !is_time(cell);
        let mut read = first
            .iter()
            .enumerate()
            .filter(|(i, _)| !skipped.contains(i));
        let kind = |i: usize| kinds.get(i + offset).copied().unwrap_or(Kind::Nothing);
        let names_something = read
            .clone()
            .any(|(i, cell)| is_word(cell) && kind(i) != Kind::Words);
        let is_header = offset == 1 || names_something || read.all(|(_, cell)| is_word(cell));
        is_header.then(|| first.iter().map(name).collect())
    }

    /// Whether the record below the header has words in columns of numbers, and no number in any.
    fn has_units(&self, kinds: &[Kind]) -> bool {
        let Some(second) = self.records.get(1) else {
            return false;
        };
        let later: Vec<Kind> = (0..kinds.len()).map(|i| self.kind(2, i)).collect();
        let mut numeric = second
            .iter()
            .zip(&later)
            .filter(|(_, kind)| **kind == Kind::Numbers);
        let is_number = |cell: &[u8]| {
            matches!(
                Cell::parse(cell, self.decimal_comma),
                Some(Cell::Number(_) | Cell::Switch(_))
            )
        };
        let is_word = |cell: &[u8]| Cell::parse(cell, self.decimal_comma).is_none();
        numeric.clone().any(|(cell, _)| is_word(cell)) && !numeric.any(|(cell, _)| is_number(cell))
    }

    /// Leaves out of the features what is a time, a count of rows, or words.
    fn set_roles(
        &self,
        from: usize,
        layout: &mut Layout,
        columns: &Columns,
        notes: &mut Vec<String>,
    ) {
        let (mut times, mut words, mut switches) = (vec![], vec![], vec![]);
        for i in 0..layout.roles.len() {
            if layout.roles[i] != Role::Feature {
                continue;
            }
            let is_chosen = !columns.only.is_empty();
            let is_unnamed = layout
                .header
                .as_ref()
                .is_some_and(|names| names[i].is_empty());
            if self.kind(from, i) == Kind::Times || self.is_clock(from, i, &layout.name(i)) {
                times.push(layout.name(i));
                layout.roles[i] = match columns.time {
                    None => Role::Time,
                    Some(_) => Role::Skip,
                };
            } else if is_unnamed && self.counts_up(from, i) {
                notes.push(format!(
                    "column {i} has no name and counts the rows: it is left out"
                ));
                layout.roles[i] = Role::Skip;
            } else if self.kind(from, i) == Kind::Words && !is_chosen {
                words.push(layout.name(i));
                layout.roles[i] = Role::Skip;
            } else if self.has_switches(from, i) {
                switches.push(layout.name(i));
            }
        }
        let features = layout.features();
        let twice = (1..features.len()).find(|i| features[..*i].contains(&features[*i]));
        if let Some(i) = twice {
            notes.push(format!(
                "several columns are called {}: later files cannot be matched by name",
                features[i]
            ));
        }
        if !times.is_empty() {
            notes.push(format!("{} taken for the time, no feature", few(&times)));
        }
        if !words.is_empty() {
            let labels = words
                .iter()
                .find(|name| self.holds_labels(from, layout, name));
            let hint = labels.map_or_else(String::new, |name| {
                format!("; is {name} a label? --label {name}")
            });
            notes.push(format!(
                "columns of words are left out: {}{hint}",
                few(&words)
            ));
        }
        if !switches.is_empty() {
            notes.push(format!(
                "words for off and on become 0 and 1: {}",
                few(&switches)
            ));
        }
    }

    fn numbers(&self, from: usize, column: usize) -> impl Iterator<Item = f64> {
        let cells = self.data(from).filter_map(move |record| record.get(column));
        cells.filter_map(|cell| match Cell::parse(cell, self.decimal_comma)? {
            Cell::Number(number) => Some(number),
            _ => None,
        })
    }

    /// Whether a column has the name of a time, and numbers that never fall.
    fn is_clock(&self, from: usize, column: usize, name: &str) -> bool {
        let mut last = f64::NEG_INFINITY;
        let mut numbers = self.numbers(from, column);
        let count = self.data(from).count();
        count > 2
            && is_time_name(name)
            && self.kind(from, column) == Kind::Numbers
            && numbers.all(|number| std::mem::replace(&mut last, number) <= number)
            && self.numbers(from, column).next() < self.numbers(from, column).last()
    }

    /// Whether a column goes up by one from row to row.
    fn counts_up(&self, from: usize, column: usize) -> bool {
        let numbers: Vec<f64> = self.numbers(from, column).collect();
        numbers.len() > 1 && numbers.windows(2).all(|pair| pair[1] - pair[0] == 1.0)
    }

    /// Whether all words of a column are plain labels.
    fn holds_labels(&self, from: usize, layout: &Layout, name: &str) -> bool {
        let column = (0..layout.roles.len()).find(|i| layout.name(*i) == name);
        let mut cells = self.data(from).filter_map(|record| record.get(column?));
        column.is_some() && cells.all(is_plain)
    }

    fn has_switches(&self, from: usize, column: usize) -> bool {
        let mut cells = self.data(from).filter_map(|record| record.get(column));
        cells.any(|cell| matches!(Cell::parse(cell, self.decimal_comma), Some(Cell::Switch(_))))
    }
}
