//! Parquet and Arrow files, written by pyarrow: `fixtures/columnar/make.py`.

use nice_flow_codegen::Result;
use nice_flow_lab::table;
use nice_flow_lab::table::{Columns, Table};
use std::path::{Path, PathBuf};

fn fixture(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/fixtures/columnar")
        .join(file)
}

fn read(path: &Path, label: Option<&str>, skip: &[&str]) -> Result<Table> {
    let columns = Columns {
        label: label.map(String::from),
        skip: skip.iter().map(ToString::to_string).collect(),
        ..Columns::default()
    };
    table::read(path, &columns, &|_| {})
}

#[cfg(not(feature = "parquet"))]
#[test]
fn without_the_feature_the_error_says_how_to_get_it() {
    for (file, format) in [("zstd.parquet", "Parquet"), ("lz4.arrow", "Arrow")] {
        let error = read(&fixture(file), None, &[]).unwrap_err().to_string();
        assert!(
            error.contains(&format!("expected CSV, found {format}")),
            "{error}"
        );
        assert!(error.contains("--features parquet"), "{error}");
    }
}

#[cfg(feature = "parquet")]
mod with_the_feature {
    use super::*;
    use std::fs;

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

    /// What `make.py` says of a row.
    fn expected(row: usize) -> Vec<f64> {
        let whole = |column: usize| (column + row / 4) as f64;
        let quarters = |column: usize| column as f64 + row as f64 / 4.0;
        let mut values: Vec<f64> = (0..8).map(whole).chain((8..10).map(quarters)).collect();
        if row == 1 {
            values.fill(f64::NAN);
        }
        let half = row as f64 / 4.0;
        let boolean = [1.0, f64::NAN, 0.0][row.min(2)];
        values.extend([half, boolean, f64::NAN]);
        values
    }

    fn bits(values: &[f64]) -> Vec<u64> {
        values.iter().map(|value| value.to_bits()).collect()
    }

    #[test]
    fn every_kind_of_number_is_read_from_every_compression() {
        for file in FILES {
            let table = read(&fixture(file), Some("y"), &["when", "who"]).unwrap();
            assert_eq!((table.rows, table.columns), (9, 13), "{file}");
            for (row, values) in table.iter().enumerate() {
                assert_eq!(bits(values), bits(&expected(row)), "{file}, row {row}");
            }
            assert_eq!(table.labels, Some((0..9).map(|row| row == 8).collect()));
            assert_eq!(table.features[..2], ["int8", "int16"]);
            assert_eq!(table.header.unwrap().len(), 16);
        }
    }

    #[test]
    fn columns_without_a_label_are_features_and_indices_name_columns() {
        let table = read(&fixture("zstd.parquet"), None, &["14", "15"]).unwrap();
        assert_eq!((table.columns, table.labels), (14, None));
        assert_eq!(table.features[13], "y");
    }

    #[test]
    fn dates_and_texts_are_no_features() {
        for file in ["snappy.parquet", "lz4.arrow"] {
            let table = read(&fixture(file), None, &[]).unwrap();
            assert_eq!((table.columns, table.rows), (14, 9));
            assert_eq!(table.notes.len(), 2);
            assert!(table.notes[0].ends_with("left out: who (Utf8)"));
            assert_eq!(table.notes[1], "when taken for the time, no feature");
        }
    }

    #[test]
    fn times_are_kept_as_texts() {
        for file in ["snappy.parquet", "lz4.arrow"] {
            let mut columns = Columns {
                keep_times: true,
                ..Columns::default()
            };
            let table = table::read(&fixture(file), &columns, &|_| {}).unwrap();
            let times = table.times.unwrap();
            assert_eq!(times.len(), 9);
            assert_eq!(times[..2], ["1970-01-01 00:00:00", "1970-01-01 00:00:01"]);
            columns.time = Some("who".into());
            let table = table::read(&fixture(file), &columns, &|_| {}).unwrap();
            assert_eq!(table.times.unwrap()[..2], ["a", "b"]);
        }
    }

    #[test]
    fn a_label_that_is_none_is_refused_with_its_rows() {
        let path = fixture("snappy.parquet");
        let error = |label| {
            read(&path, Some(label), &["when", "who"])
                .unwrap_err()
                .to_string()
        };
        let expected = "column bool: expected a label in every row, found an empty cell";
        assert!(error("bool").contains(expected), "{}", error("bool"));
        assert!(
            error("float64").contains("expected a label in every row"),
            "{}",
            error("float64")
        );
        assert!(error("no").contains("--label no: no such column"));
    }

    #[test]
    fn a_damaged_file_is_an_error_or_a_table_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("damaged");
        for file in FILES {
            let whole = fs::read(fixture(file)).unwrap();
            for step in 0..200 {
                let place = step * whole.len() / 200;
                // Cut there; another bit there.
                fs::write(&path, &whole[..place]).unwrap();
                assert!(
                    read(&path, Some("y"), &["when", "who"]).is_err(),
                    "{file} {place}"
                );
                let mut flipped = whole.clone();
                flipped[place] ^= 1 << (step % 8);
                fs::write(&path, flipped).unwrap();
                let _ = read(&path, Some("y"), &["when", "who"]);
            }
        }
    }
    /// Places of a whole number of 64 bits.
    fn places(bytes: &[u8], number: i64) -> impl Iterator<Item = usize> {
        let windows = bytes.windows(8).enumerate();
        windows.filter_map(move |(i, window)| (window == number.to_le_bytes()).then_some(i))
    }

    #[test]
    fn a_compressed_buffer_that_claims_a_tebibyte_is_refused_before_memory_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lying.arrow");
        for file in ["lz4.arrow", "zstd.arrow"] {
            let whole = fs::read(fixture(file)).unwrap();
            // Four numbers of 8 bytes: what most of the buffers become.
            let mut refused = 0;
            for place in places(&whole, 32) {
                let mut lying = whole.clone();
                lying[place..place + 8].copy_from_slice(&(1_i64 << 40).to_le_bytes());
                fs::write(&path, lying).unwrap();
                if let Err(error) = read(&path, Some("y"), &["when", "who"]) {
                    let error = error.to_string();
                    refused +=
                        usize::from(error.contains("bytes of numbers in a file of this size"));
                }
            }
            assert!(refused > 0, "{file}");
        }
    }
}
