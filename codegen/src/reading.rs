//! Reading with a size limit, since a device, a pipe or a line in a damaged file may have no end.

pub mod json;

use crate::error::{Error, Result};
use std::fs::{File, metadata};
use std::io::{self, Read};
use std::path::Path;

/// An error if there is something else than a file or a folder: a pipe could be waited for without end, and gives what it holds only
/// once.
pub fn expect_file(path: &Path) -> Result<()> {
    match metadata(path) {
        Ok(data) if !(data.is_file() || data.is_dir()) => Err(Error::file(
            path,
            "expected a file, found a pipe, a socket or a device",
        )),
        _ => Ok(()),
    }
}

/// All bytes of a file; an error if there are more than `most`.
pub fn whole(file: File, most: u64) -> io::Result<Vec<u8>> {
    // The length of a pipe or a device is given as 0.
    let size = file.metadata()?.len().min(most);
    limited(file, size as usize, most)
}

/// Like [`whole`], for a reader that is expected to give `size` bytes.
fn limited(file: impl Read, size: usize, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(size);
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 <= most {
        return Ok(bytes);
    }
    let message = format!("expected at most {most} bytes, found more");
    Err(io::Error::other(message))
}

/// The longest record of a CSV file: 16 MiB, about a million numbers.
pub const MAX_RECORD: u64 = 1 << 24;

/// The error of a text in which no record ends within [`MAX_RECORD`] bytes.
pub fn no_record() -> io::Error {
    io::Error::other(format!(
        "expected lines and records of at most {MAX_RECORD} bytes, found a longer one or none at all"
    ))
}

/// A reader of records, which fails if a record is longer than [`MAX_RECORD`].
pub struct Records<R> {
    file: R,
    left: u64,
}

impl<R> Records<R> {
    /// The records of a file.
    pub fn new(file: R) -> Self {
        let left = MAX_RECORD;
        Self { file, left }
    }

    /// Must be called before each record.
    pub fn next(&mut self) {
        self.left = MAX_RECORD;
    }
}

impl<R: Read> Read for Records<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(no_record());
        }
        let most = buffer.len().min(self.left.try_into().unwrap_or(usize::MAX));
        let count = self.file.read(&mut buffer[..most])?;
        self.left -= count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_bytes_as_are_allowed_are_read_and_no_more() {
        assert_eq!(limited(&b"four"[..], 4, 4).unwrap(), b"four");
        let error = limited(io::repeat(0), 0, 1000).unwrap_err().to_string();
        assert_eq!(error, "expected at most 1000 bytes, found more");
    }

    #[test]
    fn a_record_without_end_is_an_error_that_names_the_limit() {
        let mut records = Records::new(io::repeat(b'1'));
        let mut block = vec![0; 1 << 16];
        for _ in 0..3 {
            records.next();
            records.read_exact(&mut block).unwrap();
        }
        let error = io::copy(&mut records, &mut io::sink()).unwrap_err();
        assert!(error.to_string().contains("16777216 bytes"), "{error}");
    }
}
