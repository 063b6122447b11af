//! Reads rows from files of any format.

#[cfg(feature = "xlsx")]
use super::content::Content;
use super::format::Format;
use super::reservoir::drawn;
use super::{Columns, Draw, Table, array, text};
use nice_flow_codegen::{Error, Result};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Reads a file whose format is recognised by its first bytes: text, a numpy array, and with their
/// features Parquet, Arrow IPC and Excel workbooks.
///
/// `progress` receives the number of bytes read.
///
/// Text may be compressed by gzip or zstd, and encoded as UTF-8 or, with a byte order mark, UTF-16. Cells are separated by
/// commas, semicolons, tabs, bars or runs of spaces, whichever leaves equally many numbers in each line. The first record is
/// a header if it has words where the others have numbers. A cell is a number, perhaps with a comma before its decimals; or
/// nothing, for which there are words too, and which means NaN; or a word for off or on. Columns of times, of words and of
/// row numbers are no features. The notes of the table say what was taken for what. In the other formats a column holds
/// integers, floats or booleans, and null means NaN.
///
/// Text is parsed on all cores; tables and errors are those of one reader. Where rows are drawn, the table is a
/// [sample](Table::sample) of them, and the memory for text, Parquet and Arrow IPC is that of the sample.
pub fn read(path: &Path, columns: &Columns, progress: &dyn Fn(u64)) -> Result<Table> {
    let table = match Format::of(path)? {
        Format::Text => return text::read(path, columns, progress),
        Format::Workbook => return workbook(path, columns, progress),
        Format::Array => array::read(path, columns)?,
        format => return columnar(path, format, columns, progress),
    };
    Ok(drawn(table, columns.draw))
}

/// Reads several files with the same features, each a recording by itself; columns are matched by their names.
///
/// An error if a file is given twice: its rows would count twice.
pub fn read_all(paths: &[PathBuf], columns: &Columns, progress: &dyn Fn(u64)) -> Result<Table> {
    expect_each_once(paths)?;
    let mut paths = paths.iter();
    let first = paths
        .next()
        .ok_or_else(|| Error::input("rows", "expected a file, found none"))?;
    let mut table = read(first, columns, progress)?;
    let mut files = vec![(0, first.clone())];
    for path in paths {
        let mut more = read(path, &of(columns, &table), progress)?;
        more.expect_columns(table.columns, path)?;
        if more.header.is_some() != table.header.is_some()
            || more.labels.is_some() != table.labels.is_some()
        {
            let message = format!("expected columns as in {}, found others", first.display());
            return Err(Error::file(path, message));
        }
        more.match_features(&table.features);
        if more.header.is_some() && more.features != table.features {
            let message = format!(
                "expected the columns {}, as in {}, found {}",
                table.features.join(", "),
                first.display(),
                more.features.join(", ")
            );
            return Err(Error::file(path, message));
        }
        if table.times.is_some() != more.times.is_some() {
            table.times = None;
        }
        files.push((table.read(), path.clone()));
        table.append(&more);
        let new = more
            .notes
            .into_iter()
            .filter(|note| !table.notes.contains(note));
        let new: Vec<String> = new.collect();
        table.notes.extend(new);
        table = drawn(table, columns.draw);
    }
    let note = columns.draw.and_then(|draw| table.note_of_sample(draw));
    table.notes.extend(note);
    if files.len() > 1 {
        table.files = files;
    }
    Ok(table)
}

/// An error if two of the paths name one file.
pub(crate) fn expect_each_once(paths: &[PathBuf]) -> Result<()> {
    let mut names = BTreeSet::new();
    // A pipe has other rows each time.
    for path in paths.iter().filter(|path| path.is_file()) {
        if path.canonicalize().is_ok_and(|name| !names.insert(name)) {
            let message = "expected each file once, found it twice: its rows would count twice";
            return Err(Error::file(path, message));
        }
    }
    Ok(())
}

/// What is asked for in further files: the features of the first, and rows drawn from all files together.
fn of(columns: &Columns, first: &Table) -> Columns {
    Columns {
        wanted: first
            .header
            .as_ref()
            .map_or(vec![], |_| first.features.clone()),
        draw: columns.draw.map(|draw| Draw {
            before: first.read(),
            ..draw
        }),
        ..columns.clone()
    }
}

#[cfg(feature = "xlsx")]
fn workbook(path: &Path, columns: &Columns, progress: &dyn Fn(u64)) -> Result<Table> {
    let (csv, note) = super::workbook::csv(path)?;
    let mut table = text::parse(path, Content::of(csv), columns, progress)?;
    table.notes.splice(..0, note);
    Ok(table)
}

#[cfg(not(feature = "xlsx"))]
fn workbook(path: &Path, _: &Columns, _: &dyn Fn(u64)) -> Result<Table> {
    let message = "expected CSV, found an Excel workbook, which nice-flow reads when cargo installs it with --features xlsx (pip's does not); or save the sheet as CSV";
    Err(Error::file(path, message))
}

#[cfg(feature = "parquet")]
use super::arrow::read as columnar;

#[cfg(not(feature = "parquet"))]
fn columnar(path: &Path, format: Format, _: &Columns, _: &dyn Fn(u64)) -> Result<Table> {
    let message = format!(
        "expected CSV, found {format:?}, which nice-flow reads when cargo installs it with --features parquet (pip's does not: in Python, Model.score takes \
         tables of pandas, polars and pyarrow)"
    );
    Err(Error::file(path, message))
}
