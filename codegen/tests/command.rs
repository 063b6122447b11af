//! The command as a user meets it: results, exit statuses, messages, and no file half written.
#![cfg(feature = "cli")]

use nice_flow_codegen::checkpoint::Checkpoint;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const SHUTTLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/shuttle");

fn shuttle(file: &str) -> String {
    format!("{SHUTTLE}/{file}")
}

fn nice_flow(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_nice-flow"))
        .args(arguments)
        .output()
        .expect("the command starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs, expects success, returns standard output.
fn succeed(arguments: &[&str]) -> String {
    let output = nice_flow(arguments);
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        text(&output.stderr)
    );
    text(&output.stdout)
}

/// Runs, expects the status and one error line with all of the words.
fn fail(status: i32, arguments: &[&str], words: &[&str]) {
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
    let (stored, given) = (folder.path("stored.rs"), folder.path("given.rs"));
    let generate = |out: &str, more: &[&str]| {
        let arguments = ["generate", &model, "--numeric", "i8", "-o", out];
        succeed(&[&arguments, more].concat());
        std::fs::read_to_string(out).expect("a module")
    };
    // What `calibrate` stored is what these rows give.
    let text = generate(&stored, &[]);
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
fn a_probe_that_disagrees_fails_the_import() {
    let folder = Folder::new();
    let out = folder.path("model.safetensors");
    let wrong = [
        "import",
        &shuttle("shuttle.pt"),
        "--set",
        "activation=tanh",
        "--probe",
        &shuttle("probe.npz"),
        "-o",
        &out,
    ];
    fail(1, &wrong, &["probe.npz", "(--set activation=relu)"]);
    fail(
        2,
        &["import", &shuttle("shuttle.pt"), "-o", &out],
        &["--probe"],
    );
    assert!(folder.is_empty());
}

#[test]
fn a_probe_that_disagrees_says_which_reading_would_agree() {
    let fmu2 = "checkpoints/fmu2_d8_logistic";
    let file = format!("{fmu2}/motor_bs256_logistic_cp4_md32_hd3_iter4000.tar");
    let (Some(checkpoint), Some(probe)) = (shared(&file), shared(&format!("{fmu2}/reference.npz")))
    else {
        return;
    };
    let folder = Folder::new();
    let (checkpoint, probe) = (
        checkpoint.display().to_string(),
        probe.display().to_string(),
    );
    let out = folder.path("model.safetensors");
    let import = ["import", &checkpoint, "--probe", &probe, "-o", &out];
    let wrong = [&import[..], &["--set", "prior=normal"]].concat();
    let words = [
        "reference.npz: ln p differs in 64 of 64 rows",
        "nats if the prior is logistic (--set prior=logistic)",
    ];
    fail(1, &wrong, &words);
    let both = [&wrong[..], &["--set", "first=even"]].concat();
    fail(1, &both, &["(--set first=odd --set prior=logistic)"]);

    let output = nice_flow(&[&wrong[..], &["--json"]].concat());
    assert_eq!(output.status.code(), Some(1));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one object");
    assert!(json["model"].is_null() && folder.is_empty());
    let suggestions = json["probe"]["suggestions"].as_array().expect("a list");
    assert_eq!(suggestions.len(), 1, "{json}");
    assert_eq!(suggestions[0]["ask"], "--set prior=logistic");
    assert!(
        suggestions[0]["largest_difference"].as_f64() < Some(1e-8),
        "{json}"
    );
    // As it says, so it is.
    let right = [&import[..], &["--set", "prior=logistic"]].concat();
    assert!(succeed(&right).contains("64 log-densities agree"));
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
    fail(
        2,
        &["score", &model, &rows, "-o", &out],
        &["test.csv", "expected 9", "found 10", "--label"],
    );
    let worded = folder.write("worded.csv", b"1,2,3,4,5,6,7,8,9\n1,2,3,4,abc,6,7,8,9\n");
    fail(
        2,
        &["score", &model, &worded, "-o", &out],
        &["worded.csv", "line 2", "abc"],
    );
    let ragged = folder.write("ragged.csv", b"1,2,3,4,5,6,7,8,9\n1,2,3\n");
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
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .expect("a device");
    let output = Command::new(env!("CARGO_BIN_EXE_nice-flow"))
        .args(["inspect", &shuttle("shuttle.safetensors")])
        .stdout(full)
        .output()
        .expect("the command starts");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("standard output"));
}

/// `../shared` of the project, if it is there.
fn shared(file: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared")
        .join(file);
    if !path.exists() {
        println!("skipped: no {}", path.display());
    }
    path.exists().then_some(path)
}

/// A CSV of the model-space inputs of a case's reference, and the log-densities that belong to them.
fn reference(case: &Path, folder: &Folder) -> (String, Vec<f64>) {
    let mut tensors = Checkpoint::open(&case.join("reference.npz"))
        .expect("a reference")
        .tensors;
    let x = tensors.remove("x_model").expect("inputs");
    let rows = x
        .data
        .chunks(x.shape[1])
        .map(|row| row.iter().map(f64::to_string).collect::<Vec<_>>().join(",") + "\n");
    let csv: String = rows.collect();
    let expected = tensors.remove("log_prob_model").expect("densities");
    (folder.write("x.csv", csv.as_bytes()), expected.data)
}

#[test]
fn scores_of_real_checkpoints_match_their_references() {
    for (file, limit) in [
        (
            "fmu2_d8_logistic/motor_bs256_logistic_cp4_md32_hd3_iter4000.tar",
            2e-5,
        ),
        ("zuko_d4_nice_additive/nice.pt", 2e-5),
        ("zuko_d4_nice_additive/nice.safetensors", 2e-5),
        ("zuko_d8_nice_default/zuko_nice.pth", 1e-4),
    ] {
        let Some(checkpoint) = shared(&format!("checkpoints/{file}")) else {
            continue;
        };
        let folder = Folder::new();
        let (rows, expected) = reference(checkpoint.parent().expect("a folder"), &folder);
        for (numeric, limit) in [("f64", 1e-9), ("f32", limit)] {
            let out = folder.path("out.csv");
            succeed(&[
                "score",
                &checkpoint.display().to_string(),
                &rows,
                "--numeric",
                numeric,
                "-o",
                &out,
            ]);
            let written = std::fs::read_to_string(&out).expect("a file");
            let found = written
                .lines()
                .skip(1)
                .map(|line| line.split(',').nth(1).expect("a cell").parse::<f64>());
            let worst = found.zip(&expected).map(|(found, expected)| {
                (found.expect("a number") - expected).abs() / (1.0 + expected.abs())
            });
            let worst = worst.fold(0.0, f64::max);
            println!("{file} {numeric}: {worst:.1e} relative, limit {limit:.0e}");
            assert!(worst <= limit, "{file} {numeric}: {worst}");
        }
    }
}

#[path = "fixtures/npz.rs"]
mod npz;

/// A file of two couplings in names that no library uses.
fn strange(path: &Path) {
    let numbers: Vec<f64> = (0..8).map(|i| f64::from(i) / 8.0 - 0.4).collect();
    let (w, b) = (&numbers[..], &numbers[..2]);
    let arrays: [(&str, &[u64], &[f64]); 9] = [
        ("blk.0.in.weight", &[4, 2], w),
        ("blk.0.in.bias", &[4], &numbers[..4]),
        ("blk.0.out.weight", &[2, 4], w),
        ("blk.0.out.bias", &[2], b),
        ("blk.1.in.weight", &[4, 2], w),
        ("blk.1.in.bias", &[4], &numbers[..4]),
        ("blk.1.out.weight", &[2, 4], w),
        ("blk.1.out.bias", &[2], b),
        ("log\"scale\"", &[4], &numbers[..4]),
    ];
    npz::write(path, &arrays);
}

#[test]
fn an_unknown_layout_gets_a_table_and_a_manifest_that_can_be_filled_in() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (file, toml, out) = (path("strange.npz"), path("m.toml"), path("m.safetensors"));
    strange(Path::new(&file));
    let import = ["import", &file, "--no-probe", "-o", &out];
    let table = "  blk.0.in.weight  [4, 2]  f64\n  blk.0.out.bias  [2]  f64\n";
    fail(2, &import, &[table, "schema = \"nice-manifest/1\""]);

    let error = text(&nice_flow(&import).stderr);
    let mut filled = error[error.find("schema = ").unwrap()..].to_owned();
    let answers = [
        ("dim = ?", "dim = 4"),
        ("kind = ?", "kind = \"normal\""),
        ("cond = ?", "cond = [0, 1]"),
        ("cond = ?", "cond = [2, 3]"),
        ("trans = ?", "trans = [2, 3]"),
        ("trans = ?", "trans = [0, 1]"),
        ("map = ?", "map = \"exp\""),
    ];
    for (question, answer) in answers {
        assert!(filled.contains(question), "{question}: {filled}");
        filled = filled.replacen(question, answer, 1);
    }
    let filled = filled
        .replace("sign = ?", "sign = \"+\"")
        .replace("fn = ?", "fn = \"relu\"");
    std::fs::write(&toml, filled).unwrap();
    // The manifest names its checkpoint.
    let read = succeed(&["import", "--manifest", &toml, "--no-probe", "-o", &out]);
    assert!(
        read.contains("read as manifest, 4 inputs, 3 layers"),
        "{read}"
    );
}

