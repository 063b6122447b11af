//! What is in a cell: a number, nothing, or a word that stands for one of them.

/// The content of a cell that can be a value of a feature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell {
    Number(f64),
    /// Empty, or a word for that.
    Missing,
    /// A word for 0 or 1.
    Switch(bool),
}

/// How numbers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notation {
    /// `1234.5`
    Point,
    /// `1234,5` or `1.234,5`
    Comma,
    /// `1234.5` or `1,234.5`
    Thousands,
}

/// Words for a missing reading, in lower case.
const MISSING: [&[u8]; 24] = [
    b"na",
    b"n/a",
    b"#n/a",
    b"n.a.",
    b"nan",
    b"?",
    b"-",
    b"--",
    b"null",
    b"none",
    b"unavailable",
    b"unknown",
    b"missing",
    b"nil",
    b"<na>",
    b"nat",
    b"---",
    b".",
    b"(null)",
    b"undefined",
    b"no data",
    b"#div/0!",
    b"#value!",
    b"#n/a n/a",
];

/// Words for 0 and 1, in lower case.
const SWITCHES: [(&[u8], bool); 8] = [
    (b"false", false),
    (b"true", true),
    (b"off", false),
    (b"on", true),
    (b"no", false),
    (b"yes", true),
    (b"closed", false),
    (b"open", true),
];

impl Cell {
    /// Whether it is no word for off or on.
    pub fn is_number(self) -> bool {
        !matches!(self, Self::Switch(_))
    }

    /// Reads a cell; `None` for other words.
    pub fn parse(cell: &[u8], notation: Notation) -> Option<Self> {
        let cell = cell.trim_ascii();
        if cell.is_empty() {
            return Some(Self::Missing);
        }
        let number: Option<f64> = match notation {
            Notation::Comma if cell.iter().any(|c| b",.".contains(c)) => with_comma(cell),
            Notation::Thousands if has_thousands(cell) => with_thousands(cell),
            _ => fast_float2::parse(cell).ok(),
        };
        number.map(Self::of).or_else(|| Self::word(cell))
    }

    /// A number; NaN is none.
    pub fn of(number: f64) -> Self {
        match number.is_nan() {
            true => Self::Missing,
            false => Self::Number(number),
        }
    }

    fn word(cell: &[u8]) -> Option<Self> {
        if cell.len() > 12 {
            return None;
        }
        let word = cell.to_ascii_lowercase();
        if MISSING.contains(&word.as_slice()) {
            return Some(Self::Missing);
        }
        let switch = SWITCHES.iter().find(|(name, _)| *name == word);
        switch.map(|(_, on)| Self::Switch(*on))
    }

    /// The value of a feature; NaN for a missing one.
    pub fn value(self) -> f64 {
        match self {
            Self::Number(number) => number,
            Self::Missing => f64::NAN,
            Self::Switch(on) => f64::from(u8::from(on)),
        }
    }
}

/// A number with a comma before its decimals and, if need be, points between thousands.
fn with_comma(cell: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(cell).ok()?;
    let (whole, decimals) = text.split_once(',').unwrap_or((text, "0"));
    let digits = whole.trim_start_matches(['+', '-']);
    let mut groups = digits.split('.');
    let first = groups.next().map_or(0, str::len);
    if digits.contains('.') && !((1..=3).contains(&first) && groups.all(|group| group.len() == 3)) {
        return None;
    }
    let whole = whole.bytes().filter(|byte| *byte != b'.');
    let number: Vec<u8> = whole.chain([b'.']).chain(decimals.bytes()).collect();
    fast_float2::parse(number).ok()
}

/// A number with commas between its thousands.
fn with_thousands(cell: &[u8]) -> Option<f64> {
    let digits = cell.iter().copied().filter(|byte| *byte != b',');
    fast_float2::parse(digits.collect::<Vec<u8>>()).ok()
}

/// Whether a cell is a number with commas between its thousands: `1,234` or `1,234.5`.
pub(super) fn has_thousands(cell: &[u8]) -> bool {
    let cell = cell.trim_ascii();
    let digits = cell.strip_prefix(b"-").unwrap_or(cell);
    let whole = digits.split(|byte| *byte == b'.').next();
    let mut groups = whole.unwrap_or_default().split(|byte| *byte == b',');
    let first = groups.next().unwrap_or_default();
    let mut rest = groups.peekable();
    let is_group = |group: &[u8]| group.len() == 3 && group.iter().all(u8::is_ascii_digit);
    (1..=3).contains(&first.len())
        && !first.starts_with(b"0")
        && first.iter().all(u8::is_ascii_digit)
        && rest.peek().is_some()
        && rest.all(is_group)
        && with_thousands(cell).is_some()
}

/// Whether a cell is a number with a comma before its decimals.
pub(super) fn has_decimal_comma(cell: &[u8]) -> bool {
    let cell = cell.trim_ascii();
    cell.contains(&b',') && !cell.starts_with(b",") && with_comma(cell).is_some()
}

/// Whether a cell is a number with a point before its decimals.
pub(super) fn has_decimal_point(cell: &[u8]) -> bool {
    let cell = cell.trim_ascii();
    cell.contains(&b'.') && matches!(Cell::parse(cell, Notation::Point), Some(Cell::Number(_)))
}

#[cfg(test)]
mod tests;
