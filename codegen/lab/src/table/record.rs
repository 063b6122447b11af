//! What a record is as a whole: none, over several lines, or cut off.

use super::cell::{Cell, Notation};
use super::dialect::is_comment;
use csv::ByteRecord;

/// How often lines end within the cells of a record, which only quotes allow.
pub(super) fn broken_lines(record: &ByteRecord) -> usize {
    let bytes = record.as_slice();
    let [feeds, returns] =
        [b'\n', b'\r'].map(|end| bytes.iter().filter(|byte| **byte == end).count());
    feeds.max(returns)
}

/// Whether a cell is the start of a number: `1.2e` or `1.2e-`.
pub(super) fn is_cut(cell: &[u8]) -> bool {
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