#[test]
fn many_tensors_are_listed_by_kind() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("many.npz");
    let names: Vec<_> = (0..60).map(|i| format!("part.{i}.weight")).collect();
    let arrays: Vec<_> = (names.iter())
        .map(|name| (name.as_str(), &[2, 2][..], &[1.0; 4][..]))
        .collect();
    npz::write(&file, &arrays);
    let inspect = ["inspect", file.to_str().unwrap()];
    fail(
        2,
        &inspect,
        &["\n  part.*.weight  [2, 2]  f64  ×60\n", "part.59.weight"],
    );
}

#[test]
fn two_layouts_that_fit_are_told_apart_by_their_tensors() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("two.npz");
    let names = [
        "coupling.0.in_block.0.weight",
        "scaling.scale",
        "net.0.m.0.weight",
    ];
    npz::write(&file, &names.map(|name| (name, &[1, 2][..], &[1.0; 2][..])));
    fail(
        2,
        &["inspect", file.to_str().unwrap()],
        &[
            "choose with --layout afekst|fmu2",
            "afekst (Afekst/Very-NICE): net.0.m.0.weight, scaling.scale",
            "fmu2 (fmu2/NICE): coupling.0.in_block.0.weight, scaling.scale",
        ],
    );
}

#[test]
fn a_written_manifest_is_corrected_and_imported() {
    const ZUKO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/zuko_d4");
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (nice, probe) = (format!("{ZUKO}/nice.pt"), format!("{ZUKO}/reference.npz"));
    let (toml, out, again) = (path("m.toml"), path("a.safetensors"), path("b.safetensors"));
    let stats = ["--standardise", "mean=1,2,3,4;scale=5,6,7,8"];
    succeed(&[&["import", &nice, "--write-manifest", &toml], &stats[..]].concat());
    assert!(!Path::new(&out).exists());
    succeed(&[&["import", &nice, "--no-probe", "-o", &out], &stats[..]].concat());
    succeed(&["import", "--manifest", &toml, "--no-probe", "-o", &again]);
    assert_eq!(std::fs::read(&out).unwrap(), std::fs::read(&again).unwrap());

    let proven = [
        "import",
        &nice,
        "--write-manifest",
        &toml,
        "--probe",
        &probe,
    ];
    succeed(&proven);
    let import = ["import", "--manifest", &toml, "-o", &out];
    assert!(succeed(&import).contains("log-densities agree"));
    let text = std::fs::read_to_string(&toml).unwrap();
    std::fs::write(&toml, text.replacen("relu", "tanh", 1)).unwrap();
    fail(1, &import, &["ln p differs"]);
    std::fs::write(&toml, text.replacen("file = ", "# file = ", 1)).unwrap();
    fail(2, &import, &["source.file: expected a file"]);
}

