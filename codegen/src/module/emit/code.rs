//! Rust expressions and their layout as text.

use std::collections::BTreeSet;

/// An expression.
pub(super) enum Code {
    /// Text without line breaks.
    Line(String),
    /// Parts between brackets: all on one line if that is short, otherwise one part per line.
    Group {
        /// `Name(`, `(` or `[`.
        open: String,
        parts: Vec<Code>,
        close: char,
    },
    /// An expression with a comment before it.
    Noted(String, Box<Code>),
}

/// The width beyond which a group is written with one part per line.
const WIDTH: usize = 100;

impl Code {
    /// `name(part, part)`.
    pub fn call(name: &str, parts: impl Into<Vec<Self>>) -> Self {
        Self::Group {
            open: format!("{name}("),
            parts: parts.into(),
            close: ')',
        }
    }

    /// `[part, part]`.
    pub fn array(parts: impl Into<Vec<Self>>) -> Self {
        Self::Group {
            open: "[".into(),
            parts: parts.into(),
            close: ']',
        }
    }

    /// `(part, part)`.
    pub fn tuple(parts: impl Into<Vec<Self>>) -> Self {
        Self::call("", parts)
    }

    /// The expression, with a comment before it.
    pub fn noted(self, note: String) -> Self {
        Self::Noted(note, Box::new(self))
    }

    /// The text of the expression, which starts at column 0.
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.write(0, &mut text);
        text
    }

    fn write(&self, indent: usize, text: &mut String) {
        match self {
            Self::Line(line) => *text += line,
            // Comments are written for parts of a group only: see `write_part`.
            Self::Noted(_, code) => code.write(indent, text),
            Self::Group { open, parts, close } => {
                *text += open;
                match self.short() {
                    Some(inside) => *text += &inside,
                    None => {
                        for part in parts {
                            part.write_part(indent + 4, text);
                        }
                        new_line(indent, text);
                    }
                }
                text.push(*close);
            }
        }
    }

    /// Writes the part on a line of its own, followed by a comma.
    fn write_part(&self, indent: usize, text: &mut String) {
        if let Self::Noted(note, _) = self {
            new_line(indent, text);
            *text += "// ";
            *text += note;
        }
        new_line(indent, text);
        self.write(indent, text);
        text.push(',');
    }

    /// The text between the brackets, if the group fits on one line.
    fn short(&self) -> Option<String> {
        let Self::Group { open, parts, .. } = self else {
            return None;
        };
        let mut lines = vec![];
        for part in parts {
            match part {
                Self::Line(line) => lines.push(line.clone()),
                Self::Noted(..) => return None,
                Self::Group { open, close, .. } => {
                    lines.push(format!("{open}{}{close}", part.short()?));
                }
            }
            if lines.iter().map(String::len).sum::<usize>() > WIDTH {
                return None;
            }
        }
        // A tuple of one element needs a trailing comma.
        let comma = if open == "(" && lines.len() == 1 {
            ","
        } else {
            ""
        };
        Some(lines.join(", ") + comma)
    }

    /// The names that occur, except in comments. Most words are numbers, millions of them, and are skipped.
    pub fn names<'a>(&'a self, names: &mut BTreeSet<&'a str>) {
        match self {
            Self::Line(line) => names.extend(words(line)),
            Self::Noted(_, code) => code.names(names),
            Self::Group { open, parts, .. } => {
                names.extend(words(open));
                parts.iter().for_each(|part| part.names(names));
            }
        }
    }
}

fn new_line(indent: usize, text: &mut String) {
    text.push('\n');
    text.extend(std::iter::repeat_n(' ', indent));
}

/// The words of a line of code that start with a letter.
pub(super) fn words(line: &str) -> impl Iterator<Item = &str> {
    let words = line.split(|c: char| !c.is_ascii_alphanumeric());
    words.filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Code {
        Code::Line(text.into())
    }

    #[test]
    fn what_is_short_takes_a_line_and_what_is_long_a_part_a_line() {
        let short = Code::call("Permute::new", [Code::array([line("2"), line("0")])]);
        assert_eq!(short.text(), "Permute::new([2, 0])");
        let row = "1.0, ".repeat(30);
        let rows = [line(&format!("[{row}]")), line("[2.0]")];
        let long = Code::call("Dense::new", [Code::array(rows), line("[]")]);
        let expected =
            format!("Dense::new(\n    [\n        [{row}],\n        [2.0],\n    ],\n    [],\n)");
        assert_eq!(long.text(), expected);
    }

    #[test]
    fn one_layer_is_a_tuple_with_a_comma() {
        assert_eq!(Code::tuple([line("a")]).text(), "(a,)");
        assert_eq!(Code::tuple([line("a"), line("b")]).text(), "(a, b)");
        let noted = Code::tuple([line("a").noted("one".into())]);
        assert_eq!(noted.text(), "(\n    // one\n    a,\n)");
    }

    #[test]
    fn names_in_comments_are_not_counted() {
        let code = Code::call("Flow::new", [line("Normal").noted("a Dense layer".into())]);
        let mut names = BTreeSet::new();
        code.names(&mut names);
        assert_eq!(
            names.into_iter().collect::<Vec<_>>(),
            ["Flow", "Normal", "new"]
        );
    }
}
