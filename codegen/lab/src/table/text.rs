//! Reads text files; only eight bytes per cell are kept in memory.

use super::Table;
use super::blocks::{self, BLOCK, Block};
use super::columns::Columns;
use super::content::Content;
use super::form::Form;
use super::format::no_table;
use super::gathered::Gathered;
use super::preamble;
use super::record::is_no_row;
use super::records::{Manner, Records};
use super::returns::with_line_feeds;
use super::sample::{Plan, RECORDS};
use nice_flow_codegen::{Error, Result};
use std::io::{self, Cursor, Read};
use std::path::Path;

/// Of so many bytes, no more records are looked at before they are read.
const MOST: u64 = 1 << 20;

/// A text of which the start is read twice: to find out what it is, and for its rows.
struct Seen {
    text: Box<dyn Read + Send>,
    start: Vec<u8>,
}

impl Seen {
    fn new(text: Box<dyn Read + Send>) -> Self {
        Self {
            text,
            start: vec![],
        }
    }

    /// The text from this byte on.
    fn from(mut self, byte: u64) -> impl Read + Send {
        // The last record of all may end behind the text, as a line break is added.
        let byte = self.start.len().min(byte as usize);
        Cursor::new(self.start.split_off(byte)).chain(self.text)
    }
}

impl Read for &mut Seen {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.text.read(buffer)?;
        self.start.extend_from_slice(&buffer[..count]);
        Ok(count)
    }
}

/// Reads a text file. `progress` receives the number of bytes read, every few blocks.
pub(super) fn read(path: &Path, columns: &Columns, progress: &dyn Fn(u64)) -> Result<Table> {
    let content = Content::open(path);
    let content = content.map_err(|error| Error::file(path, format!("cannot read: {error}")))?;
    parse(path, content, columns, progress)
}

/// The rows of a text; the path names it in errors.
pub(super) fn parse(
    path: &Path,
    content: Content,
    columns: &Columns,
    progress: &dyn Fn(u64),
) -> Result<Table> {
    in_blocks(path, content, BLOCK, columns, progress)
}

/// The same, in blocks of so many bytes.
fn in_blocks(
    path: &Path,
    content: Content,
    block: u64,
    columns: &Columns,
    progress: &dyn Fn(u64),
) -> Result<Table> {
    let cannot_read = |error: io::Error| Error::file(path, format!("cannot read: {error}"));
    if let Some(what) = no_table(&content.sample) {
        let message = format!("expected rows as text, found {what}");
        return Err(Error::file(path, message));
    }
    let content = with_line_feeds(content);
    let manner = Manner::of(&content.sample);
    let mut text = Seen::new(content.text);
    let mut records = Records::new(&mut text, manner, 0);
    let (mut first, mut comment) = (vec![], None);
    while first.len() < RECORDS
        && records.byte() < MOST
        && records.advance().map_err(|e| cannot_read(e.into()))?
    {
        let line = (records.record.clone(), records.line());
        if !is_no_row(&records.record) {
            first.push(line);
        } else if first.is_empty() {
            comment = Some(line);
        }
    }
    if first.is_empty() {
        return Err(Error::file(path, "expected rows, found an empty file"));
    }
    let (bytes, lines) = (records.byte(), records.lines());
    drop(records);
    let note = preamble::take_off(&mut first);
    let header = comment.and_then(|comment| preamble::header(comment, &first));
    first.splice(..0, header);
    let (sample, lines_of_sample): (Vec<_>, Vec<_>) = first.into_iter().unzip();
    let plan = Plan::of(&sample, manner.separator, columns);
    let mut plan = plan.map_err(|e| Error::file(path, e))?;
    plan.layout.notes.splice(..0, note);
    let before = plan.before;
    let form = Form::new(plan, &sample[..before], columns);
    let mut rows = Gathered::new(path, &form, manner, columns, lines);
    for (record, line) in sample.iter().zip(lines_of_sample).skip(before) {
        rows.push(record, line)?;
    }
    let take = |block: Block| rows.take(block);
    let progress = |more| progress(bytes + more);
    let text = (text.from(bytes), block);
    match blocks::each(text, manner, &form, take, &progress)? {
        Some(error) => Err(cannot_read(error)),
        None => rows.finish(),
    }
}

#[cfg(test)]
mod tests;
