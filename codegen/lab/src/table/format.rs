//! Recognises the format of a file of rows.

use nice_flow_codegen::{Error, Result};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    Parquet,
    /// Arrow's IPC file format, also called Feather version 2.
    Arrow,
}

impl Format {
    /// Recognises the format by the first bytes. Anything else is taken for CSV, and so is a pipe, whose bytes can be
    /// read only once.
    pub fn of(path: &Path) -> Result<Self> {
        if !path.is_file() {
            return Ok(Self::Csv);
        }
        let mut start = vec![];
        File::open(path)
            .and_then(|file| file.take(6).read_to_end(&mut start))
            .map_err(|error| Error::file(path, format!("cannot read: {error}")))?;
        match start.as_slice() {
            b"ARROW1" => Ok(Self::Arrow),
            start if start.starts_with(b"PAR1") => Ok(Self::Parquet),
            start if start.starts_with(b"FEA1") => {
                let message = "expected Feather of version 2, found version 1: write it again with a newer pyarrow";
                Err(Error::file(path, message))
            }
            _ => Ok(Self::Csv),
        }
    }
}
