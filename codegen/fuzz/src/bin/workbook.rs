//! Excel workbooks: the texts of their parts, in a zip whose sums are right.
#![no_main]

use nice_flow_fuzz::bounds::with_file;
use nice_flow_fuzz::containers::zip;
use nice_flow_fuzz::seeds::plant;
use nice_flow_lab::table::{self, Columns};
use zip::CompressionMethod;

/// The parts, in the order in which they stand in an input, between zeros.
const PARTS: [&str; 6] = [
    "xl/worksheets/sheet1.xml",
    "xl/sharedStrings.xml",
    "xl/styles.xml",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "_rels/.rels",
];

/// Parts of a workbook that is sound: a text, a shared text, a date, a number and a truth.
const SOUND: [&str; 6] = [
    r#"<worksheet><dimension ref="A1:D2"/><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>when</t></is></c><c r="B1" t="s"><v>0</v></c><c r="C1" t="str"><v>y</v></c></row><row r="2"><c r="A2" s="1"><v>47908.5</v></c><c r="B2"><v>20.25</v></c><c r="C2" t="b"><v>1</v></c></row></sheetData></worksheet>"#,
    r#"<sst count="1" uniqueCount="1"><si><t>temp, &#176;C</t></si></sst>"#,
    r#"<styleSheet><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy"/></numFmts><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs></styleSheet>"#,
    r#"<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><workbookPr date1904="0"/><sheets><sheet name="log" sheetId="1" r:id="rId1"/></sheets></workbook>"#,
    r#"<Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#,
    r#"<Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#,
];

/// The workbook of an input: what it does not hold is sound.
fn workbook(input: &[u8]) -> Vec<u8> {
    let mut given = input.split(|byte| *byte == 0);
    let part = |(name, sound): (&&str, &&str)| {
        let text = given.next().filter(|text| !text.is_empty());
        (name.to_string(), text.unwrap_or(sound.as_bytes()).to_vec())
    };
    let parts: Vec<_> = PARTS.iter().zip(&SOUND).map(part).collect();
    zip(&parts, CompressionMethod::Stored)
}

/// Each part alone, and all of them.
fn seeds() -> Vec<Vec<u8>> {
    let alone = (0..SOUND.len()).map(|part| [&vec![0; part][..], SOUND[part].as_bytes()].concat());
    alone.chain([SOUND.join("\0").into_bytes()]).collect()
}

/// The decoder may panic, which the reader catches: a finding is only what leaves it.
fn init() {
    std::panic::set_hook(Box::new(|_| ()));
    plant("workbook", seeds());
}

libfuzzer_sys::fuzz_target!(init: init(), |bytes: &[u8]| {
    let file = workbook(bytes);
    let columns = Columns { keep_times: true, ..Columns::default() };
    if let Ok(table) = with_file(&file, |path| table::read(path, &columns, &|_| {})) {
        assert_eq!(table.values.len(), table.rows * table.columns);
    }
});
