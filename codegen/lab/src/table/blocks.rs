//! A text in blocks of whole records, whose rows are found on all cores.
//!
//! While one batch of blocks is parsed, the rows of the last are taken in their order and the next is read. A block whose rows
//! do not all stand for themselves is read again record by record, so that rows and errors are those of one reader.

use super::bytes;
use super::form::Form;
use super::records::{Manner, Records};
use super::rows::Rows;
use memchr::memchr_iter;
use nice_flow_codegen::reading::{MAX_RECORD, no_record};
use rayon::prelude::*;
use std::io::{self, Read};

/// The bytes of a block, unless a record is longer.
pub(super) const BLOCK: u64 = 1 << 16;

/// Whole records, and what comes of them.
pub(super) struct Block {
    text: Vec<u8>,
    /// The rows, unless one of them is wrong.
    pub rows: Option<Rows>,
    /// Whether there is a record.
    pub has_records: bool,
    lines: u64,
}

impl Block {
    /// Parses the records of a text that starts with one.
    fn new(text: Vec<u8>, manner: Manner, form: &Form) -> Self {
        let (rows, has_records) = match bytes::rows(&text, manner.separator, form) {
            Some(rows) => {
                let has_records = !rows.is_empty();
                (Some(rows), has_records)
            }
            None => by_records(&text, manner, form),
        };
        Self {
            rows,
            has_records,
            lines: memchr_iter(b'\n', &text).count() as u64,
            text,
        }
    }

    /// The records again, behind so many lines.
    pub fn records(&self, manner: Manner, before: u64) -> Records<impl Read> {
        records(&self.text, manner, before)
    }

    pub fn bytes(&self) -> u64 {
        self.text.len() as u64
    }

    pub fn lines(&self) -> u64 {
        self.lines
    }
}

/// The records of a block. A byte order mark in the middle of a text is no mark: the empty line before it says so.
fn records(text: &[u8], manner: Manner, before: u64) -> Records<impl Read> {
    Records::new(b"\r".chain(text), manner, before)
}

/// The rows of a block, unless one is wrong or the last is cut off; and whether there is a record.
fn by_records(text: &[u8], manner: Manner, form: &Form) -> (Option<Rows>, bool) {
    let mut rows = Rows::new(form);
    let mut records = records(text, manner, 0);
    let mut has_records = false;
    let is_right = loop {
        match records.advance() {
            Ok(true) => has_records = true,
            Ok(false) => break true,
            Err(_) => break false,
        }
        if rows.push(form, &records.record, 0).is_err() {
            break false;
        }
    };
    let rows = Some(rows).filter(|rows| is_right && !rows.is_cut());
    (rows, has_records)
}

/// Reads blocks.
struct Reader<R> {
    text: R,
    manner: Manner,
    /// The start of the next block.
    rest: Vec<u8>,
    /// The bytes of a block.
    size: u64,
}

impl<R: Read> Reader<R> {
    /// The next block; `None` at the end.
    fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut block = std::mem::take(&mut self.rest);
        loop {
            // Twice as much each time, since the block is searched again.
            let more = self.size.max(block.len() as u64);
            block.reserve(more as usize);
            if self.text.by_ref().take(more).read_to_end(&mut block)? == 0 {
                return Ok(Some(block).filter(|block| !block.is_empty()));
            }
            if let Some(end) = self.manner.last_end(&block) {
                self.rest = block.split_off(end);
                return Ok(Some(block));
            }
            if block.len() as u64 > MAX_RECORD {
                return Err(no_record());
            }
        }
    }

    /// The next blocks, for each thread some.
    fn batch(&mut self) -> Batch {
        let mut batch = Batch::default();
        while batch.error.is_none() && batch.blocks.len() < 16 * rayon::current_num_threads() {
            match self.next() {
                Ok(Some(block)) => batch.blocks.push(block),
                Ok(None) => break,
                Err(error) => batch.error = Some(error),
            }
        }
        batch
    }
}

/// Blocks that are parsed at the same time.
#[derive(Default)]
struct Batch {
    blocks: Vec<Vec<u8>>,
    /// Why there are no more.
    error: Option<io::Error>,
}

/// Gives `take` the blocks of a text in their order, each of about `size` bytes. `progress` receives the number of bytes so far.
/// Returns the error that ended the text, if one did.
pub(super) fn each<E: Send>(
    (text, size): (impl Read + Send, u64),
    manner: Manner,
    form: &Form,
    mut take: impl FnMut(Block) -> Result<(), E> + Send,
    progress: &dyn Fn(u64),
) -> Result<Option<io::Error>, E> {
    let rest = vec![];
    let mut reader = Reader {
        text,
        manner,
        rest,
        size,
    };
    let mut bytes = 0;
    let (mut batch, mut parsed) = (reader.batch(), vec![]);
    while !(batch.blocks.is_empty() && parsed.is_empty()) {
        let Batch { blocks, error } = batch;
        let is_last = blocks.is_empty() || error.is_some();
        let new: u64 = blocks.iter().map(|block| block.len() as u64).sum();
        let parse = |text| Block::new(text, manner, form);
        let (now, next) = rayon::join(
            || blocks.into_par_iter().with_max_len(1).map(parse).collect(),
            || {
                parsed.into_iter().try_for_each(&mut take)?;
                Ok::<_, E>(match is_last {
                    true => Batch::default(),
                    false => reader.batch(),
                })
            },
        );
        (parsed, batch) = (now, next?);
        batch.error = error.or(batch.error);
        if new > 0 {
            bytes += new;
            progress(bytes);
        }
    }
    Ok(batch.error)
}

#[cfg(test)]
mod tests;
