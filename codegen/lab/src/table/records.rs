//! The records of a text, and their positions in it.

use super::dialect::Separator;
use csv::{ByteRecord, Reader, ReaderBuilder};
use nice_flow_codegen::reading;
use std::io::{Chain, Read};

/// How the records of a text are told from one another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    pub separator: Separator,
    pub ends_in_carriage_return: bool,
}

/// Reads records one at a time.
pub(super) struct Records<R> {
    reader: Reader<reading::Records<Chain<R, &'static [u8]>>>,
    manner: Manner,
    /// The current record.
    pub record: ByteRecord,
    /// The number of lines in front of the text.
    before: u64,
}

impl Manner {
    /// That of a text, by its start.
    pub fn of(sample: &[u8]) -> Self {
        Self {
            separator: Separator::of(sample),
            ends_in_carriage_return: first_line(sample).ends_with(b"\r"),
        }
    }

    /// The line count of [`Records`] needs a line break after the last line too; empty lines do not count.
    fn end(self) -> &'static [u8] {
        match self.ends_in_carriage_return {
            true => b"\r\n",
            false => b"\n",
        }
    }

    /// Where the last record of a text that starts with one ends; `None` if none does.
    pub fn last_end(self, text: &[u8]) -> Option<usize> {
        let after = |end: usize| end + 1;
        match self.separator {
            Separator::Byte(separator) if text.contains(&b'"') => last_unquoted(text, separator),
            _ => {
                let last = |end: u8| text.iter().rposition(|byte| *byte == end);
                last(b'\n').or_else(|| last(b'\r')).map(after)
            }
        }
    }
}

/// The same where line breaks may be between quotes, by the automaton of the crate `csv`.
fn last_unquoted(text: &[u8], separator: u8) -> Option<usize> {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        Start,
        Plain,
        Quoted,
        /// Behind a quote between quotes: the end of them, or one half of a quote that is meant.
        Quote,
    }
    let (mut state, mut last) = (State::Start, None);
    for (place, byte) in text.iter().enumerate() {
        state = match (state, *byte) {
            (State::Start | State::Quote, b'"') => State::Quoted,
            (State::Quoted, b'"') => State::Quote,
            (State::Quoted, _) => State::Quoted,
            (_, b'\n' | b'\r') => {
                last = Some(place + 1);
                State::Start
            }
            (_, byte) if byte == separator => State::Start,
            _ => State::Plain,
        };
    }
    last
}

impl<R: Read> Records<R> {
    /// The records of a text that starts behind so many lines.
    pub fn new(text: R, manner: Manner, before: u64) -> Self {
        let mut builder = ReaderBuilder::new();
        builder
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(1 << 16);
        match manner.separator {
            Separator::Byte(byte) => builder.delimiter(byte),
            // Whole lines: quotes mean nothing, and no line holds the separator.
            Separator::Spaces => builder.delimiter(0).quoting(false),
        };
        let text = text.chain(manner.end());
        Self {
            reader: builder.from_reader(reading::Records::new(text)),
            manner,
            record: ByteRecord::new(),
            before,
        }
    }

    /// Reads the next record; returns whether there is one.
    pub fn advance(&mut self) -> csv::Result<bool> {
        self.reader.get_mut().next();
        let found = self.reader.read_byte_record(&mut self.record)?;
        if self.manner.separator == Separator::Spaces {
            let line = self.record.get(0).unwrap_or_default();
            self.record = ByteRecord::from(self.manner.separator.cells(line));
        }
        Ok(found)
    }

    /// The line of the record, from 1.
    // Not the record's own position, which counts the lines before the record. That is wrong after empty lines, and in
    // files with carriage returns, whose line feed belongs to the next record.
    pub fn line(&self) -> u64 {
        self.lines() + u64::from(self.manner.ends_in_carriage_return)
    }

    /// The number of line feeds up to the end of the record.
    pub fn lines(&self) -> u64 {
        self.before + self.reader.position().line() - 1
    }

    /// The number of bytes up to the end of the record.
    pub fn byte(&self) -> u64 {
        self.reader.position().byte()
    }
}

/// The first line that is not empty.
fn first_line(start: &[u8]) -> &[u8] {
    let mut lines = start.split(|byte| *byte == b'\n');
    lines
        .find(|line| !line.trim_ascii().is_empty())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The records of a text, each with its line.
    fn records(text: &[u8], manner: Manner) -> Vec<(ByteRecord, u64)> {
        let mut records = Records::new(text, manner, 0);
        let mut all = vec![];
        while records.advance().unwrap() {
            all.push((records.record.clone(), records.line()));
        }
        all
    }

    #[test]
    fn a_text_is_cut_only_where_a_record_ends() {
        let texts: [&[u8]; 7] = [
            b"a,b\n1,\"x\ny\"\n2,\"say \"\"hi\"\"\n\"\n3,4",
            b"1,ab\"c\n2,\"d\"e\"\n3,4\n\n\n5,6\n",
            b"1,2\r\n\r\n\"3\r\n\",4\r\n",
            b"1,2\r3,4\r\"5\r6\",7\r",
            b"\"\"\n\"\"\"\n\"\n,\"\n\",\n",
            b"# \"not closed\n1,2\n\"3\",4\n",
            b"1,2\n3,4\n5,6",
        ];
        for text in texts {
            let manner = Manner {
                separator: Separator::Byte(b','),
                ..Manner::of(text)
            };
            let whole = records(text, manner);
            for most in 1..=text.len() {
                let Some(end) = manner.last_end(&text[..most]) else {
                    continue;
                };
                let (first, last) = text.split_at(end);
                let breaks = first.iter().filter(|byte| **byte == b'\n').count() as u64;
                let mut parts = records(first, manner);
                let rest = records(last, manner).into_iter();
                parts.extend(rest.map(|(record, line)| (record, line + breaks)));
                assert_eq!(parts, whole, "{:?} at {end}", String::from_utf8_lossy(text));
            }
        }
    }
}
