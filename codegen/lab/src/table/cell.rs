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
    /// Reads a cell; `None` for other words. `decimal_comma`: numbers are written like `1.234,5`.
    pub fn parse(cell: &[u8], decimal_comma: bool) -> Option<Self> {
        let cell = cell.trim_ascii();
        if cell.is_empty() {
            return Some(Self::Missing);
        }
        let plain = || std::str::from_utf8(cell).ok()?.parse().ok();
        let number: Option<f64> = match decimal_comma && cell.iter().any(|c| b",.".contains(c)) {
            true => with_comma(cell),
            false => plain(),
        };
        match number {
            Some(number) if number.is_nan() => Some(Self::Missing),
            Some(number) => Some(Self::Number(number)),
            None => Self::word(cell),
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
    format!("{}.{decimals}", whole.replace('.', ""))
        .parse()
        .ok()
}

/// Whether a cell is a number with a comma before its decimals.
pub(super) fn has_decimal_comma(cell: &[u8]) -> bool {
    let cell = cell.trim_ascii();
    cell.contains(&b',') && !cell.starts_with(b",") && with_comma(cell).is_some()
}

/// Whether a cell is a number with a point before its decimals.
pub(super) fn has_decimal_point(cell: &[u8]) -> bool {
    let cell = cell.trim_ascii();
    cell.contains(&b'.') && matches!(Cell::parse(cell, false), Some(Cell::Number(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str, decimal_comma: bool) -> Option<f64> {
        match Cell::parse(text.as_bytes(), decimal_comma) {
            Some(Cell::Number(number)) => Some(number),
            _ => None,
        }
    }

    #[test]
    fn numbers_are_read_with_points_or_with_commas() {
        for (text, value) in [("1e-3", 1e-3), (" +.5 ", 0.5), ("-inf", f64::NEG_INFINITY)] {
            assert_eq!(number(text, false), Some(value));
        }
        for (text, value) in [
            ("20,251", 20.251),
            ("-1.234,5", -1234.5),
            ("1.234.567,8e1", 12_345_678.0),
        ] {
            assert_eq!(number(text, true), Some(value));
            assert_eq!(number(text, false), None);
        }
        assert_eq!(number("1.201", true), Some(1201.0));
        assert_eq!(number("3.75", true), None);
        for text in ["1,2,3", "12.34,5", "a,5", ",", "1234.567,8"] {
            assert_eq!(number(text, true), None, "{text}");
        }
    }

    #[test]
    fn words_stand_for_nothing_or_for_a_switch() {
        for text in [
            "",
            "  ",
            "NA",
            "N/A",
            "NaN",
            "?",
            "-",
            "NULL",
            "None",
            "unavailable",
            "Unknown",
        ] {
            assert_eq!(
                Cell::parse(text.as_bytes(), false),
                Some(Cell::Missing),
                "{text}"
            );
        }
        for (text, on) in [("True", true), ("OFF", false), ("yes", true), ("No", false)] {
            assert_eq!(
                Cell::parse(text.as_bytes(), false),
                Some(Cell::Switch(on)),
                "{text}"
            );
        }
        for text in ["A7", "ok", "normal", "degC", "2031-03-01"] {
            assert_eq!(Cell::parse(text.as_bytes(), false), None, "{text}");
        }
    }
}