#[test]
fn a_manifest_is_imported_with_its_own_probe_or_the_one_given() {
    const ZUKO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/zuko_d4");
    let folder = tempfile::tempdir().unwrap();
    let (nice, probe) = (format!("{ZUKO}/nice.pt"), format!("{ZUKO}/reference.npz"));
    let toml = format!("{ZUKO}/manifest.toml");
    let (own, out) = (
        folder.path().join("own.toml"),
        folder.path().join("m.safetensors"),
    );
    let (own, out) = (own.to_str().unwrap(), out.to_str().unwrap());

    let import = ["import", &nice, "-o", out, "--manifest"];
    let unproven = [&import[..], &[&toml]].concat();
    fail(
        2,
        &unproven,
        &["expected --probe, --no-probe, or a [probe]"],
    );
    let given = [&import[..], &[&toml, "--probe", &probe]].concat();
    assert!(succeed(&given).contains("128 log-densities agree"));

    let text = std::fs::read_to_string(&toml).unwrap();
    let write = |from: &str, to: &str| std::fs::write(own, text.replacen(from, to, 1)).unwrap();
    let table = format!("[probe]\nfile = \"{probe}\"\n\n[prior]");
    write("[prior]", &table);
    let named = [&import[..], &[own]].concat();
    assert!(succeed(&named).contains("128 log-densities agree"));
    write(
        "[prior]\nkind = \"normal\"",
        &(table + "\nkind = \"logistic\""),
    );
    fail(1, &named, &["ln p differs in 64 of 64 rows"]);
}

