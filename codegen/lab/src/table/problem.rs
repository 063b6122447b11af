//! What can be wrong with a record, in words.

use super::draw::MAX_NUMBERS;
use super::hours::TIME_OF_DAY;
use super::label::NO_LABEL;
use nice_flow_codegen::text::{begun, counted};

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
    /// A cell that must be a count.
    Count { column: String, found: String },
    /// A time that must say the hour.
    Hour { column: String, found: String },
    /// Nothing in place of a label.
    NoLabel { column: String },
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
            Self::Count { column, found } => format!(
                "line {line}, column {column}: expected a count, a whole number of 32 bits, found {found:?}"
            ),
            Self::Hour { column, found } => {
                format!("line {line}, column {column}: expected {TIME_OF_DAY}, found {found:?}")
            }
            Self::NoLabel { column } => format!("line {line}, column {column}: {NO_LABEL}"),
            Self::Width { expected, found } => {
                let expected = counted(expected, "column");
                format!("line {line}: expected {expected}, found {found}")
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

/// A cell in words; only the start of a long one, as an unclosed quote causes.
pub(super) fn text(cell: &[u8]) -> String {
    begun(String::from_utf8_lossy(cell).trim(), 40).into_owned()
}
