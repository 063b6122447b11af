//! Parquet and Arrow IPC.
#![no_main]

use nice_flow_fuzz::bounds::with_columnar_file;
use nice_flow_fuzz::seeds::{fixture, plant};
use nice_flow_lab::table::{self, Columns};

const FILES: [&str; 8] = [
    "none.parquet",
    "snappy.parquet",
    "gzip.parquet",
    "lz4.parquet",
    "zstd.parquet",
    "uncompressed.arrow",
    "lz4.arrow",
    "zstd.arrow",
];

/// The decoders panic, which the reader catches: a finding is only what leaves it.
fn init() {
    std::panic::set_hook(Box::new(|_| ()));
    plant(
        "columnar",
        FILES.map(|name| fixture(&format!("columnar/{name}"))),
    );
}

libfuzzer_sys::fuzz_target!(init: init(), |bytes: &[u8]| {
    let skip = ["when", "who"].map(String::from).to_vec();
    let label = Some("y".to_owned());
    for columns in [label, None].map(|label| Columns { label, skip: skip.clone(), ..Columns::default() }) {
        if let Ok(table) = with_columnar_file(bytes, |path| table::read(path, &columns, &|_| {})) {
            assert_eq!(table.values.len(), table.rows * table.columns);
        }
    }
});
