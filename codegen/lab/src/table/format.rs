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
    /// An Excel workbook, or a zip that looks like one.
    Workbook,
    Parquet,
    /// Arrow's IPC file format, also called Feather version 2.
    Arrow,
}

/// Files that are known by their first bytes and not read, and how to make a CSV of them.
const OTHERS: [(&[u8], &str); 16] = [
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
    (b"BZh", "a file compressed by bzip2: unpack it with bunzip2"),
    (
        b"\xfd7zXZ",
        "a file compressed by xz: unpack it with xz -d, or compress it by gzip or zstd",
    ),
    (
        b"\x04\x22\x4d\x18",
        "a file compressed by LZ4: unpack it with lz4 -d",
    ),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it first"),
    (b"Rar!", "a RAR archive: unpack it first"),
    (
        b"CDF\x01",
        "a NetCDF file: xarray.open_dataset(FILE).to_dataframe().to_csv(\"rows.csv\")",
    ),
    (
        b"CDF\x02",
        "a NetCDF file: xarray.open_dataset(FILE).to_dataframe().to_csv(\"rows.csv\")",
    ),
    (b"%PDF", "a PDF: expected rows of numbers"),
];

/// Starts of texts that hold no table, and how to make a CSV of them.
const TEXTS: [(&[u8], &str); 7] = [
    (b"{\"", JSON),
    (b"{\n", JSON),
    (b"{\r", JSON),
    (b"[{", JSON),
    (b"[[", JSON),
    (
        b"<",
        "a page of HTML or XML: where it was downloaded from a web site, download the raw file",
    ),
    (
        b"version https://git-lfs",
        "a pointer to a file: git lfs pull fetches the file itself",
    ),
];

const JSON: &str = "JSON: pandas.read_json(FILE).to_csv(\"rows.csv\", index=False), with lines=True if each line is an object";

/// What a text is, by its start, if it is no table.
pub(super) fn no_table(sample: &[u8]) -> Option<&'static str> {
    let start = sample.trim_ascii_start();
    let known = TEXTS.iter().find(|(text, _)| start.starts_with(text));
    let binary = "binary data of no known format: unpack what is packed; text in UTF-16 needs a byte order mark";
    known
        .map(|(_, what)| *what)
        .or(is_binary(sample).then_some(binary))
}

/// Whether there is a zero byte, or one in twenty is a control character other than blanks and line ends. Loggers write a
/// few of those.
fn is_binary(sample: &[u8]) -> bool {
    let is_odd = |byte: &&u8| byte.is_ascii_control() && !byte.is_ascii_whitespace();
    sample.contains(&0) || 20 * sample.iter().filter(is_odd).count() > sample.len()
}

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

/// A zip whose first file is a numpy array or a part of a workbook; an error for others.
fn zipped(path: &Path, start: &[u8]) -> Result<Format> {
    let name = start.get(30..).unwrap_or_default();
    let office = [&b"[Content"[..], b"_rels", b"docProps", b"xl/"];
    if name.windows(4).any(|part| part == b".npy") {
        Ok(Format::Array)
    } else if office.iter().any(|start| name.starts_with(start)) {
        Ok(Format::Workbook)
    } else {
        let message = "expected rows as text, found a zip archive: unpack it first";
        Err(Error::file(path, message))
    }
}
