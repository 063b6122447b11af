//! Names of columns, and what they and their cells say of times.

use super::encoding::windows;
use super::instant::{Instant, Order};
use nice_flow_codegen::text::escaped;

/// A name in a header, of one line; bytes that are no UTF-8 are taken for those of Windows and Latin-1.
pub(super) fn name(cell: &[u8]) -> String {
    let name = std::str::from_utf8(cell).map_or_else(|_| windows(cell), Into::into);
    escaped(name.trim()).into_owned()
}

/// The letters and digits of a name, in lower case.
pub(super) fn letters(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

pub(super) fn is_blank(cell: &[u8]) -> bool {
    cell.trim_ascii().is_empty()
}

/// Whether a column has no name: pandas writes `Unnamed: 0` for that.
pub(super) fn is_no_name(name: &str) -> bool {
    name.is_empty() || name.starts_with("Unnamed: ")
}

/// Whether a cell is a time stamp that is no mere number.
pub(super) fn is_time(cell: &[u8]) -> bool {
    let text = std::str::from_utf8(cell).unwrap_or_default();
    [Order::DayFirst, Order::MonthFirst]
        .into_iter()
        .any(|order| Instant::parse(text, order).is_some())
}

/// Names of columns that hold times, in lower case, without units.
const TIMES: [&str; 17] = [
    "t",
    "ts",
    "time",
    "timestamp",
    "datetime",
    "date",
    "epoch",
    "unix",
    "unixtime",
    "clock",
    "seconds",
    "secs",
    "elapsed",
    "elapsedtime",
    "millis",
    "milliseconds",
    "timems",
];

/// Whether a column is named like a time: `Time (s)`, `time_stamp`, `elapsed_seconds`.
pub(super) fn is_time_name(name: &str) -> bool {
    let letters = letters(name.split(['(', '[']).next().unwrap_or_default());
    TIMES.contains(&letters.as_str())
        || letters.ends_with("timestamp")
        || letters.starts_with("elapsed")
}
