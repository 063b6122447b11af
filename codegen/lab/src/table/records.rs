//! The records of a CSV file, and their positions in it.

use csv::{ByteRecord, Reader, ReaderBuilder};
use nice_flow_codegen::reading;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Chain, Read};
use std::path::Path;

/// Reads records one at a time.
pub(super) struct Records {
    reader: Reader<reading::Records<Chain<BufReader<File>, &'static [u8]>>>,
    /// The current record.
    pub record: ByteRecord,
    ends_in_carriage_return: bool,
}

impl Records {
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file = BufReader::with_capacity(1 << 16, File::open(path)?);
        let first = first_line(file.fill_buf()?);
        let (delimiter, ends_in_carriage_return) = (delimiter(first), first.ends_with(b"\r"));
        // The line count below needs a line break after the last line too; empty lines do not count.
        let end = if ends_in_carriage_return {
            "\r\n"
        } else {
            "\n"
        };
        let file = file.chain(end.as_bytes());
        Ok(Self {
            reader: ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .delimiter(delimiter)
                .buffer_capacity(1 << 16)
                .from_reader(reading::Records::new(file)),
            record: ByteRecord::new(),
            ends_in_carriage_return,
        })
    }

    /// Reads the next record; returns whether there is one.
    pub fn advance(&mut self) -> csv::Result<bool> {
        self.reader.get_mut().next();
        self.reader.read_byte_record(&mut self.record)
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

fn delimiter(line: &[u8]) -> u8 {
    let present = [b',', b';', b'\t'].into_iter().find(|d| line.contains(d));
    present.unwrap_or(b',')
}
