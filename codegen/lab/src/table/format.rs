//! Recognises the format of a file of rows.

use nice_flow_codegen::{Error, Result};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// CSV and its relatives, compressed or not.
    Text,
    /// One numpy array, or several in a zip.
    Array,
    Parquet,
    /// Arrow's IPC file format, also called Feather version 2.
    Arrow,
}

/// Files that are known by their first bytes and not read, and how to make a CSV of them.
const OTHERS: [(&[u8], &str); 9] = [
    (
        b"\x89HDF",
        "an HDF5 file: pandas.read_hdf(FILE).to_csv(\"rows.csv\", index=False)",
    ),
    (
        b"FEA1",
        "Feather of version 1: write it again with a newer pyarrow",
    ),
    (
        b"\x80\x04",
        "a Python pickle: pandas.read_pickle(FILE).to_csv(\"rows.csv\", index=False), if you trust it",
    ),
    (
        b"\x80\x05",
        "a Python pickle: pandas.read_pickle(FILE).to_csv(\"rows.csv\", index=False), if you trust it",
    ),
    (
        b"MATLAB",
        "a MATLAB file: writetable(TABLE, \"rows.csv\"), or scipy.io.loadmat",
    ),
    (
        b"SQLite",
        "an SQLite database: sqlite3 -header -csv FILE \"SELECT …\" > rows.csv",
    ),
    (
        b"\xd0\xcf\x11\xe0",
        "an Excel workbook of 1997: save the sheet as CSV",
    ),
    (b"Obj\x01", "an Avro file: convert it to Parquet or CSV"),
    (b"%PDF", "a PDF: expected rows of numbers"),
];

impl Format {
    /// Recognises the format by the first bytes. Anything else is taken for text, and so is a pipe, whose bytes can be
    /// read only once.
    pub fn of(path: &Path) -> Result<Self> {
        if !path.is_file() {
            return Ok(Self::Text);
        }
        let mut start = vec![];
        File::open(path)
            .and_then(|file| file.take(64).read_to_end(&mut start))
            .map_err(|error| Error::file(path, format!("cannot read: {error}")))?;
        if let Some((_, what)) = OTHERS.iter().find(|(bytes, _)| start.starts_with(bytes)) {
            return Err(Error::file(
                path,
                format!("expected rows as text, found {what}"),
            ));
        }
        match start.as_slice() {
            start if start.starts_with(b"ARROW1") => Ok(Self::Arrow),
            start if start.starts_with(b"PAR1") => Ok(Self::Parquet),
            start if start.starts_with(b"\x93NUMPY") => Ok(Self::Array),
            start if start.starts_with(b"PK\x03\x04") => zipped(path, start),
            _ => Ok(Self::Text),
        }
    }
}

/// A zip whose first file is a numpy array; an error that names what else it may be.
fn zipped(path: &Path, start: &[u8]) -> Result<Format> {
    let name = start.get(30..).unwrap_or_default();
    if name.windows(4).any(|part| part == b".npy") {
        return Ok(Format::Array);
    }
    let office = [&b"[Content"[..], b"_rels", b"docProps", b"xl/"];
    let what = match office.iter().any(|start| name.starts_with(start)) {
        true => "an Excel workbook: save the sheet as CSV",
        false => "a zip archive: unpack it first",
    };
    Err(Error::file(
        path,
        format!("expected rows as text, found {what}"),
    ))
}
