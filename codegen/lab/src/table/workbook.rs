//! Excel workbooks (`.xlsx`), read as the CSV of their first sheet that holds something.

use calamine::{Data, DataRef, Reader, Xlsx, open_workbook};
use nice_flow_codegen::Error;
use std::fs::File;
use std::io::{BufReader, Read, sink};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use zip::ZipArchive;

/// A workbook may unpack to so many bytes.
const MOST_BYTES: u64 = 1 << 30;

/// A sheet may have so many cells, empty ones up to the last column included.
const MOST_CELLS: usize = 1 << 24;

/// The CSV of the first sheet with cells, a line for each of its rows, and a note if there are more sheets.
pub(super) fn csv(path: &Path) -> nice_flow_codegen::Result<(Vec<u8>, Option<String>)> {
    // The reader is not made for damaged files.
    let read = catch_unwind(AssertUnwindSafe(|| first_sheet(path)));
    let damaged = |_| Err("expected a whole workbook, found a damaged one".into());
    read.unwrap_or_else(damaged)
        .map_err(|message| Error::file(path, message))
}

fn first_sheet(path: &Path) -> Result<(Vec<u8>, Option<String>), String> {
    expect_small(path)?;
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

/// Unpacks the workbook once, without keeping it, so that a small file that becomes a huge one is refused.
fn expect_small(path: &Path) -> Result<(), String> {
    let broken =
        |error: &dyn std::fmt::Display| format!("expected an Excel workbook (.xlsx): {error}");
    let file = File::open(path).map_err(|e| broken(&e))?;
    let mut parts = ZipArchive::new(BufReader::new(file)).map_err(|e| broken(&e))?;
    let mut left = MOST_BYTES;
    for part in 0..parts.len() {
        let part = parts.by_index(part).map_err(|e| broken(&e))?;
        let copied = std::io::copy(&mut part.take(left + 1), &mut sink());
        left = left.checked_sub(copied.map_err(|e| broken(&e))?).ok_or_else(|| {
            format!("expected a workbook of at most {MOST_BYTES} bytes when unpacked, found more: save the sheet as CSV")
        })?;
    }
    Ok(())
}

/// The texts of the cells, row by row.
#[derive(Default)]
struct Sheet {
    rows: Vec<Vec<String>>,
    width: usize,
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

#[cfg(test)]
mod tests {
    use crate::table::{Columns, Table, read};
    use std::io::Write;
    use zip::write::{SimpleFileOptions, ZipWriter};

    const TYPES: &str =
        r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#;
    const ROOT: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
    const BOOK: &str = r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="empty" sheetId="1" r:id="rId1"/><sheet name="log" sheetId="2" r:id="rId2"/></sheets></workbook>"#;
    const LINKS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet2.xml"/><Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#;
    /// Style 1 is a date.
    const STYLES: &str = r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs></styleSheet>"#;

    fn sheet(cells: &str) -> String {
        format!(
            r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{cells}</sheetData></worksheet>"#
        )
    }

    fn read_book(cells: &str) -> nice_flow_codegen::Result<Table> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.xlsx");
        let mut zip = ZipWriter::new(std::fs::File::create(&path).unwrap());
        for (name, text) in [
            ("[Content_Types].xml", TYPES),
            ("_rels/.rels", ROOT),
            ("xl/workbook.xml", BOOK),
            ("xl/_rels/workbook.xml.rels", LINKS),
            ("xl/styles.xml", STYLES),
            ("xl/worksheets/sheet1.xml", &sheet("")),
            ("xl/worksheets/sheet2.xml", &sheet(cells)),
        ] {
            zip.start_file(name, SimpleFileOptions::default()).unwrap();
            zip.write_all(text.as_bytes()).unwrap();
        }
        zip.finish().unwrap();
        let columns = Columns {
            keep_times: true,
            ..Columns::default()
        };
        read(&path, &columns, &|_| {})
    }

    /// Row 3 is missing, and so are column A and a reading.
    const LOG: &str = r#"<row r="1"><c r="B1" t="inlineStr"><is><t>time</t></is></c><c r="C1" t="inlineStr"><is><t>temp, °C</t></is></c><c r="D1" t="inlineStr"><is><t>on</t></is></c></row>
        <row r="2"><c r="B2" s="1"><v>47908.5</v></c><c r="C2"><v>20.25</v></c><c r="D2" t="b"><v>1</v></c></row>
        <row r="4"><c r="B4" s="1"><v>47908.75</v></c><c r="D4" t="b"><v>0</v></c></row>"#;

    #[test]
    fn the_first_sheet_with_cells_is_a_table() {
        let table = read_book(LOG).unwrap();
        assert_eq!(table.features, ["temp, °C", "on"]);
        assert_eq!(table.values[..2], [20.25, 1.0]);
        assert!(table.values[2].is_nan() && table.values[3] == 0.0);
        let times = table.times.unwrap();
        assert_eq!(
            times,
            ["2031-03-01 12:00:00.000", "2031-03-01 18:00:00.000"]
        );
        assert!(
            table.notes[0].contains("sheet \"log\""),
            "{:?}",
            table.notes
        );
    }

    #[test]
    fn errors_name_the_row_of_the_sheet() {
        let error = read_book(&LOG.replace(
            "<v>47908.75</v></c>",
            "<v>47908.75</v></c><c r=\"C4\" t=\"inlineStr\"><is><t>high</t></is></c>",
        ));
        let text = error.unwrap_err().to_string();
        assert!(text.contains("line 4"), "{text}");
    }

    #[test]
    fn a_cell_far_out_does_not_make_a_huge_sheet() {
        let far = r#"<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>"#;
        let text = read_book(far).unwrap_err().to_string();
        assert!(text.contains("16777216 cells"), "{text}");
    }
}
