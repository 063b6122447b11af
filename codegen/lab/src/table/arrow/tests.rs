use super::*;
use crate::table::{Draw, read};
use arrow_array::{Float64Array, Int64Array, RecordBatch, StringArray};
use arrow_ipc::writer::FileWriter;
use parquet::arrow::ArrowWriter;
use std::path::PathBuf;
use std::sync::Arc;

/// Writes columns as Parquet and as Arrow IPC.
fn written(folder: &Path, columns: Vec<(&str, ArrayRef)>) -> [PathBuf; 2] {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let paths = ["a.parquet", "a.arrow"].map(|name| folder.join(name));
    let file = |path: &PathBuf| File::create(path).unwrap();
    let mut parquet = ArrowWriter::try_new(file(&paths[0]), batch.schema(), None).unwrap();
    parquet.write(&batch).unwrap();
    parquet.close().unwrap();
    let mut arrow = FileWriter::try_new(file(&paths[1]), &batch.schema()).unwrap();
    arrow.write(&batch).unwrap();
    arrow.finish().unwrap();
    paths
}

fn numbers_of(rows: usize) -> ArrayRef {
    Arc::new(Float64Array::from_iter_values((0..rows).map(|n| n as f64)))
}

#[test]
fn times_as_numbers_or_words_make_a_log_and_no_feature() {
    let folder = tempfile::tempdir().unwrap();
    let seconds = (0..300).map(|row| 1_700_000_000 + row);
    let clock: ArrayRef = Arc::new(Int64Array::from_iter_values(seconds));
    let words = (0..300).map(|row| format!("2026-01-02 03:{:02}:{:02}", row / 60, row % 60));
    let words: ArrayRef = Arc::new(StringArray::from_iter_values(words));
    for (name, times, first) in [
        ("timestamp", &clock, "1700000000"),
        ("when", &words, "2026-01-02 03:00:00"),
    ] {
        for path in written(
            folder.path(),
            vec![(name, times.clone()), ("a", numbers_of(300))],
        ) {
            let columns = Columns {
                keep_times: true,
                ..Columns::default()
            };
            let table = read(&path, &columns, &|_| {}).unwrap();
            assert_eq!(table.features, ["a"], "{path:?}");
            assert!(table.is_log);
            assert_eq!(
                table.notes,
                [format!("{name} taken for the time, no feature")]
            );
            assert_eq!(table.times.unwrap()[0], first);
        }
    }
    // A number that does not rise is a measurement, whatever its name.
    for path in written(
        folder.path(),
        vec![("time", numbers_of(1)), ("a", numbers_of(1))],
    ) {
        let table = read(&path, &Columns::default(), &|_| {}).unwrap();
        assert_eq!((table.columns, table.is_log), (2, false));
    }
}

#[test]
fn a_sample_is_that_of_a_text_with_the_same_rows() {
    let folder = tempfile::tempdir().unwrap();
    let rows = 5000;
    let is_anomaly = |row: usize| row.is_multiple_of(50);
    let labels = (0..rows).map(|row| i64::from(is_anomaly(row)));
    let labels: ArrayRef = Arc::new(Int64Array::from_iter_values(labels));
    let paths = written(folder.path(), vec![("a", numbers_of(rows)), ("y", labels)]);
    let text = folder.path().join("a.csv");
    let lines = (0..rows).map(|row| format!("{row},{}\n", u8::from(is_anomaly(row))));
    std::fs::write(&text, format!("a,y\n{}", lines.collect::<String>())).unwrap();
    let columns = Columns {
        label: Some("y".into()),
        draw: Some(Draw::new(200, 7)),
        ..Columns::default()
    };
    let expected = read(&text, &columns, &|_| {}).unwrap();
    assert_eq!((expected.rows, expected.read()), (300, rows));
    for path in paths {
        let table = read(&path, &columns, &|_| {}).unwrap();
        assert_eq!(table, expected, "{path:?}");
    }
}
