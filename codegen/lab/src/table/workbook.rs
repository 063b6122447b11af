//! Excel workbooks (`.xlsx`), read as the CSV of their first sheet that holds something.

mod package;
#[cfg(test)]
mod tests;

use super::guard::guarded;
use calamine::{Data, DataRef, Reader, Xlsx, open_workbook};
use nice_flow_codegen::Error;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// Excel's own limit, the column XFD.
const MOST_COLUMNS: usize = 1 << 14;

/// A sheet may have so many cells, empty ones up to the last column included.
const MOST_CELLS: usize = 1 << 24;

/// The cells of a sheet may have so many bytes of text: many cells may name one long text, which the file has once.
const MOST_TEXT: usize = 1 << 28;

/// The CSV of the first sheet with cells, a line for each of its rows, and a note if there are more sheets.
pub(super) fn csv(path: &Path) -> nice_flow_codegen::Result<(Vec<u8>, Option<String>)> {
    // The reader is not made for damaged files.
    let damaged = || "expected a whole workbook, found a damaged one".into();
    guarded(damaged, || first_sheet(path)).map_err(|message| Error::file(path, message))
}

fn first_sheet(path: &Path) -> Result<(Vec<u8>, Option<String>), String> {
    package::expect_sound(path)?;
    let broken =
        |error: calamine::XlsxError| format!("expected an Excel workbook (.xlsx): {error}");
    let mut workbook: Xlsx<BufReader<File>> = open_workbook(path).map_err(broken)?;
    let names = workbook.sheet_names();
    for name in &names {
        let mut sheet = Sheet::default();
        let mut cells = workbook.worksheet_cells_reader(name).map_err(broken)?;
        while let Some(cell) = cells.next_cell().map_err(broken)? {
            sheet.put(cell.get_position(), text(cell.get_value()))?;
        }
        if !sheet.cells.is_empty() {
            let others = names.len() - 1;
            let note = format!("the sheet {name:?} is read; {others} others are left alone");
            return Ok((sheet.csv()?, (others > 0).then_some(note)));
        }
    }
    Err("expected a sheet with cells, found none".into())
}

/// The texts of the cells that have one, by row and column.
#[derive(Default)]
struct Sheet {
    cells: BTreeMap<(usize, usize), String>,
    height: usize,
    width: usize,
    /// Bytes of all texts.
    bytes: usize,
}

impl Sheet {
    fn put(&mut self, (row, column): (u32, u32), text: String) -> Result<(), String> {
        if text.is_empty() {
            return Ok(());
        }
        let (row, column) = (row as usize, column as usize);
        if column >= MOST_COLUMNS {
            return Err(format!(
                "expected a sheet of at most {MOST_COLUMNS} columns, as Excel makes them, found {}",
                column + 1
            ));
        }
        self.height = self.height.max(row + 1);
        self.width = self.width.max(column + 1);
        if self.height.saturating_mul(self.width) > MOST_CELLS {
            return Err(format!(
                "expected a sheet of at most {MOST_CELLS} cells, found more: save it as CSV"
            ));
        }
        self.bytes += text.len();
        if self.bytes > MOST_TEXT {
            return Err(format!(
                "expected a sheet whose cells have at most {MOST_TEXT} bytes of text, found more: save it as CSV"
            ));
        }
        self.cells.insert((row, column), text);
        Ok(())
    }

    /// The lines; a row without cells is an empty one. Columns before the first with a cell are left out.
    fn csv(self) -> Result<Vec<u8>, String> {
        let columns = self.cells.keys().map(|(_, column)| *column);
        let first = columns.min().unwrap_or(0);
        let mut cells = self.cells.into_iter().peekable();
        let mut csv = csv::WriterBuilder::new().flexible(true).from_writer(vec![]);
        for row in 0..self.height {
            let mut line = vec![];
            while let Some(((_, column), text)) = cells.next_if(|((at, _), _)| *at == row) {
                line.resize(column - first, String::new());
                line.push(text);
            }
            if !line.is_empty() {
                line.resize(self.width - first, String::new());
            }
            csv.write_record(line).map_err(|e| e.to_string())?;
        }
        csv.into_inner().map_err(|e| e.to_string())
    }
}

/// The text of a cell as a CSV would have it; times as ISO 8601 has them.
fn text(value: &DataRef) -> String {
    match value {
        DataRef::DateTime(time) if time.is_datetime() => {
            let (year, month, day, hour, minute, second, milli) = time.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{milli:03}")
        }
        DataRef::DateTime(time) => time.as_f64().to_string(),
        DataRef::Error(_) => String::new(),
        other => Data::from(other.clone()).to_string(),
    }
}
