//! The records of a text, and their positions in it.

use super::content::Content;
use super::dialect::Separator;
use csv::{ByteRecord, Reader, ReaderBuilder};
use nice_flow_codegen::reading;
use std::io::{Chain, Read};

type Text = reading::Records<Chain<Box<dyn Read>, &'static [u8]>>;

/// Reads records one at a time.
pub(super) struct Records {
    reader: Reader<Text>,
    pub separator: Separator,
    /// The current record.
    pub record: ByteRecord,
    ends_in_carriage_return: bool,
}

impl Records {
    pub fn new(content: Content) -> Self {
        let separator = Separator::of(&content.sample);
        let ends_in_carriage_return = first_line(&content.sample).ends_with(b"\r");
        // The line count below needs a line break after the last line too; empty lines do not count.
        let end = if ends_in_carriage_return {
            "\r\n"
        } else {
            "\n"
        };
        let text = content.text.chain(end.as_bytes());
        let mut builder = ReaderBuilder::new();
        builder
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(1 << 16);
        match separator {
            Separator::Byte(byte) => builder.delimiter(byte),
            // Whole lines: quotes mean nothing, and no line holds the separator.
            Separator::Spaces => builder.delimiter(0).quoting(false),
        };
        Self {
            reader: builder.from_reader(reading::Records::new(text)),
            separator,
            record: ByteRecord::new(),
            ends_in_carriage_return,
        }
    }

    /// Reads the next record; returns whether there is one.
    pub fn advance(&mut self) -> csv::Result<bool> {
        self.reader.get_mut().next();
        let found = self.reader.read_byte_record(&mut self.record)?;
        if self.separator == Separator::Spaces {
            let line = self.record.get(0).unwrap_or_default();
            self.record = ByteRecord::from(self.separator.cells(line));
        }
        Ok(found)
    }

    /// The line of the record, from 1.
    // Not the record's own position, which counts the lines before the record. That is wrong after empty lines, and in
    // files with carriage returns, whose line feed belongs to the next record.
    pub fn line(&self) -> u64 {
        self.reader.position().line() - u64::from(!self.ends_in_carriage_return)
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
