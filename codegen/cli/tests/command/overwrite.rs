//! No output takes the place of an input, whatever it is called.

use super::{Folder, fail, nice_flow, shuttle, text};
use std::fs;

/// The files of the shuttle in a folder of their own, which may be lost.
fn copies() -> (Folder, [String; 5]) {
    let folder = Folder::new();
    let names = [
        "shuttle.safetensors",
        "test.csv",
        "shuttle.pt",
        "stats.npz",
        "probe.npz",
    ];
    let copied = names.map(|name| {
        let bytes = fs::read(shuttle(name)).expect("a file of the example");
        folder.write(name, &bytes)
    });
    (folder, copied)
}

/// Every verb that writes, with each of its inputs as each of its outputs.
#[test]
fn no_verb_writes_over_what_it_reads() {
    let (folder, files) = copies();
    let [model, rows, checkpoint, statistics, probe] = files.each_ref().map(String::as_str);
    let (train, manifest) = (folder.path("train.csv"), folder.path("manifest.toml"));
    fs::copy(rows, &train).expect("copied");
    let written = ["import", checkpoint, "--write-manifest", &manifest];
    assert!(nice_flow(&written).status.success());
    let (train, manifest) = (train.as_str(), manifest.as_str());
    let count = || fs::read_dir(folder.path(".")).expect("read").count();
    let files_before = count();
    let new = folder.path("new");

    let cases: &[(&[&str], &[&str])] = &[
        (
            &["score", model, rows, "--label", "y", "-o"],
            &[model, rows],
        ),
        (
            &[
                "simulate",
                model,
                rows,
                "--label",
                "y",
                "--target",
                "cortex-m4f",
                "-o",
            ],
            &[model, rows],
        ),
        (
            &[
                "report", model, rows, "--label", "y", "--train", train, "-o",
            ],
            &[model, rows, train],
        ),
        (&["sample", model, "-o"], &[model]),
        (&["export", model, "--onnx"], &[model]),
        (&["record", rows, "--model", model, "-o"], &[model, rows]),
        (&["train", rows, "--label", "y", "-o"], &[rows]),
        (
            &["generate", model, "--calibration", rows, "-o"],
            &[model, rows],
        ),
        (&["bench", model, "--against", rows, "-o"], &[model, rows]),
        (
            &["calibrate", model, rows, "--false-alarm-rate", "0.01", "-o"],
            &[rows],
        ),
        (
            &[
                "calibrate",
                checkpoint,
                rows,
                "--false-alarm-rate",
                "0.01",
                "-o",
            ],
            &[checkpoint, rows],
        ),
        (
            &[
                "import",
                checkpoint,
                "--standardise",
                statistics,
                "--probe",
                probe,
                "-o",
            ],
            &[checkpoint, statistics, probe],
        ),
        (
            &[
                "import",
                checkpoint,
                "--standardise",
                statistics,
                "--probe",
                probe,
                "-o",
                &new,
                "--write-manifest",
            ],
            &[checkpoint, statistics, probe, &new],
        ),
        (
            &["import", "--manifest", manifest, "--no-probe", "-o"],
            &[manifest, checkpoint],
        ),
        (
            &["score", checkpoint, rows, "--manifest", manifest, "-o"],
            &[manifest],
        ),
        (
            &["score", model, rows, "--anomalies", train, "-o"],
            &[train],
        ),
        (&["train", rows, "--anomalies", train, "-o"], &[train]),
        (
            &[
                "calibrate",
                model,
                rows,
                "--false-alarm-rate",
                "0.01",
                "--anomalies",
                train,
                "-o",
            ],
            &[train],
        ),
        (
            &[
                "calibrate",
                model,
                "--false-alarm-rate",
                "0.01",
                "--commission",
                rows,
                "--anomalies",
                train,
                "-o",
            ],
            &[train],
        ),
        (
            &[
                "features",
                rows,
                "--window",
                "256",
                "--anomalies",
                train,
                "-o",
            ],
            &[rows, train],
        ),
        (
            &[
                "generate",
                model,
                "--calibration",
                rows,
                "--anomalies",
                train,
                "-o",
            ],
            &[train],
        ),
    ];
    let contents = || {
        let all = files.iter().map(String::as_str).chain([train, manifest]);
        let contents = all.map(|path| fs::read(path).expect("still there"));
        contents.collect::<Vec<_>>()
    };
    let before = contents();
    let mut tried = 0;
    for (arguments, inputs) in cases {
        for input in *inputs {
            let (hard, soft) = (folder.path("hard"), folder.path("soft"));
            let mut names = vec![input.to_string()];
            if fs::hard_link(input, &hard).is_ok() {
                names.push(hard.clone());
            }
            #[cfg(unix)]
            if std::path::Path::new(input).exists() {
                std::os::unix::fs::symlink(input, &soft).expect("a link");
                names.push(soft.clone());
            }
            for name in &names {
                fail(
                    2,
                    &[arguments, &[name.as_str()][..]].concat(),
                    &["expected another file to write", "the same file"],
                );
                tried += 1;
            }
            let _ = (fs::remove_file(&hard), fs::remove_file(&soft));
        }
    }
    assert!(tried > 60, "{tried}");
    assert!(contents() == before);
    assert!(!std::path::Path::new(&new).exists());
    assert_eq!(count(), files_before);
}

