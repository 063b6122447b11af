//! Rows straight from the bytes of a text: no record is made, and a number is read where it stands.

use super::cell::Notation;
use super::dialect::Separator;
use super::form::Form;
use super::rows::{Cells, Rows};
use memchr::memchr;
use nice_flow_codegen::reading::MAX_RECORD;

/// The rows of a text that starts with a record. `None` where it takes a reader of records: if one of them is no row or is
/// wrong, if there are quotes within quotes, or if spaces separate cells.
pub(super) fn rows(text: &[u8], separator: Separator, form: &Form) -> Option<Rows> {
    let Separator::Byte(separator) = separator else {
        return None;
    };
    // A reader of records adds two line ends to the text, and fails at so many bytes.
    if text.len() as u64 + 4 > MAX_RECORD {
        return None;
    }
    let mut rows = Rows::new(form);
    let mut line = Line {
        text,
        separator,
        // Numbers with a comma before their decimals are converted cell by cell.
        has_points: form.notation != Notation::Comma,
        place: 0,
        is_over: true,
    };
    while line.start() {
        let first = { line }.next()?;
        if form.may_be_no_row(first) || rows.add(form, &mut line).is_err() || !line.is_over {
            return None;
        }
    }
    Some(rows)
}

/// The cells of a record that are not read yet.
#[derive(Clone, Copy)]
struct Line<'a> {
    text: &'a [u8],
    separator: u8,
    /// Whether the decimals of numbers are behind points.
    has_points: bool,
    /// Where the next cell starts, or the record ended.
    place: usize,
    /// Whether there are no more cells.
    is_over: bool,
}

impl Line<'_> {
    /// Goes on to the next record, behind empty lines; returns whether there is one.
    fn start(&mut self) -> bool {
        while let Some(b'\n' | b'\r') = self.text.get(self.place) {
            self.place += 1;
        }
        self.is_over = self.place == self.text.len();
        !self.is_over
    }

    /// Goes behind a cell that ends here; returns whether one can.
    fn end(&mut self, end: usize) -> bool {
        match self.text.get(end) {
            Some(byte) if *byte == self.separator => self.place = end + 1,
            None | Some(b'\n' | b'\r') => (self.place, self.is_over) = (end, true),
            Some(_) => return false,
        }
        true
    }

    /// The place behind the spaces here.
    fn behind_spaces(&self, place: usize) -> usize {
        let spaces = self.text[place..].iter().take_while(|byte| **byte == b' ');
        place + spaces.count()
    }
}

impl<'a> Iterator for Line<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.is_over {
            return None;
        }
        let rest = &self.text[self.place..];
        let (cell, end) = match rest.first() {
            Some(b'"') => {
                let length = memchr(b'"', &rest[1..])?;
                (&rest[1..=length], length + 2)
            }
            _ => {
                let is_end = |byte: &u8| *byte == self.separator || b"\n\r".contains(byte);
                let length = rest.iter().position(is_end).unwrap_or(rest.len());
                (&rest[..length], length)
            }
        };
        self.end(self.place + end).then_some(cell)
    }
}

impl<'a> Cells<'a> for Line<'a> {
    fn number(&mut self) -> Option<f64> {
        if self.is_over || !self.has_points {
            return None;
        }
        let start = self.behind_spaces(self.place);
        let (number, length) = fast_float2::parse_partial(&self.text[start..]).ok()?;
        let end = self.behind_spaces(start + length);
        self.end(end).then_some(number)
    }
}
