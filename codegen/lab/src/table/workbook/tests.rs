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
    read_parts(BOOK, LINKS, cells, &[])
}

fn read_parts(
    book: &str,
    links: &str,
    cells: &str,
    more: &[(&str, &str)],
) -> nice_flow_codegen::Result<Table> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.xlsx");
    let mut zip = ZipWriter::new(std::fs::File::create(&path).unwrap());
    for (name, text) in [
        ("[Content_Types].xml", TYPES),
        ("_rels/.rels", ROOT),
        ("xl/workbook.xml", book),
        ("xl/_rels/workbook.xml.rels", links),
        ("xl/styles.xml", STYLES),
        ("xl/worksheets/sheet1.xml", &sheet("")),
        ("xl/worksheets/sheet2.xml", &sheet(cells)),
    ]
    .iter()
    .chain(more)
    {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
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
    let far = r#"<row r="1"><c r="XFE1"><v>1</v></c></row>"#;
    let text = read_book(far).unwrap_err().to_string();
    assert!(text.contains("at most 16384 columns"), "{text}");
}

#[test]
fn cells_in_any_order_stand_where_their_names_say() {
    let cells = r#"<row r="2"><c r="D2"><v>4</v></c><c r="B2"><v>2</v></c></row>
        <row r="1"><c r="B1" t="inlineStr"><is><t>b</t></is></c><c r="C1" t="inlineStr"><is><t>c</t></is></c><c r="D1" t="inlineStr"><is><t>d</t></is></c></row>
        <row r="3"><c r="B3"><v>5</v></c><c r="C3"><v>6</v></c><c r="D3"><v>7</v></c></row>"#;
    let table = read_book(cells).unwrap();
    assert_eq!(table.features, ["b", "c", "d"]);
    let [b, none, d, rest @ ..] = &table.values[..] else {
        panic!("expected two rows");
    };
    assert!(none.is_nan());
    assert_eq!((*b, *d, rest), (2.0, 4.0, &[5.0, 6.0, 7.0][..]));
}

/// A sheet whose cells name texts that sheets share.
const SHARED: &str =
    r#"<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2"><v>3</v></c></row>"#;

fn read_shared(texts: &str) -> nice_flow_codegen::Result<Table> {
    read_parts(BOOK, LINKS, SHARED, &[("xl/sharedStrings.xml", texts)])
}

#[test]
fn a_number_of_shared_texts_that_cannot_be_there_is_refused() {
    let of = |count: &str| format!("<sst uniqueCount{count}><si><t>temp</t></si></sst>");
    let table = read_shared(&of("=\"2\"")).unwrap();
    assert_eq!(table.features, ["temp"]);
    for lie in [
        "=\"4294967295\"",
        " =\n '00999999999999999999999'",
        "=\"+77777\"",
    ] {
        let text = read_shared(&of(lie)).unwrap_err().to_string();
        assert!(
            text.contains("sharedstrings.xml to hold as many texts"),
            "{text}"
        );
    }
    let twice = of("=\"1\"").replace("uniqueCount", "uniqununiqueCount=\"9\" uniqueCount");
    read_shared(&twice).unwrap();
}

#[test]
fn a_long_text_in_many_cells_does_not_fill_the_memory() {
    let text = "x".repeat(1 << 20);
    let cells: String = (1..=300)
        .map(|i| format!(r#"<row r="{i}"><c r="A{i}" t="s"><v>0</v></c></row>"#))
        .collect();
    let texts = format!("<sst><si><t>{text}</t></si></sst>");
    let read = read_parts(BOOK, LINKS, &cells, &[("xl/sharedStrings.xml", &texts)]);
    let text = read.unwrap_err().to_string();
    assert!(text.contains("268435456 bytes of text"), "{text}");
}

#[test]
fn a_long_path_of_many_sheets_does_not_fill_the_memory() {
    let sheet = r#"<x:sheet name="a" sheetId="1" r:id="rId1"/>"#;
    let book = BOOK.replace("</sheets>", &(sheet.repeat(300) + "</sheets>"));
    let path = format!("worksheets/{}/../sheet1.xml", "x".repeat(1 << 20));
    let links = LINKS.replace("worksheets/sheet1.xml", &path);
    let text = read_parts(&book, &links, LOG, &[]).unwrap_err().to_string();
    assert!(text.contains("found 302 sheets and 1049"), "{text}");
}
