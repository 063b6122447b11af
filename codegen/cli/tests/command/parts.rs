//! Scores of many files, a part each: the bits of the CSV, whole after kills, and nothing of others in the folder.
#![cfg(all(unix, feature = "parquet"))]

use super::{Folder, fail, shuttle, succeed};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, UInt32Type};
use arrow_array::{ArrayRef, Float64Array, RecordBatch};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// The rows of a CSV of the model's features, the label left out.
fn rows() -> (Vec<String>, Vec<Vec<f64>>) {
    let text = fs::read_to_string(shuttle("test.csv")).expect("read");
    let mut lines = text.lines();
    let names: Vec<String> = lines
        .next()
        .expect("a header")
        .split(',')
        .map(Into::into)
        .collect();
    let width = names.len() - 1;
    assert_eq!(names[width], "y");
    let numbers = lines.map(|line| {
        let cells = line.split(',').take(width);
        cells.map(|x| x.parse().expect("a number")).collect()
    });
    (names[..width].to_vec(), numbers.collect())
}

fn write(path: &Path, names: &[String], rows: &[Vec<f64>]) {
    let column = |index: usize| -> ArrayRef {
        let values = rows.iter().map(|row| row[index]);
        // A missing cell is null.
        Arc::new(
            values
                .map(|x| (!x.is_nan()).then_some(x))
                .collect::<Float64Array>(),
        )
    };
    let columns = names
        .iter()
        .enumerate()
        .map(|(index, name)| (name, column(index)));
    let batch = RecordBatch::try_from_iter(columns).expect("columns");
    let file = fs::File::create(path).expect("a file");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("rows");
    writer.close().expect("a footer");
}

/// Number, score, verdict and bits of each row of a part.
type Row = (i64, f64, bool, u32);

fn part(path: &Path) -> Vec<Row> {
    let file = fs::File::open(path).expect("a part");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("a whole part");
    let batches = reader.build().expect("a reader");
    batches
        .flat_map(|batch| {
            let batch = batch.expect("rows");
            let column = |name: &str| batch.column_by_name(name).expect("a column").clone();
            let scores = column("score");
            let scores = scores.as_primitive::<Float64Type>();
            let (row, bits, verdict) = (column("row"), column("score_bits"), column("anomalous"));
            let (row, bits) = (
                row.as_primitive::<Int64Type>(),
                bits.as_primitive::<UInt32Type>(),
            );
            let verdict = verdict.as_boolean();
            let cells = |i| {
                (
                    row.value(i),
                    scores.value(i),
                    verdict.value(i),
                    bits.value(i),
                )
            };
            (0..batch.num_rows()).map(cells).collect::<Vec<Row>>()
        })
        .collect()
}

/// Files of shuttle rows in two folders, as engines partition them; one is empty, and cells are missing and far out.
fn data(folder: &Folder, files: usize) -> Vec<(String, Vec<Vec<f64>>)> {
    let (names, mut rows) = rows();
    rows[3][2] = f64::NAN;
    rows[5][0] = 1e30;
    let names_and_rows = (0..files).map(|file| {
        let below = format!("machine={}/{file}.parquet", file % 2);
        let share = rows.len() / files;
        let part = &rows[file * share..][..if file == 1 { 0 } else { share }];
        let path = Path::new(&folder.path("data")).join(&below);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        write(&path, &names, part);
        (below, part.to_vec())
    });
    let data = names_and_rows.collect();
    fs::write(Path::new(&folder.path("data")).join("_SUCCESS"), "").expect("written");
    data
}

/// A model, the folder of [`data`], and one for parts.
fn paths(folder: &Folder) -> (String, String, String) {
    let model = shuttle("shuttle.safetensors");
    (model, folder.path("data"), folder.path("out/"))
}

/// The columns of the CSV that `score` writes of these rows: its score, its verdict and its bits.
fn csv(folder: &Folder, rows: &[Vec<f64>]) -> Vec<(f64, bool, u32)> {
    let path = folder.path("one.parquet");
    write(Path::new(&path), &self::rows().0, rows);
    let scores = folder.path("one.csv");
    succeed(&[
        "score",
        &shuttle("shuttle.safetensors"),
        &path,
        "--numeric",
        "i8",
        "-o",
        &scores,
    ]);
    let text = fs::read_to_string(&scores).expect("scores");
    let line = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let bits = u32::from_str_radix(cells[4], 16).expect("bits");
        (cells[2].parse().expect("a score"), cells[3] == "1", bits)
    };
    text.lines().skip(1).map(line).collect()
}

fn assert_whole(folder: &Folder, data: &[(String, Vec<Vec<f64>>)]) {
    for (name, rows) in data {
        let found = part(&Path::new(&folder.path("out")).join(name));
        assert_eq!(found.len(), rows.len(), "{name}");
        assert!(
            found.iter().enumerate().all(|(i, row)| row.0 == i as i64),
            "{name}"
        );
        if !rows.is_empty() {
            let cells: Vec<_> = found.iter().map(|row| (row.1, row.2, row.3)).collect();
            assert!(cells == csv(folder, rows), "{name}");
        }
    }
}

