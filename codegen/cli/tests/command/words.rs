//! What the command says of options and rows that are not as they seem: in words that lead on.

use super::{Folder, fail, nice_flow, pump, succeed, text};

/// Runs, expects success, returns standard error.
#[track_caller]
fn noted(words: &[&str]) -> String {
    let output = nice_flow(words);
    let said = text(&output.stderr);
    assert!(output.status.success(), "{words:?}: {said}");
    said
}

/// Rows of a machine: a time, what is measured at a speed, and a label.
fn machine(folder: &Folder, name: &str, rows: usize, speed: impl Fn(usize) -> usize) -> String {
    let line = |i: usize| {
        let [a, b, _] = pump::values(i);
        let (speed, minute) = (speed(i), i % 60);
        let fault = u8::from(i % 40 == 7);
        format!(
            "2031-03-01 {:02}:{minute:02},{a:.4},{b:.4},{speed},{fault}",
            i / 60 % 24
        )
    };
    pump::write(folder, name, "time,a,b,speed,y", (0..rows).map(line))
}

const QUICK: [&str; 6] = ["--members", "1", "--steps", "20", "--recipe", "small"];

#[test]
fn a_dash_is_standard_output_for_texts_and_refused_for_other_files() {
    let folder = Folder::new();
    let (model, rows) = (pump::trained(&folder), pump::held_out(&folder));
    let csv = succeed(&["score", &model, &rows, "-o", "-"]);
    assert!(csv.starts_with("row,log_density,score"), "{csv}");
    assert_eq!(csv.lines().count(), 601);
    let drawn = succeed(&["sample", &model, "-n", "3", "-o", "-"]);
    assert_eq!(drawn.lines().count(), 4, "{drawn}");
    assert!(drawn.starts_with(pump::HEADER), "{drawn}");
    let module = succeed(&["generate", &model, "-o", "-"]);
    assert!(module.starts_with("// @generated"), "{module}");
    let page = succeed(&["report", &model, &rows, "-o", "-"]);
    assert!(page.starts_with("<!DOCTYPE html>") && page.trim_end().ends_with("</html>"));

    let said = noted(&["sample", &model, "-n", "1", "-o", "-"]);
    assert!(said.contains("wrote 1 row to standard output"), "{said}");
    let train = ["train", &rows, "-o", "-"];
    let blob = ["generate", &model, "-o", "-", "--blob", "-"];
    let onnx = ["export", &model, "--onnx", "-"];
    let features = ["features", &rows, "--rate", "100", "-o", "-"];
    let calibrate = [
        "calibrate",
        &model,
        &rows,
        "--false-alarm-rate",
        "0.1",
        "-o",
        "-",
    ];
    for words in [&train[..], &blob, &onnx, &features, &calibrate] {
        fail(2, words, &["-: expected a file", "./-"]);
    }
    for standard in ["-", "/dev/stdout"] {
        let json = ["score", &model, &rows, "-o", standard, "--json"];
        fail(2, &json, &["expected a file to write beside --json"]);
    }
    fail(2, &["score", &model, "-"], &["/dev/stdin"]);
    assert!(!std::path::Path::new("-").exists());
}

#[test]
fn nothing_is_called_flagged_without_a_threshold() {
    let folder = Folder::new();
    let rows = machine(&folder, "rows.csv", 300, |_| 1);
    let model = folder.path("m.st");
    let train = ["train", &rows, "--only", "a,b", "-o", &model];
    succeed(&[&train[..], &QUICK].concat());
    let said = succeed(&["score", &model, &rows, "--label", "y"]);
    assert!(said.contains("AUROC"), "{said}");
    assert!(!said.contains("flagged"), "{said}");
}