/// Writes a CSV of points along a line, some of them away from it and labelled.
fn line_of_points(folder: &Folder, name: &str) -> String {
    let point = |n: usize| {
        let (x, wave) = (n as f64 / 10.0, (n as f64 * 0.7).sin());
        match n % 20 {
            19 => format!("{x},{},1\n", 9.0 - x),
            _ => format!("{x},{},0\n", x + 0.1 * wave),
        }
    };
    let path = folder.path(name);
    let rows: String = (0..100).map(|n| point(n * 37 % 100)).collect();
    std::fs::write(&path, format!("a,b,fault\n{rows}")).expect("a CSV");
    path
}

#[test]
fn a_trained_ensemble_scores_and_is_calibrated_and_generates_as_each_member_does() {
    let folder = Folder::new();
    let data = line_of_points(&folder, "line.csv");
    let [model, calibrated] = ["line.st", "calibrated.st"].map(|name| folder.path(name));
    let told = succeed(&[
        "train", &data, "--label", "fault", "--hidden", "8", "--steps", "600", "--json", "-o",
        &model,
    ]);
    let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
    assert_eq!(told["members"].as_array().map(Vec::len), Some(3));
    assert_eq!(told["members"][0]["rows"], "95");

    let rate = [
        "--label",
        "fault",
        "--false-alarm-rate",
        "0.1",
        "-o",
        &calibrated,
    ];
    succeed(&[&["calibrate", &model, &data], &rate[..]].concat());
    for numeric in ["f64", "f32"] {
        let scored = succeed(&[
            "score",
            &calibrated,
            &data,
            "--label",
            "fault",
            "--numeric",
            numeric,
            "--json",
        ]);
        let scored: serde_json::Value = serde_json::from_str(&scored).expect("JSON");
        assert!(scored["auroc"].as_f64() > Some(0.8), "{scored}");
        assert!(scored["flagged"].as_u64() > Some(0), "{scored}");
        assert!(scored["mean_log_density"].is_null(), "{scored}");
    }
    assert!(succeed(&["inspect", &calibrated]).contains("member 2"));
    let module = folder.path("line.rs");
    succeed(&["generate", &calibrated, "-o", &module]);
    let text = std::fs::read_to_string(&module).expect("a module");
    assert!(text.contains("pub type Model = Ensemble<Member, Tails<3>, 3>;"));
    fail(
        2,
        &["generate", &model, "--member", "3", "-o", &module],
        &["expected 0 to 2, found 3"],
    );
    succeed(&["generate", &model, "--member", "2", "-o", &module]);
    succeed(&[
        "verify", &model, &data, "--label", "fault", "--member", "2", "--limit", "0.001",
    ]);
}

