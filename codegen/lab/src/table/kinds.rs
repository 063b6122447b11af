//! What the first records of a text look like, column by column.

use super::cell::{Cell, Notation, has_thousands};
use super::clock::{is_clock, wanders};
use super::columns::Columns;
use super::label::is_plain;
use super::names::{is_blank, is_time, name};
use csv::ByteRecord;

/// What most of the cells of a column are.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Numbers,
    Times,
    Words,
    /// Nothing is in them.
    Nothing,
}

/// The most lines of units below a header.
const MOST_UNITS: usize = 3;

/// The first records, comments and blank ones aside.
pub(super) struct Sample<'a> {
    pub records: &'a [ByteRecord],
    pub notation: Notation,
}

impl Sample<'_> {
    pub fn data(&self, from: usize) -> impl Iterator<Item = &ByteRecord> {
        self.records.iter().skip(from)
    }

    /// The number of cells of most records, the first aside.
    pub fn width(&self) -> usize {
        let first = self.records.first().map_or(0, ByteRecord::len);
        let widths: Vec<usize> = self.data(1).map(ByteRecord::len).collect();
        let frequency = |width: &usize| widths.iter().filter(|other| *other == width).count();
        let usual = widths.iter().copied().max_by_key(frequency);
        match usual {
            // Each row is one longer than a header with a name too few; other lengths are errors of rows.
            Some(usual) if usual == first + 1 && self.is_short_header(usual) => usual,
            _ => first,
        }
    }

    /// Whether the first record is a header with a name too few for records of so many cells: their first cells name the
    /// rows, or their last are empty.
    fn is_short_header(&self, width: usize) -> bool {
        let whole = || self.data(1).filter(|record| record.len() == width);
        let names: Vec<&[u8]> = whole().filter_map(|record| record.get(0)).collect();
        let is_new = |i: usize| is_row_name(names[i]) && !names[..i].contains(&names[i]);
        let trails = |record: &ByteRecord| record.get(width - 1).is_some_and(is_blank);
        self.starts_with_words() && ((0..names.len()).all(is_new) || whole().all(trails))
    }

    /// Whether no cell of the first record is a number.
    fn starts_with_words(&self) -> bool {
        let mut cells = self.records.iter().take(1).flatten();
        cells.all(|cell| Cell::parse(cell, self.notation).is_none())
    }

    /// What most cells of a column are, empty ones aside, in the records from `from` on.
    pub fn kind(&self, from: usize, column: usize) -> Kind {
        let (mut numbers, mut times, mut words) = (0, 0, 0);
        for cell in self.data(from).filter_map(|record| record.get(column)) {
            match Cell::parse(cell, self.notation) {
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
    pub fn header(&self, kinds: &[Kind], columns: &Columns) -> Option<Vec<String>> {
        let first = self.records.first()?;
        if self.has_numbered_header() {
            let unnamed = first.iter().take_while(|cell| is_blank(cell)).count();
            let names = (0..first.len() - unnamed).map(|i| format!("x{i}"));
            return Some(
                vec![String::new(); unnamed]
                    .into_iter()
                    .chain(names)
                    .collect(),
            );
        }
        let skipped: Vec<usize> = columns.skip.iter().flat_map(|s| s.trim().parse()).collect();
        let offset = usize::from(first.len() + 1 == kinds.len());
        let is_word = |cell: &[u8]| Cell::parse(cell, self.notation).is_none() && !is_time(cell);
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

    /// Whether the first record is 0, 1, 2, …, perhaps behind an empty cell: so pandas writes columns without names.
    pub fn has_numbered_header(&self) -> bool {
        let Some(first) = self.records.first() else {
            return false;
        };
        let cells = first
            .iter()
            .skip(usize::from(first.get(0).is_some_and(is_blank)));
        let is_number = |(i, cell): (usize, &[u8])| cell == i.to_string().as_bytes();
        first.len() > 2 && cells.enumerate().all(is_number)
    }

    /// Whether the last cell of all whole records is empty.
    pub fn trails(&self, from: usize, width: usize) -> bool {
        let mut whole = self.data(from).filter(|record| record.len() == width);
        width > 1 && whole.all(|record| record.get(width - 1).is_some_and(is_blank))
    }

    /// How many lines below a header in the first record are units, or what a logger did with the readings.
    pub fn unit_lines(&self, first: usize, width: usize) -> usize {
        let lines = (first..).take_while(|line| first == 1 && self.is_unit_line(*line, width));
        lines.take(MOST_UNITS).count()
    }

    /// Whether a record below the header has words in columns of numbers, and no number in any.
    fn is_unit_line(&self, line: usize, width: usize) -> bool {
        let Some(record) = self.records.get(line) else {
            return false;
        };
        let is_numeric = |column: usize| self.kind(line + 1, column) == Kind::Numbers;
        let mut numeric = (record.iter().zip(0..width))
            .filter(|(_, column)| is_numeric(*column))
            .map(|(cell, _)| Cell::parse(cell, self.notation));
        let is_number =
            |cell: Option<Cell>| matches!(cell, Some(Cell::Number(_) | Cell::Switch(_)));
        numeric.clone().any(|cell| cell.is_none()) && !numeric.any(is_number)
    }

    /// A cell with a comma before decimals that may be one between thousands: so may all of its column, where others are whole and have
    /// none.
    pub fn doubtful_comma(&self, from: usize) -> Option<&[u8]> {
        let columns = (0..self.width()).filter(|_| self.notation == Notation::Comma);
        let cells = |column: usize| self.data(from).filter_map(move |record| record.get(column));
        let mut doubtful = columns.filter_map(|column| {
            let commas: Vec<&[u8]> = cells(column).filter(|cell| cell.contains(&b',')).collect();
            let has_whole = cells(column).any(is_below_thousand);
            let is_doubtful = has_whole && commas.iter().all(|cell| has_thousands(cell));
            commas.first().copied().filter(|_| is_doubtful)
        });
        doubtful.next()
    }

    fn numbers(&self, from: usize, column: usize) -> impl Iterator<Item = f64> {
        let cells = self.data(from).filter_map(move |record| record.get(column));
        cells.filter_map(|cell| match Cell::parse(cell, self.notation)? {
            Cell::Number(number) => Some(number),
            _ => None,
        })
    }

    /// Whether a column has the name of a time, and numbers that never fall.
    pub fn is_clock(&self, from: usize, column: usize, name: &str) -> bool {
        let numbers: Vec<f64> = self.numbers(from, column).collect();
        let is_one = self.data(from).count() > 2 && self.kind(from, column) == Kind::Numbers;
        is_one && is_clock(name, &numbers)
    }

    /// Whether numbers of a column rise and fall so often that they are no times. Those fall only where the newest are first, or
    /// a clock or a recording begins anew.
    pub fn wanders(&self, from: usize, column: usize) -> bool {
        let numbers: Vec<f64> = self.numbers(from, column).collect();
        self.kind(from, column) == Kind::Numbers && wanders(&numbers)
    }

    /// Whether a column goes up by whole numbers from row to row, as the numbers of rows do, some of which may be left out.
    pub fn counts_up(&self, from: usize, column: usize) -> bool {
        let numbers: Vec<f64> = self.numbers(from, column).collect();
        let rises =
            |pair: &[f64]| pair[0].fract() == 0.0 && pair[1].fract() == 0.0 && pair[0] < pair[1];
        numbers.len() > 1 && numbers.windows(2).all(rises)
    }

    /// Whether all words of a column are plain labels.
    pub fn holds_labels(&self, from: usize, column: usize) -> bool {
        let mut cells = self.data(from).filter_map(|record| record.get(column));
        cells.all(is_plain)
    }

    /// Whether a column has words for off and on, and no numbers but 0 and 1: beside others such a word is no measurement.
    pub fn has_switches(&self, from: usize, column: usize) -> bool {
        let mut cells = self.data(from).filter_map(|record| record.get(column));
        let mut numbers = self.numbers(from, column);
        cells.any(|cell| matches!(Cell::parse(cell, self.notation), Some(Cell::Switch(_))))
            && numbers.all(|number| number == 0.0 || number == 1.0)
    }
}

/// Whether a cell can name a row: a whole number or a word.
fn is_row_name(cell: &[u8]) -> bool {
    match Cell::parse(cell, Notation::Point) {
        Some(Cell::Number(number)) => number.fract() == 0.0,
        Some(_) => false,
        None => true,
    }
}

/// Whether a cell is a whole number of up to three digits, which has no thousands.
fn is_below_thousand(cell: &[u8]) -> bool {
    let cell = cell.trim_ascii();
    let digits = cell.strip_prefix(b"-").unwrap_or(cell);
    (1..=3).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit)
}
