//! Excel workbooks (`.xlsx`), read as the CSV of their first sheet that holds something.

mod package;
#[cfg(test)]
mod tests;

use super::guard::guarded;
use calamine::{Data, DataRef, Reader, Xlsx, open_workbook};
use nice_flow_codegen::Error;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

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
        if !sheet.rows.is_empty() {
            let others = names.len() - 1;
            let note = format!("the sheet {name:?} is read; {others} others are left alone");
            return Ok((sheet.csv()?, (others > 0).then_some(note)));
        }
    }
    Err("expected a sheet with cells, found none".into())
}

/// The texts of the cells, row by row.
#[derive(Default)]
struct Sheet {
    rows: Vec<Vec<String>>,
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
        self.width = self.width.max(column + 1);
        if self.rows.len().max(row + 1).saturating_mul(self.width) > MOST_CELLS {
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
        let rows = self.rows.len().max(row + 1);
        self.rows.resize(rows, vec![]);
        let cells = &mut self.rows[row];
        let width = cells.len().max(column + 1);
        cells.resize(width, String::new());
        cells[column] = text;
        Ok(())
    }

    /// The lines; a row without cells is an empty one. Columns before the first with a cell are left out.
    fn csv(self) -> Result<Vec<u8>, String> {
        let start = |row: &Vec<String>| row.iter().position(|cell| !cell.is_empty());
        let first = self.rows.iter().filter_map(start).min().unwrap_or(0);
        let mut csv = csv::WriterBuilder::new().flexible(true).from_writer(vec![]);
        for mut row in self.rows {
            if !row.is_empty() {
                row.resize(self.width, String::new());
            }
            let cells = row.iter().skip(first);
            csv.write_record(cells).map_err(|e| e.to_string())?;
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
