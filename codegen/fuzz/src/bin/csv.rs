//! Comma-separated values: rows to score, and the costs of an earlier run.
#![no_main]

use nice_flow_fuzz::bounds::with_file;
use nice_flow_fuzz::seeds::plant;
use nice_flow_lab::board::cost;
use nice_flow_lab::table::{self, Columns};

/// The label's column, then one column to skip a word; then the file.
fn seeds() -> Vec<Vec<u8>> {
    let figures = include_bytes!("../../../lab/benches/figures.csv");
    let figures = figures.split(|byte| *byte == b'\n').take(4);
    let files: [&[u8]; 8] = [
        b"\na,b,c\n1,2,3\n4,,nan\n",
        b"y\na,b,y\n1,2,0\n4,-inf,1\n",
        b"2 0\n1,2,0\n\n4,1e300,1\n",
        b"y when\nwhen;a;y\r\n2020-01-01;1;0\r\n",
        b"\na\tb\n\" 1 \"\t2\n",
        b"\n\"a,\"\"b\",c\n1,2\n",
        b"\n1\r2\r3\r",
        &figures.collect::<Vec<_>>().join(&b'\n'),
    ];
    files.map(<[u8]>::to_vec).to_vec()
}

fn columns(line: &[u8]) -> Columns {
    let line = String::from_utf8_lossy(line);
    let mut words = line.split(' ').map(str::to_owned);
    Columns {
        label: words.next().filter(|word| !word.is_empty()),
        skip: words.collect(),
        ..Columns::default()
    }
}

libfuzzer_sys::fuzz_target!(init: plant("csv", seeds()), |bytes: &[u8]| {
    let _ = with_file(bytes, cost::read);
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let columns = columns(&bytes[..end]);
    let read = with_file(&bytes[end..], |path| table::read(path, &columns, &|_| {}));
    if let Ok(table) = read {
        assert_eq!(table.values.len(), table.rows * table.columns);
        assert_eq!(table.features.len(), table.columns);
        assert!(table.labels.is_none_or(|labels| labels.len() == table.rows));
    }
});