/// Whether the folder has a temporary file of a run that was killed.
fn is_pending(folder: &Path) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.any(|name| name.starts_with(".nice-flow-"))
}

#[test]
fn parts_have_the_bits_of_the_csv_whatever_was_killed_before() {
    let folder = Folder::new();
    let data = data(&folder, 6);
    let (model, rows, out) = paths(&folder);
    let arguments = ["score", &model, &rows, "--numeric", "i8", "-o", &out];
    let mut killed = 0;
    // Ever later: the first is long before the end, however fast the machine.
    for attempt in 0..12 {
        let mut child = Command::new(env!("CARGO_BIN_EXE_nice-flow"))
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the command starts");
        std::thread::sleep(Duration::from_millis(1 << attempt));
        if child.try_wait().expect("a status").is_some() {
            break;
        }
        child.kill().expect("a signal");
        child.wait().expect("an end");
        killed += 1;
    }
    assert!(killed > 0, "the run ends before it is killed");
    let parts = |text: &str| text.lines().last().unwrap_or_default().to_string();
    let first = parts(&succeed(&arguments));
    assert_whole(&folder, &data);
    assert!(!is_pending(&Path::new(&out).join("machine=0")));
    // All are there now, and none is touched.
    let part = Path::new(&out).join(&data[0].0);
    let before = fs::metadata(&part)
        .expect("a part")
        .modified()
        .expect("a time");
    let json: serde_json::Value = {
        let text = succeed(&[&["--json"], &arguments[..]].concat());
        serde_json::from_str(&text).expect("JSON")
    };
    let rows: usize = data.iter().map(|(_, rows)| rows.len()).sum();
    assert_eq!(
        (&json["parts_written"], &json["parts_found"]),
        (&0.into(), &6.into()),
        "{first}"
    );
    assert_eq!(json["rows"], rows);
    assert_eq!(
        fs::metadata(&part)
            .expect("a part")
            .modified()
            .expect("a time"),
        before
    );
}

#[test]
fn a_folder_with_parts_of_others_is_refused() {
    let folder = Folder::new();
    let data = data(&folder, 2);
    let (model, rows, out) = paths(&folder);
    let score = ["score", &model, &rows, "--numeric", "i8", "-o", &out];
    succeed(&score);
    let first = format!("{out}{}", data[0].0);
    let other_type = ["score", &model, &rows, "--numeric", "i16", "-o", &out];
    fail(
        2,
        &other_type,
        &[&first, "found scores with other options (--numeric=i8)"],
    );
    // A file that has changed since.
    let file = Path::new(&rows).join(&data[0].0);
    write(&file, &self::rows().0, &data[0].1[1..]);
    fail(
        2,
        &score,
        &[
            &first,
            "as it is, found scores of what it was",
            "remove this part",
        ],
    );
    fs::remove_file(&first).expect("removed");
    succeed(&score);
    assert_eq!(part(Path::new(&first)).len(), data[0].1.len() - 1);
    // Something else, and the rows themselves.
    fs::copy(&file, format!("{out}other.parquet")).expect("copied");
    fail(2, &score, &["other.parquet", "found another file"]);
    fail(
        2,
        &["score", &model, &rows, "-o", &rows],
        &["another file to write than one that is read"],
    );
}

#[test]
fn errors_name_the_file_and_no_part_is_left() {
    let folder = Folder::new();
    let data = data(&folder, 2);
    let (model, rows, out) = paths(&folder);
    let path = Path::new(&rows).join(&data[0].0);
    let mut bytes = fs::read(&path).expect("read");
    // The pages of the second half of the columns.
    let end = bytes.len() - 3000;
    bytes[end / 2..end].fill(0xaa);
    fs::write(&path, &bytes).expect("written");
    fail(
        2,
        &["score", &model, &rows, "-o", &out],
        &[&data[0].0, "rows from 0 on"],
    );
    assert!(!Path::new(&out).join(&data[0].0).exists());
    let (a, b) = (
        folder.path("data/machine=0/0.parquet"),
        folder.path("data/machine=0/../machine=0/0.parquet"),
    );
    fail(
        2,
        &["score", &model, &a, &b, "-o", &out],
        &["both would have the part 0.parquet"],
    );
    for among in [
        format!("{rows}/scores/"),
        format!("{rows}/machine=0/../scores/"),
    ] {
        fail(
            2,
            &["score", &model, &rows, "-o", &among],
            &["expected a folder apart from the rows"],
        );
    }
    let beside = folder.path("data/machine=0/");
    fail(
        2,
        &["score", &model, &a, "-o", &beside],
        &["apart from the rows"],
    );
    fail(
        2,
        &["score", &model, &rows, "-o", &out, "--label", "y"],
        &["--label", "-o scores.csv"],
    );
    fail(
        2,
        &["score", &model, &shuttle("test.csv"), "-o", &out],
        &["test.csv", "found another format"],
    );
}
