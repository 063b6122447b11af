//! What loggers write before a table: lines about the instrument, and a header that is a comment.

use super::cell::{Cell, Notation};
use super::names::is_time;
use csv::ByteRecord;

/// A record, with its line.
pub(super) type Line = (ByteRecord, u64);

/// Takes off what comes before the header: records with another number of cells than the table, above a record of words that
/// has as many as the table. Returns a note on them.
pub(super) fn take_off(records: &mut Vec<Line>) -> Option<String> {
    let separates = |(record, _): &Line| record.get(0).is_some_and(names_separator);
    if records.first().is_some_and(separates) {
        records.remove(0);
    }
    let width = usual_width(records)?;
    let header = records
        .iter()
        .position(|(record, _)| record.len() == width)?;
    let has_word = |(record, _): &Line| record.iter().any(is_word);
    let mut names = records[header].0.iter();
    let is_header = names.all(|cell| is_word(cell) || cell.is_empty());
    if header == 0 || !is_header || !records[..header].iter().all(has_word) {
        return None;
    }
    let (first, last) = (records[0].1, records[header - 1].1);
    records.drain(..header);
    Some(match first == last {
        true => format!("line {first} comes before the table, and is left out"),
        false => format!("lines {first} to {last} come before the table, and are left out"),
    })
}

/// The names in the last comment before the table, if there is one for each column, and the table has no other header.
pub(super) fn header((comment, line): Line, records: &[Line]) -> Option<Line> {
    let (row, _) = records.first()?;
    let width = usual_width(records)?;
    let names: Vec<&[u8]> = uncommented(&comment).collect();
    let has_header = row.iter().all(is_word);
    let is_header = width > 1 && names.len() == width && names.iter().all(|name| is_word(name));
    (is_header && !has_header).then(|| (ByteRecord::from(names), line))
}

/// The cells of a comment without the sign that makes it one.
fn uncommented(comment: &ByteRecord) -> impl Iterator<Item = &[u8]> {
    let first = comment.get(0).unwrap_or_default();
    let signs = first.iter().take_while(|byte| b"#%/ \t".contains(byte));
    let first = &first[signs.count()..];
    let first = Some(first).filter(|first| !first.is_empty());
    first.into_iter().chain(comment.iter().skip(1))
}

/// The number of cells of most records of the second half.
fn usual_width(records: &[Line]) -> Option<usize> {
    let widths: Vec<usize> = records[records.len() / 2..]
        .iter()
        .map(|(record, _)| record.len())
        .collect();
    let frequency = |width: &&usize| widths.iter().filter(|other| other == width).count();
    widths.iter().max_by_key(frequency).copied()
}

/// Whether a cell can be a name.
fn is_word(cell: &[u8]) -> bool {
    Cell::parse(cell, Notation::Point).is_none() && !is_time(cell)
}

/// Whether a line tells Excel what is between cells: `sep=;`.
fn names_separator(cell: &[u8]) -> bool {
    cell.trim_ascii()
        .get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case(b"sep="))
}
