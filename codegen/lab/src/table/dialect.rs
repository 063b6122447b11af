//! How a text writes its rows: what is between cells, and before decimals.

use super::cell::{Cell, Notation, has_decimal_comma, has_decimal_point, has_thousands};

/// What is between two cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Separator {
    /// A byte, which quoted cells may contain.
    Byte(u8),
    /// Spaces and tabs, as many as there are.
    Spaces,
}

/// Lines that are looked at.
const LINES: usize = 50;

impl Separator {
    /// The separator of a text, by its start.
    ///
    /// Of the bytes that are equally often in all lines, the one that leaves the most numbers: in `20,251;10,018` the
    /// semicolon. Where no byte is, runs of spaces are, if they leave equally many cells in all lines; else a comma, or a
    /// semicolon or tab if the first line has one and no comma.
    pub fn of(sample: &[u8]) -> Self {
        let lines: Vec<&[u8]> = lines(sample).take(LINES).collect();
        let candidates = [b',', b';', b'\t', b'|'].map(Self::Byte);
        let divides = |data: &[&[u8]]| candidates.iter().any(|one| one.divides_evenly(data));
        // Loggers write lines of their own before the table.
        let data = match lines.get(1..).filter(|data| !data.is_empty()) {
            Some(data) if divides(data) => data,
            Some(data) if divides(&data[data.len() / 2..]) => &data[data.len() / 2..],
            Some(data) => data,
            None => &lines,
        };
        let even = candidates
            .into_iter()
            .filter(|one| one.divides_evenly(data));
        let mut best = (0.0, None);
        for one in even {
            let share = one.numbers(data);
            if best.1.is_none() || share > best.0 {
                best = (share, Some(one));
            }
        }
        let first = lines.first().copied().unwrap_or_default();
        let bytes = [b',', b';', b'\t'];
        let in_first = bytes.into_iter().find(|byte| first.contains(byte));
        let spaces =
            (in_first.is_none() && Self::Spaces.divides_evenly(data)).then_some(Self::Spaces);
        let fallback = || Self::Byte(in_first.unwrap_or(b','));
        best.1.or(spaces).unwrap_or_else(fallback)
    }

    /// The cells of a line; what is between quotes belongs to one cell.
    pub fn cells(self, line: &[u8]) -> Vec<&[u8]> {
        match self {
            Self::Spaces => {
                let words = line.split(|byte| byte.is_ascii_whitespace());
                words.filter(|word| !word.is_empty()).collect()
            }
            Self::Byte(separator) => {
                let mut quoted = false;
                let is_separator = |byte: &u8| {
                    quoted ^= *byte == b'"';
                    *byte == separator && !quoted
                };
                line.split(is_separator).map(unquoted).collect()
            }
        }
    }

    /// Whether every line has the same number of cells, more than one.
    fn divides_evenly(self, lines: &[&[u8]]) -> bool {
        let mut counts = lines.iter().map(|line| self.cells(line).len());
        let first = counts.next().unwrap_or(0);
        first > 1 && counts.all(|count| count == first)
    }

    /// The share of cells that are numbers or empty.
    fn numbers(self, lines: &[&[u8]]) -> f64 {
        let cells = lines.iter().flat_map(|line| self.cells(line));
        let is_number = |cell: &&[u8]| Cell::parse(cell, Notation::Comma).is_some();
        let (count, numbers) = (cells.clone().count(), cells.filter(is_number).count());
        numbers as f64 / count.max(1) as f64
    }
}

fn unquoted(cell: &[u8]) -> &[u8] {
    let cell = cell.trim_ascii();
    let inner = cell
        .strip_prefix(b"\"")
        .and_then(|cell| cell.strip_suffix(b"\""));
    inner.unwrap_or(cell)
}

