//! The pages of a Parquet file: its reader takes as much memory for one as the page's header says.

use super::budget::Budget;
use bytes::Bytes;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};
use std::fs::File;
use std::io::{BufReader, Read};

/// A file that is asked for pages only; what they become counts against its budget.
pub(super) struct Pages {
    pub file: File,
    pub budget: Budget,
}

impl Length for Pages {
    fn len(&self) -> u64 {
        Length::len(&self.file)
    }
}

impl ChunkReader for Pages {
    type T = BufReader<File>;

    /// Where a header starts.
    fn get_read(&self, start: u64) -> Result<Self::T> {
        let mut head = vec![];
        (self.file.get_read(start)?.take(LONGEST)).read_to_end(&mut head)?;
        let refused = |message: String| ParquetError::General(message);
        let size = uncompressed(&head)
            .ok_or_else(|| refused("expected the header of a page, found something else".into()))?;
        self.budget.take(size).map_err(refused)?;
        self.file.get_read(start)
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        self.file.get_bytes(start, length)
    }
}

/// Bytes of the first two fields of a header at most.
const LONGEST: u64 = 12;

/// A field of 32 bits whose number is one more than that of the field before, in Thrift's compact protocol.
const NEXT_I32: u8 = 0x15;

/// What a page's header says of its size: the second field, after the kind of page.
fn uncompressed(head: &[u8]) -> Option<u64> {
    let (_, rest) = field(head)?;
    let (size, _) = field(rest)?;
    // Twice the number, less one if it is below zero: the reader refuses those.
    Some(size / 2)
}

/// The bits of a field and what follows it.
fn field(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let rest = bytes.strip_prefix(&[NEXT_I32])?;
    let mut value = 0;
    for (index, byte) in rest.iter().enumerate().take(5) {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, &rest[index + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_of_a_page_is_read_from_its_header() {
        // Kind 0, 300 bytes of numbers, 20 in the file.
        assert_eq!(
            uncompressed(&[0x15, 0x00, 0x15, 0xd8, 0x04, 0x15, 0x28]),
            Some(300)
        );
        assert_eq!(uncompressed(&[0x15, 0x00, 0x15, 0xd8]), None);
        assert_eq!(uncompressed(&[0x25, 0x00]), None);
        assert_eq!(uncompressed(&[]), None);
    }
}