#[test]
fn options_that_become_others_or_have_no_effect_are_named() {
    let folder = Folder::new();
    let rows = machine(&folder, "rows.csv", 300, |_| 1);
    let model = folder.path("m.st");
    let train = |more: &[&str]| {
        let words = ["train", &rows, "--only", "a,b", "-o", &model];
        noted(&[&words[..], &QUICK, more].concat())
    };
    let said = train(&["--baseline", "EWMA:200", "--rows", "100"]);
    assert!(said.contains("EWMA:256 in place of EWMA:200"), "{said}");
    assert!(
        said.contains("--rows is not used: --baseline follows"),
        "{said}"
    );
    let said = train(&["--missing", "hold", "--rows", "100"]);
    assert!(
        said.contains("--rows is not used: --missing hold"),
        "{said}"
    );
    let said = train(&["--baseline", "EWMA:64"]);
    assert!(!said.contains("note:"), "{said}");
    let said = train(&["--rows", "100"]);
    let drawn = "of 300 rows, 100 are drawn at random (--seed 0), each as likely as any other:";
    assert!(said.contains(drawn), "{said}");
    let said = train(&["--rows", "100", "--label", "y"]);
    let drawn = "of 300 rows, all 8 anomalies and 100 of the others, drawn at random";
    assert!(said.contains(drawn), "{said}");

    let twice = ["train", &rows, &rows, "-o", &model];
    fail(2, &twice, &["rows.csv: expected each file once"]);
    let equal = folder.write("equal.csv", b"a,b,b\n1,2,3\n2,3,4\n3,4,5\n");
    let said = fail(2, &["train", &equal, "-o", &model], &["found b twice"]);
    assert!(!said.contains("note:"), "{said}");
}

#[test]
fn what_is_wrong_with_a_column_is_named_by_its_line_and_with_what_there_is() {
    let folder = Folder::new();
    let rows = machine(&folder, "rows.csv", 300, |_| 1);
    let model = folder.path("m.st");
    let refused = |more: &[&str], words: &[&str]| {
        fail(2, &[&["train", &rows, "-o", &model], more].concat(), words)
    };
    let columns = "time, a, b, speed, y";
    refused(
        &["--given", "time:day"],
        &["or time:hour for the hour", "found time:day"],
    );
    refused(
        &["--given", "nix:hour"],
        &["nix:hour: no such column", columns],
    );
    refused(&["--time", "nix"], &["--time nix: no such column", columns]);
    let wanders = "column a: expected times, found numbers that rise and fall";
    refused(&["--time", "a"], &[wanders, "--skip a"]);
    refused(&["--given", "a:hour"], &[wanders]);

    let text = std::fs::read_to_string(&rows).expect("rows");
    let at = |line: usize, cells: &str| {
        let mut lines: Vec<&str> = text.lines().collect();
        lines[line - 1] = cells;
        folder.write("odd.csv", lines.join("\n").as_bytes())
    };
    let late = at(250, "noon,1,2,1,0");
    let words = ["train", &late, "--given", "time:hour", "-o", &model];
    fail(
        2,
        &words,
        &[
            "odd.csv: line 250, column time: expected a time of day",
            "\"noon\"",
        ],
    );
    let hole = at(280, "2031-03-01 00:00,1,2,1,");
    let said = fail(
        2,
        &["train", &hole, "--label", "y", "-o", &model],
        &[
            "odd.csv: line 280, column y: expected a label in every row",
            "fill it in",
        ],
    );
    assert!(!said.contains("--normal"), "{said}");
}

#[test]
fn a_context_that_training_never_saw_makes_no_threshold_in_silence() {
    let folder = Folder::new();
    let model = folder.path("m.st");
    let train = |speed: fn(usize) -> usize| {
        let rows = machine(&folder, "rows.csv", 400, speed);
        let words = [
            "train", &rows, "--skip", "y", "--given", "speed", "-o", &model,
        ];
        noted(&[&words[..], &QUICK].concat())
    };
    let other = machine(&folder, "other.csv", 400, |_| 5);
    let calibrated = || {
        let out = folder.path("c.st");
        noted(&[
            "calibrate",
            &model,
            &other,
            "--false-alarm-rate",
            "0.05",
            "-o",
            &out,
        ])
    };
    train(|i| 1 + i % 3);
    let said = calibrated();
    let unseen = "warning: column speed, which is context, has values in 400 of these 400 rows that it never had in training, such as 5";
    assert!(said.contains(unseen), "{said}");
    train(|_| 1);
    let said = calibrated();
    let constant = "warning: column speed, always 1 in the rows that the model was trained on, has other values in 400 of these 400 rows";
    assert!(
        said.contains(constant) && said.contains("--skip speed"),
        "{said}"
    );
}