#[cfg(unix)]
#[test]
fn no_output_is_what_a_link_among_recordings_leads_to() {
    let folder = Folder::new();
    let data = folder.path("data");
    fs::create_dir(&data).expect("created");
    let outside = folder.write("outside.i16", &[1; 4096]);
    fs::copy(&outside, format!("{data}/a.i16")).expect("copied");
    std::os::unix::fs::symlink(&outside, format!("{data}/b.i16")).expect("a link");
    for arguments in [
        &["features", &data, "--window", "256", "--rate", "1000", "-o"][..],
        &["train", &data, "--window", "256", "--rate", "1000", "-o"],
    ] {
        let arguments = [arguments, &[outside.as_str()]].concat();
        fail(2, &arguments, &["expected another file to write", "b.i16"]);
    }
    assert_eq!(fs::read(&outside).expect("still there"), [1; 4096]);
}

#[test]
fn a_model_file_may_be_calibrated_in_its_place_and_a_device_be_written_to() {
    let (_folder, [model, rows, ..]) = copies();
    let calibrate = [
        "calibrate",
        &model,
        &rows,
        "--label",
        "y",
        "--false-alarm-rate",
        "0.01",
        "-o",
    ];
    let output = nice_flow(&[&calibrate[..], &[&model]].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    // One flow of several would take the place of all.
    let member = [&calibrate[..], &[&model, "--member", "0"]].concat();
    fail(2, &member, &["expected another file to write"]);
    if cfg!(unix) {
        let output = nice_flow(&["score", &model, &rows, "--label", "y", "-o", "/dev/null"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
}

#[test]
fn the_few_rows_of_a_user_stay() {
    let folder = Folder::new();
    let rows = b"53,0,82,0,52,-5,29,30,2\n37,0,76,0,28,18,40,48,8\n";
    let few = folder.write("few.csv", rows);
    fail(
        2,
        &["score", &shuttle("shuttle.safetensors"), &few, "-o", &few],
        &["few.csv: expected another file"],
    );
    assert_eq!(fs::read(&few).expect("still there"), rows);
}

/// A folder stands for the files in it.
#[test]
fn recordings_in_a_folder_stay() {
    let folder = Folder::new();
    let samples: String = (0..600).map(|i| format!("{}\n", i * i % 100)).collect();
    fs::create_dir(folder.path("rec")).expect("a folder");
    let [first, _] = ["rec/a.csv", "rec/b.csv"].map(|name| folder.write(name, samples.as_bytes()));
    let rec = folder.path("rec");
    let features = ["features", &rec, "--rate", "100", "--window", "16", "-o"];
    let (new, inside) = (folder.path("new.csv"), folder.path("rec/new.csv"));
    for output in [&first, &inside] {
        fail(2, &[&features[..], &[output]].concat(), &["expected a"]);
    }
    assert_eq!(fs::read(&first).expect("still there"), samples.as_bytes());
    assert_eq!(fs::read_dir(&rec).expect("a folder").count(), 2);
    let output = nice_flow(&[&features[..], &[&new]].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
}

/// What the shell has opened to be added to.
#[cfg(target_os = "linux")]
#[test]
fn a_log_behind_standard_output_is_added_to() {
    use std::process::Command;
    let folder = Folder::new();
    let log = folder.write("log", b"kept\n");
    let (model, rows) = (shuttle("shuttle.safetensors"), shuttle("test.csv"));
    let into_log = |output: &str, rows: &str| {
        let log = fs::OpenOptions::new().append(true).open(&log);
        let mut command = Command::new(env!("CARGO_BIN_EXE_nice-flow"));
        let arguments = ["score", &model, rows, "--label", "y", "-o", output];
        command
            .args(arguments)
            .stdout(log.expect("a file"))
            .output()
            .expect("it starts")
    };
    let mut lines = 1;
    for name in ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"] {
        let run = into_log(name, &rows);
        assert!(run.status.success(), "{}", text(&run.stderr));
        let found = fs::read_to_string(&log).expect("still there");
        assert!(found.starts_with("kept\nrow,log_density"), "{name}");
        assert!(found.lines().count() > lines + 100, "{name}");
        lines = found.lines().count();
        assert!(into_log(name, &log).status.code() == Some(2), "{name}");
        assert_eq!(fs::read_to_string(&log).expect("still there"), found);
    }
}
