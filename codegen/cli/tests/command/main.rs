//! The command as a user meets it: results, exit statuses, messages, and no file half written.

mod baseline;
mod blob;
mod calibrate;
mod commission;
mod counts;
mod drift;
mod front;
mod given;
mod import;
mod inspect;
mod lasting;
mod lies;
mod limits;
mod logs;
mod missing;
#[path = "../../../tests/fixtures/npz.rs"]
mod npz;
mod overwrite;
mod parts;
mod promises;
mod pump;
#[path = "../../../tests/fixtures/ready.rs"]
mod ready;
mod record;
mod recordings;
mod report;
mod standardise;
mod strangers;
#[path = "../../../tests/fixtures/tampered.rs"]
mod tampered;
mod train;
mod why;
mod words;

use ready::is_ready;
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output};

const SHUTTLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/shuttle");

fn shuttle(file: &str) -> String {
    format!("{SHUTTLE}/{file}")
}

fn nice_flow<T: AsRef<OsStr>>(arguments: &[T]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_nice-flow"))
        .args(arguments)
        .output()
        .expect("the command starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs; standard output, or standard error where it fails.
fn outcome<T: AsRef<OsStr>>(arguments: &[T]) -> Result<String, String> {
    let output = nice_flow(arguments);
    match output.status.success() {
        true => Ok(text(&output.stdout)),
        false => Err(text(&output.stderr)),
    }
}

/// Runs, expects success, returns standard output.
#[track_caller]
fn succeed<T: AsRef<OsStr>>(arguments: &[T]) -> String {
    let words: Vec<_> = arguments.iter().map(AsRef::as_ref).collect();
    outcome(arguments).unwrap_or_else(|error| panic!("{words:?}: {error}"))
}

/// Runs, expects the status and one error line with all of the words.
fn fail(status: i32, arguments: &[&str], words: &[&str]) -> String {
    let output = nice_flow(arguments);
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {error}");
    assert_eq!(
        error
            .lines()
            .filter(|line| line.starts_with("error"))
            .count(),
        1,
        "{error}"
    );
    for word in words {
        assert!(
            error.contains(word),
            "{arguments:?}: expected {word:?} in {error}"
        );
    }
    error
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, file: &str) -> String {
        self.0.path().join(file).display().to_string()
    }

    fn write(&self, file: &str, contents: &[u8]) -> String {
        std::fs::write(self.path(file), contents).expect("written");
        self.path(file)
    }

    fn is_empty(&self) -> bool {
        std::fs::read_dir(self.0.path())
            .expect("read")
            .next()
            .is_none()
    }
}

#[test]
fn import_proves_the_reading_and_the_committed_module_is_what_generate_writes() {
    let folder = Folder::new();
    let (model, module) = (
        folder.path("shuttle.safetensors"),
        folder.path("shuttle.rs"),
    );
    let (checkpoint, stats, probe) = (
        shuttle("shuttle.pt"),
        shuttle("stats.npz"),
        shuttle("probe.npz"),
    );
    let said = succeed(&[
        "import",
        &checkpoint,
        "--standardise",
        &stats,
        "--probe",
        &probe,
        "-o",
        &model,
    ]);
    assert!(said.contains("128 log-densities agree"), "{said}");
    let rows = shuttle("train.csv");
    succeed(&[
        "calibrate",
        &model,
        &rows,
        "--false-alarm-rate",
        "0.001",
        "-o",
        &model,
    ]);
    succeed(&["generate", &model, "-o", &module]);
    let read = |path: &str| std::fs::read(path).expect("a file");
    assert!(
        read(&model) == read(&shuttle("shuttle.safetensors")),
        "examples/shuttle/shuttle.safetensors is stale"
    );
    assert!(
        read(&module) == read(&shuttle("shuttle.rs")),
        "examples/shuttle/shuttle.rs is stale"
    );
}

#[test]
fn score_separates_the_anomalies_of_the_shuttle() {
    let (model, rows) = (shuttle("shuttle.safetensors"), shuttle("test.csv"));
    for numeric in ["f64", "f32", "i16", "i8"] {
        let json = succeed(&[
            "score",
            &model,
            &rows,
            "--label",
            "y",
            "--numeric",
            numeric,
            "--json",
        ]);
        let summary: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(summary["rows"], 5261);
        assert!(summary["auroc"].as_f64() > Some(0.995), "{json}");
        assert!(summary["rows_per_second"].as_f64() > Some(0.0), "{json}");
    }
}

#[test]
fn a_score_file_has_the_columns_of_the_contract() {
    let folder = Folder::new();
    let data = folder.write(
        "x.csv",
        b"53,0,82,0,52,-5,29,30,2\n37,nan,76,0,28,18,40,48,8\n1e30,0,0,0,0,0,0,0,0\n",
    );
    let out = folder.path("out.csv");
    succeed(&[
        "score",
        &shuttle("shuttle.safetensors"),
        &data,
        "--numeric",
        "f32",
        "-o",
        &out,
    ]);
    let written = std::fs::read_to_string(out).expect("a file");
    let lines: Vec<&str> = written.lines().collect();
    assert_eq!(lines[0], "row,log_density,score,anomalous,score_bits");
    let cells: Vec<&str> = lines[1].split(',').collect();
    let score: f32 = cells[2].parse().expect("a number");
    assert_eq!(cells[4], format!("{:08x}", score.to_bits()));
    assert_eq!((cells[0], cells[3]), ("0", "0"));
    assert_eq!(lines[2], "1,nan,nan,1,7fc00000");
    assert_eq!(lines[3], "2,-inf,inf,1,7f800000");
}

#[test]
fn an_integer_score_is_its_bits_and_a_broken_sensor_is_anomalous() {
    let folder = Folder::new();
    let rows = b"53,0,82,0,52,-5,29,30,2\n37,nan,76,0,28,18,40,48,8\n1e30,0,0,0,0,0,0,0,0\n";
    let (data, out) = (folder.write("x.csv", rows), folder.path("out.csv"));
    let model = shuttle("shuttle.safetensors");
    for numeric in ["i16", "i8"] {
        succeed(&["score", &model, &data, "--numeric", numeric, "-o", &out]);
        let written = std::fs::read_to_string(&out).expect("a file");
        let verdicts: Vec<&str> = (written.lines().skip(1))
            .map(|line| {
                let cells: Vec<&str> = line.split(',').collect();
                let (score, bits) = (cells[2].parse::<f64>(), u32::from_str_radix(cells[4], 16));
                let bits = bits.expect("eight digits") as i32;
                assert_eq!(score.expect("a number"), f64::from(bits) / 65536.0);
                assert_eq!(cells[4].len(), 8);
                cells[3]
            })
            .collect();
        assert_eq!(verdicts, ["0", "1", "1"]);
    }
}

#[test]
fn integers_come_from_the_calibration_at_hand() {
    let folder = Folder::new();
    let (model, rows) = (shuttle("shuttle.safetensors"), shuttle("train.csv"));
    let (kept, given) = (folder.path("kept.rs"), folder.path("given.rs"));
    let generate = |out: &str, more: &[&str]| {
        let arguments = ["generate", &model, "--numeric", "i8", "-o", out];
        succeed(&[&arguments, more].concat());
        let text = std::fs::read_to_string(out).expect("a module");
        let (_, behind_head) = text.split_once("\n\n").expect("a head");
        behind_head.to_string()
    };
    // What `calibrate` stored is what these rows give.
    let text = generate(&kept, &[]);
    assert!(text == generate(&given, &["--calibration", &rows]));
    assert!(text.contains("pub const THRESHOLD: Fixed = Fixed::from_bits("));
    assert!(
        text != generate(
            &given,
            &["--calibration", &shuttle("test.csv"), "--label", "y"]
        )
    );
}

#[test]
fn a_module_of_counts_takes_integers() {
    let folder = Folder::new();
    let (model, module) = (shuttle("shuttle.safetensors"), folder.path("m.rs"));
    // The shuttle's raw units are integers; else a scale says what a count is.
    for (numeric, counts) in [("i8", "--counts"), ("i16", "--counts=unit=0.5;zero=2048")] {
        succeed(&[
            "generate",
            &model,
            "--numeric",
            numeric,
            counts,
            "-o",
            &module,
        ]);
        let text = std::fs::read_to_string(&module).expect("a module");
        assert!(
            text.contains("pub type Model = Encoded<Counts<9>, "),
            "{text}"
        );
    }
    let f32 = ["generate", &model, "--counts", "-o", &module];
    fail(
        2,
        &f32,
        &["--counts", "expected --numeric i16 or i8, found f32"],
    );
    let scale = [
        "generate",
        &model,
        "--numeric",
        "i8",
        "--counts=unit=1,2",
        "-o",
        &module,
    ];
    fail(2, &scale, &["numbers that go into 9 inputs, found 2"]);
}

#[test]
fn rows_without_a_number_scale_no_integers() {
    let folder = Folder::new();
    let (model, rows) = (shuttle("shuttle.safetensors"), folder.path("rows.csv"));
    // Nine inputs, none of which has a value in any row.
    let row = ["nan"; 9].join(",") + "\n";
    std::fs::write(&rows, row.repeat(30)).expect("a CSV");
    let module = folder.path("module.rs");
    let generate = ["generate", &model, "--numeric", "i8", "-o", &module];
    let given = ["--calibration", &rows];
    fail(
        2,
        &[&generate[..], &given].concat(),
        &["rows.csv", "found none"],
    );
    assert!(!Path::new(&module).exists());
}

#[test]
fn the_command_says_its_own_name() {
    let version = text(&nice_flow(&["--version"]).stdout);
    assert_eq!(
        version,
        concat!("nice-flow ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn a_model_without_calibration_says_what_its_integers_come_from() {
    let folder = Folder::new();
    let (model, module) = (folder.path("m.safetensors"), folder.path("m.rs"));
    let checkpoint = shuttle("shuttle.pt");
    succeed(&["import", &checkpoint, "--no-probe", "-o", &model]);
    let output = nice_flow(&["generate", &model, "--numeric", "i16", "-o", &module]);
    let notes = text(&output.stderr);
    assert!(
        output.status.success() && notes.contains("draws of the model"),
        "{notes}"
    );
    assert!(
        !std::fs::read_to_string(&module)
            .expect("a module")
            .contains("THRESHOLD")
    );
}

#[test]
fn verify_says_what_integers_cost() {
    let (model, rows) = (shuttle("shuttle.safetensors"), shuttle("test.csv"));
    let json = succeed(&[
        "verify",
        &model,
        &rows,
        "--label",
        "y",
        "--numeric",
        "i8",
        "--json",
    ]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let number = |pointer: &str| {
        json.pointer(pointer)
            .and_then(serde_json::Value::as_f64)
            .expect("a number")
    };
    assert!((1e-4..0.15).contains(&number("/normal/median")), "{json}");
    assert!(
        number("/normal/p99") < 0.07 * number("/deviation"),
        "{json}"
    );
    assert!(
        number("/auroc_change").abs() < 0.006 && number("/decisions_changed") < 79.0,
        "{json}"
    );
}

#[test]
fn sample_repeats_itself_with_the_same_seed() {
    let folder = Folder::new();
    let draw = |seed: &str, file: &str| {
        let out = folder.path(file);
        succeed(&[
            "sample",
            &shuttle("shuttle.safetensors"),
            "-n",
            "20",
            "--seed",
            seed,
            "-o",
            &out,
        ]);
        std::fs::read_to_string(out).expect("a file")
    };
    let (a, b, c) = (draw("1", "a.csv"), draw("1", "b.csv"), draw("2", "c.csv"));
    assert_eq!(a, b);
    assert_ne!(a, c);
    assert_eq!(a.lines().count(), 21);
    let out = folder.path("none.csv");
    fail(
        2,
        &[
            "sample",
            &shuttle("shuttle.safetensors"),
            "-n",
            "0",
            "-o",
            &out,
        ],
        &["1 or more"],
    );
    assert!(!Path::new(&out).exists());
}

#[test]
fn verify_fails_beyond_its_limit() {
    let (model, rows) = (shuttle("shuttle.safetensors"), shuttle("train.csv"));
    succeed(&["verify", &model, &rows, "--limit", "0.1"]);
    fail(
        1,
        &["verify", &model, &rows, "--limit", "1e-9"],
        &["expected at most 0.000000001"],
    );
    for limit in ["nan", "-1", "much"] {
        let option = format!("--limit={limit}");
        fail(
            2,
            &["verify", &model, &rows, &option],
            &["expected a number, 0 or above"],
        );
    }
}

#[test]
fn bad_input_is_one_message_that_names_file_expected_and_found() {
    let folder = Folder::new();
    let (model, rows) = (shuttle("shuttle.safetensors"), shuttle("test.csv"));
    let out = folder.path("out.csv");

    fail(
        2,
        &["score", "missing.safetensors", &rows],
        &["missing.safetensors"],
    );
    fail(2, &["score", &model, "missing.csv"], &["missing.csv"]);
    let wide = folder.write("wide.csv", b"1,2,3,4,5,6,7,8,9,0\n1,2,3,4,5,6,7,8,9,0\n");
    fail(
        2,
        &["score", &model, &wide, "-o", &out],
        &["wide.csv", "expected 9", "found 10", "--label"],
    );
    let worded = folder.write("worded.csv", b"1,2,3,4,5,6,7,8,9\n1,2,3,4,abc,6,7,8,9\n");
    fail(
        2,
        &["score", &model, &worded, "-o", &out],
        &["worded.csv", "line 2", "abc"],
    );
    let ragged = folder.write(
        "ragged.csv",
        b"1,2,3,4,5,6,7,8,9\n1,2,3\n1,2,3,4,5,6,7,8,9\n",
    );
    fail(
        2,
        &["score", &model, &ragged, "-o", &out],
        &["ragged.csv", "line 2", "expected 9", "found 3"],
    );
    let unwritable = folder.path("no/such/folder/out.csv");
    fail(
        2,
        &["score", &model, &rows, "--label", "y", "-o", &unwritable],
        &["out.csv", "no folder"],
    );
    assert!(!Path::new(&out).exists());

    let whole = std::fs::read(shuttle("shuttle.pt")).expect("a file");
    let cut = folder.write("cut.pt", &whole[..whole.len() / 2]);
    fail(2, &["import", &cut, "--no-probe", "-o", &out], &["cut.pt"]);
    assert!(!Path::new(&out).exists());
}

#[test]
fn what_is_missing_from_the_command_line_is_named() {
    let folder = Folder::new();
    let out = folder.path("model.safetensors");
    fail(
        2,
        &["import", &shuttle("shuttle.pt"), "-o", &out],
        &["--probe", "--no-probe"],
    );
    fail(2, &["bench"], &["--shape"]);
    fail(2, &["bench", "--shape", "9x9x9"], &["16x4x64x2", "9x9x9"]);
    fail(
        2,
        &["bench", "--shape", "999999x999999x999999x9"],
        &["at most"],
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_standard_output_is_an_error() {
    let model = shuttle("shuttle.safetensors");
    for arguments in [
        &["inspect", model.as_str()][..],
        &["help"],
        &["train", "--help"],
        &["--version"],
    ] {
        let full = std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .expect("a device");
        let output = Command::new(env!("CARGO_BIN_EXE_nice-flow"))
            .args(arguments)
            .stdout(full)
            .output()
            .expect("the command starts");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(
            text(&output.stderr).contains("standard output"),
            "{arguments:?}"
        );
    }
}