#[test]
fn values_of_options_are_explained_once() {
    let said = fail(2, &["bench", "--shape", "1x2"], &["a fifth, 16x4x64x2x8"]);
    assert!(!said.contains("--shape:"), "{said}");
    let budget = ["bench", "--shape", "2x1x4x1", "--budget", "rom=1"];
    let said = fail(2, &budget, &["flash=64K"]);
    assert!(!said.contains("--budget:"), "{said}");
    let targets = ["bench", "--shape", "2x1x4x1", "--target", "cortex-m4f,nix"];
    fail(2, &targets, &["'nix'"]);
    let both = [
        "simulate",
        "m",
        "x",
        "--target",
        "cortex-m3",
        "--blob",
        "b",
        "--why",
        "3",
        "-o",
        "out.csv",
    ];
    fail(
        2,
        &both,
        &["--blob without --why", "run once more without --blob"],
    );
}

/// Runs the commands of a module's head by a shell in a folder, as a reader would who copies them.
#[cfg(unix)]
fn made_again(folder: &Folder, module: &str) {
    let commands = module
        .lines()
        .filter_map(|line| line.strip_prefix("//     "));
    let own = std::path::Path::new(env!("CARGO_BIN_EXE_nice-flow"));
    for command in commands {
        let command = command.replacen("nice-flow", &own.display().to_string(), 1);
        let mut shell = std::process::Command::new("sh");
        let output = shell.args(["-c", &command]).current_dir(folder.path("."));
        let output = output.output().expect("a shell");
        assert!(
            output.status.success(),
            "{command}: {}",
            text(&output.stderr)
        );
    }
}

#[cfg(unix)]
#[test]
fn the_head_of_a_module_makes_it_again() {
    let folder = Folder::new();
    let train = machine(&folder, "my rows.csv", 300, |_| 1);
    let more = machine(&folder, "more.csv", 300, |i| 1 + i % 2);
    let counts = |i: usize| {
        let count = |x: f64| (1000.0 * x) as i32;
        let [a, b, _] = pump::values(i);
        format!("{},{}", count(a), count(b))
    };
    let scale = pump::write(&folder, "counts.csv", "a,b", (0..300).map(counts));
    let read = |name: &str| std::fs::read_to_string(folder.path(name)).expect("a module");
    let again = |module: &str| {
        assert!(module.contains("// To make it again:\n"), "{module}");
        let model = folder.path("my_rows.safetensors");
        std::fs::remove_file(&model).expect("the first model");
        made_again(&folder, module);
        assert_eq!(read("my_rows.rs"), module);
    };
    let (model, module) = (folder.path("my_rows.safetensors"), folder.path("first.rs"));
    let options = [
        "--label",
        "y",
        "--skip",
        "speed",
        "--steps",
        "20",
        "--members",
        "2",
        "--rows",
        "500",
        "--recipe",
        "small",
        "--robust-scales",
    ];
    succeed(&[&["train", &train, &more, "-o", &model], &options[..]].concat());
    let rate = ["--false-alarm-rate", "0.05", "--label", "y", "-o", &model];
    succeed(
        &[
            &["calibrate", &model, &more, "--debounce", "2/3"],
            &rate[..],
        ]
        .concat(),
    );
    succeed(&[&["calibrate", &model, &train], &rate[..]].concat());
    succeed(&[
        "calibrate",
        &model,
        "--false-alarm-rate",
        "0.1",
        "-o",
        &model,
    ]);
    succeed(&[
        "generate",
        &model,
        "--member",
        "1",
        "--numeric",
        "i8",
        "--counts=unit=0.001",
        "--golden",
        "-o",
        &module,
    ]);
    let first = read("first.rs");
    for part in [
        "more.csv",
        "--rows 500",
        "--recipe small",
        "--debounce 2/3",
        "--member 1",
        "--counts=unit=0.001",
    ] {
        assert!(first.contains(part), "{part} in {first}");
    }
    again(&first);

    let held = [
        "--hold-out",
        "0.3",
        "--false-alarm-rate",
        "0.1",
        "--only",
        "a,b",
        "-o",
        &model,
    ];
    succeed(&[&["train", &train], &held[..], &QUICK].concat());
    succeed(&[
        "generate",
        &model,
        "--numeric",
        "i16",
        "--calibration",
        &scale,
        "-o",
        &module,
    ]);
    let second = read("first.rs");
    assert!(!second.contains("nice-flow calibrate"), "{second}");
    again(&second);
}