#[test]
fn what_the_scores_of_an_ensemble_become_is_chosen_in_training_and_again_in_calibration() {
    let folder = Folder::new();
    let data = line_of_points(&folder, "line.csv");
    let model = folder.path("line.st");
    let train = |more: &[&'static str]| {
        let sizes = ["--hidden", "8", "--steps", "20", "--label", "fault"];
        [&["train", &data, "-o", &model], &sizes[..], more].concat()
    };
    let calibrate = |combine: &[&'static str]| {
        let rate = [
            "--label",
            "fault",
            "--false-alarm-rate",
            "0.1",
            "-o",
            &model,
        ];
        [&["calibrate", &model, &data], &rate[..], combine].concat()
    };
    let has_log_density = || {
        let scored = succeed(&["score", &model, &data, "--label", "fault", "--json"]);
        let scored: serde_json::Value = serde_json::from_str(&scored).expect("JSON");
        scored["mean_log_density"].is_number()
    };
    let density = ["--combine", "density"];
    succeed(&train(&density));
    assert!(has_log_density());
    assert!(succeed(&calibrate(&[])).contains("nats in i8"));
    let told = succeed(&calibrate(&["--combine", "tail"]));
    assert!(told.contains("(tail score) in i8"), "{told}");
    assert!(!has_log_density());
    fail(
        2,
        &train(&[&density[..], &["--members", "1"]].concat()),
        &["--combine: expected --members of 2 or more"],
    );
    succeed(&train(&["--members", "1"]));
    fail(
        2,
        &calibrate(&density),
        &["--combine: expected an ensemble"],
    );
}

#[test]
fn an_ensemble_is_inspected_verified_and_sampled_as_a_whole() {
    let folder = Folder::new();
    let data = line_of_points(&folder, "line.csv");
    let [model, drawn] = ["line.st", "drawn.csv"].map(|name| folder.path(name));
    let sizes = ["--hidden", "8", "--steps", "150", "--label", "fault"];
    succeed(&[&["train", &data, "-o", &model], &sizes[..]].concat());
    succeed(&[
        "calibrate",
        &model,
        &data,
        "--label",
        "fault",
        "--false-alarm-rate",
        "0.1",
        "-o",
        &model,
    ]);

    let json = |arguments: &[&str]| -> serde_json::Value {
        serde_json::from_str(&succeed(arguments)).expect("JSON")
    };
    let whole = json(&["inspect", &model, "--json"]);
    for key in ["parameters", "macs"] {
        let members = whole["members"].as_array().expect("members");
        let sum: Option<u64> = members.iter().map(|member| member[key].as_u64()).sum();
        assert!(
            sum > Some(0) && whole[key].as_u64() == sum,
            "{key} of {whole}"
        );
    }
    let module = folder.path("line.rs");
    let generated = json(&[
        "generate",
        &model,
        "--numeric",
        "i8",
        "--json",
        "-o",
        &module,
    ]);
    assert_eq!(whole["weight_bytes"]["i8"], generated["weight_bytes"]);

    for (numeric, most) in [("f32", 1e-4), ("i16", 0.1), ("i8", 1.5)] {
        let arguments = [
            "verify",
            &model,
            &data,
            "--label",
            "fault",
            "--numeric",
            numeric,
            "--json",
        ];
        let found = json(&arguments);
        assert_eq!(found["unit"], "tail_scores");
        assert!(found["folded"]["largest"].as_f64() < Some(1e-9), "{found}");
        assert!(found["normal"]["largest"].as_f64() < Some(most), "{found}");
        assert!(found["decisions_changed"].is_u64(), "{found}");
        assert!(
            found["generated"]["largest"].as_f64() > Some(0.0),
            "{found}"
        );
    }
    fail(
        1,
        &[
            "verify", &model, &data, "--label", "fault", "--limit", "1e-12",
        ],
        &["tail scores from the reference"],
    );

    let draw = |member: &[&str]| {
        succeed(&[&["sample", &model, "-n", "50", "-o", &drawn], member].concat());
        std::fs::read_to_string(&drawn).expect("rows")
    };
    let mixed = draw(&[]);
    assert!(mixed.starts_with("a,b\n") && mixed.lines().count() == 51);
    assert_eq!(mixed, draw(&[]));
    assert_ne!(mixed, draw(&["--member", "0"]));
}