/// The lines of a sample that hold something, without comments, and without the last, which may be cut.
fn lines(sample: &[u8]) -> impl Iterator<Item = &[u8]> {
    let whole = match sample.iter().rposition(|byte| is_line_end(*byte)) {
        Some(end) => &sample[..end],
        None => sample,
    };
    let lines = whole.split(|byte| is_line_end(*byte));
    lines.filter(|line| !line.trim_ascii().is_empty() && !is_comment(line))
}

fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// Whether a line is a comment.
pub(super) fn is_comment(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    // `#17` is a name, and so is `#N/A`.
    let is_name = line.get(1).is_some_and(u8::is_ascii_digit) || line.starts_with(b"#N/A");
    let starts = [&b"#"[..], b"%", b"//"];
    starts.iter().any(|start| line.starts_with(start)) && !is_name
}

/// How the numbers in these cells are written. There are commas before decimals if some cells can be read so, and none has
/// a point there. Where commas separate cells too, commas that can all be between thousands are.
pub(super) fn notation<'a>(
    separator: Separator,
    cells: impl Iterator<Item = &'a [u8]> + Clone,
) -> Notation {
    let is_pointed = |cell: &[u8]| has_decimal_point(cell) && !is_thousands(cell);
    let mut commas = cells.clone().filter(|cell| has_decimal_comma(cell));
    let has_commas = commas.clone().next().is_some();
    let can_be_thousands = separator == Separator::Byte(b',')
        && cells.clone().any(has_thousands)
        && commas.all(has_thousands);
    match can_be_thousands {
        true => Notation::Thousands,
        false if has_commas && !cells.into_iter().any(is_pointed) => Notation::Comma,
        false => Notation::Point,
    }
}

/// Whether the points of a number can be those between thousands: `1.234`.
fn is_thousands(cell: &[u8]) -> bool {
    let mut groups = cell.trim_ascii().split(|byte| *byte == b'.');
    let first = groups.next().map_or(0, <[u8]>::len);
    first <= 4 && groups.all(|group| group.len() == 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_are_those_that_leave_numbers() {
        for (text, separator) in [
            ("a,b\n1,2\n3,4\n", b','),
            ("a;b\n1;2\n3;4\n", b';'),
            ("a\tb\n1\t2\n", b'\t'),
            ("a|b\n1|2\n3|4\n", b'|'),
            ("20,251;10,018\n19,736;10,043\n", b';'),
            ("temp, C;flow\n20,2;10,0\n", b';'),
            ("id,text\n1,a;b\n2,c;d\n", b','),
            ("a\n1\n2\n", b','),
            ("# comment; with; semicolons\na,b\n1,2\n3,4\n", b','),
            ("a,b\n1,2,\n3,4,\n", b','),
        ] {
            assert_eq!(
                Separator::of(text.as_bytes()),
                Separator::Byte(separator),
                "{text}"
            );
        }
        for text in ["20.2  10.0\n19.7   9.5\n", "a b\n 1 2\n 3 4 \n"] {
            assert_eq!(Separator::of(text.as_bytes()), Separator::Spaces, "{text}");
        }
    }

    fn notation_of(separator: u8, cells: &[&str]) -> Notation {
        let cells = cells.iter().map(|cell| cell.as_bytes());
        notation(Separator::Byte(separator), cells)
    }

    #[test]
    fn commas_are_before_decimals_only_where_no_point_is() {
        for cells in [&["20,251", "7", "x"][..], &["1.234,5", "1.234", "0,5"]] {
            assert_eq!(notation_of(b';', cells), Notation::Comma);
        }
        for cells in [&["20,251", "7.25"][..], &["20.251", "7"], &[]] {
            assert_eq!(notation_of(b';', cells), Notation::Point);
        }
    }

    #[test]
    fn commas_between_quotes_are_thousands_if_all_can_be() {
        for cells in [&["1,200", "950"][..], &["1,200.5", "0.25"]] {
            assert_eq!(notation_of(b',', cells), Notation::Thousands);
        }
        assert_eq!(notation_of(b',', &["1,200", "19,75"]), Notation::Comma);
        assert_eq!(notation_of(b';', &["1,200", "950"]), Notation::Comma);
    }
}