#[test]
fn a_feature_that_looks_like_a_label_is_told() {
    let folder = Folder::new();
    let rows: String = (0..40)
        .map(|n| format!("{},{},{}\n", n * n % 17, n % 7, n % 2))
        .collect();
    let data = folder.write("rows.csv", format!("a,b,Class\n{rows}").as_bytes());
    let model = folder.path("model.st");
    let note = |more: &[&str]| {
        let small = [
            "train",
            &data,
            "--members",
            "1",
            "--steps",
            "20",
            "-o",
            &model,
        ];
        let output = nice_flow(&[&small[..], more].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stderr).contains("is it a label? --label Class")
    };
    assert!(note(&[]));
    assert!(!note(&["--label", "Class"]) && !note(&["--skip", "Class"]));
}

#[test]
fn options_that_change_nothing_are_told() {
    let folder = Folder::new();
    let (model, rows) = (shuttle("shuttle.safetensors"), shuttle("test.csv"));
    let module = folder.path("module.rs");
    let note = |more: &[&str]| {
        let output = nice_flow(&[&["generate", &model, "-o", &module], more].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stderr)
    };
    assert!(note(&["--calibration", &rows, "--label", "y"]).contains("--calibration is not used"));
    assert!(note(&["--numeric", "i8", "--label", "y"]).contains("--label and --skip are not used"));
    let used = ["--numeric", "i8", "--calibration", &rows, "--label", "y"];
    assert!(!note(&used).contains("not used"));
    assert!(!note(&[]).contains("not used"));
}

#[test]
fn verify_says_in_words_how_the_auroc_changed() {
    let (model, rows) = (shuttle("shuttle.safetensors"), shuttle("test.csv"));
    let verified = |numeric| {
        succeed(&[
            "verify",
            &model,
            &rows,
            "--label",
            "y",
            "--numeric",
            numeric,
        ])
    };
    assert!(verified("f32").contains("  AUROC is the reference's\n"));
    let integers = verified("i8");
    assert!(
        integers.contains("than the reference's\n") && !integers.contains("AUROC -"),
        "{integers}"
    );
}

#[test]
fn training_refuses_what_is_no_number() {
    let folder = Folder::new();
    let data = folder.path("dates.csv");
    std::fs::write(&data, "when,x\n2026-01-01,1\n").expect("a CSV");
    let model = folder.path("model.st");
    fail(
        2,
        &["train", &data, "-o", &model],
        &["line 2, column when", "--skip when"],
    );
    fail(
        2,
        &["train", &data, "--skip", "when", "-o", &model],
        &["at least 20 normal rows"],
    );
    fail(
        2,
        &["train", &data, "--prior", "cauchy", "-o", &model],
        &["mixture:K"],
    );
    assert!(!Path::new(&model).exists());
}

#[test]
fn a_budget_is_counted_in_the_type_that_is_named() {
    let folder = Folder::new();
    let data = line_of_points(&folder, "line.csv");
    let model = folder.path("line.st");
    let train = [
        "train",
        &data,
        "--steps",
        "1",
        "--members",
        "1",
        "-o",
        &model,
        "--json",
        "--budget",
    ];
    let parameters = |budget: &str| {
        let told = succeed(&[&train[..], &[budget]].concat());
        let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
        told["members"][0]["parameters"].clone()
    };
    assert_eq!(parameters("500:i8"), parameters("2000"));
    assert_eq!(parameters("500:i16"), parameters("1000:f32"));
    assert_ne!(parameters("500:i16"), parameters("500:i8"));
    let wrong = [&train[..], &["500:i4"]].concat();
    fail(2, &wrong, &["expected one of f32, i16, i8, found `i4`"]);
    let wrong = [&train[..], &["many"]].concat();
    fail(2, &wrong, &["such as 2048:i8"]);
}
