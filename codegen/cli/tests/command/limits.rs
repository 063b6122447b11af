//! Inputs without end and programs that hang: an error that names the limit, in bounded time and memory.
#![cfg(unix)]

use super::tampered::tampered;
use super::{Folder, fail, is_ready, nice_flow, shuttle, text};
use nice_flow_lab::Target;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

#[test]
fn a_device_without_end_is_refused_wherever_a_file_is_read() {
    let folder = Folder::new();
    let (model, rows, out) = (
        shuttle("shuttle.safetensors"),
        shuttle("train.csv"),
        folder.path("out"),
    );
    let (checkpoint, zero) = (shuttle("shuttle.pt"), "/dev/zero");
    let import = ["import", &checkpoint, "-o", &out];
    let cases: Vec<Vec<&str>> = vec![
        vec!["score", &model, zero],
        vec!["score", zero, &rows],
        vec!["inspect", zero],
        vec!["train", zero, "-o", &out],
        vec!["verify", &model, zero],
        vec![
            "calibrate",
            &model,
            zero,
            "--false-alarm-rate",
            "0.1",
            "-o",
            &out,
        ],
        vec![
            "generate",
            &model,
            "--numeric",
            "i8",
            "--calibration",
            zero,
            "-o",
            &out,
        ],
        vec!["report", &model, &rows, "--train", zero, "-o", &out],
        vec!["bench", &model, "--against", zero],
        vec!["sample", zero, "-o", &out],
        vec!["export", zero, "--onnx", &out],
        vec!["simulate", &model, zero, "--target", "cortex-m4f"],
        vec!["simulate", zero, &rows, "--target", "cortex-m4f"],
        vec!["record", zero, "-o", &out],
        vec!["features", zero, "--window", "256", "-o", &out],
        vec!["import", zero, "--no-probe", "-o", &out],
        vec!["import", "--manifest", zero, "--no-probe", "-o", &out],
        [&import[..], &["--probe", zero]].concat(),
        [&import[..], &["--no-probe", "--standardise", zero]].concat(),
        [&import[..], &["--no-probe", "--front", zero]].concat(),
    ];
    for arguments in cases {
        let start = Instant::now();
        let error = fail(2, &arguments, &[]);
        let names_limit = error.contains("at most ") && error.contains(" bytes");
        // Of tables the first bytes tell that they are none; of what is read more than once, its kind.
        let others = ["found binary data", "found a pipe, a socket or a device"];
        assert!(
            names_limit || others.iter().any(|other| error.contains(other)),
            "{error}"
        );
        assert!(start.elapsed() < Duration::from_secs(30), "{arguments:?}");
        assert!(folder.is_empty());
    }
}

#[test]
fn a_sample_without_end_is_refused() {
    let folder = Folder::new();
    let (model, out) = (shuttle("shuttle.safetensors"), folder.path("out"));
    let sample = ["sample", &model, "-o", &out, "-n", "99999999999"];
    fail(
        2,
        &sample,
        &["-n: expected at most 29826161 rows of 9 numbers"],
    );
    assert!(folder.is_empty());
}

#[test]
fn columns_without_end_are_told_apart_in_time() {
    let folder = Folder::new();
    let (model, rows) = (shuttle("shuttle.safetensors"), folder.path("wide.csv"));
    let names = (0..100_000).map(|i| format!("c{i}")).collect::<Vec<_>>();
    let row = ["1"; 100_000].join(",");
    fs::write(&rows, format!("{}\n{row}\n{row}\n", names.join(","))).expect("a CSV");
    let start = Instant::now();
    fail(2, &["score", &model, &rows], &["9", "100000"]);
    assert!(start.elapsed() < Duration::from_secs(15));
}

/// Runs with this on standard input, in bounded memory.
fn piped(arguments: &[&str], input: impl FnOnce(&mut dyn Write) + Send) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_nice-flow"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut pipe = child.stdin.take().expect("a pipe");
    std::thread::scope(|scope| {
        // Who has read enough closes the pipe.
        scope.spawn(move || input(&mut pipe));
        child.wait_with_output().expect("it ends")
    })
}

#[test]
fn records_and_lines_without_end_are_refused_with_the_limit() {
    let model = shuttle("shuttle.safetensors");
    let endless: [&[u8]; 4] = [b"1", b"1,", b"\n", b"\"\n"];
    for piece in endless {
        let output = piped(&["score", &model, "/dev/stdin"], |pipe| {
            // An open quote, then lines: one record.
            let start: &[u8] = if piece == b"\"\n" { b"\"" } else { b"" };
            let piece = if start.is_empty() {
                piece.to_vec()
            } else {
                b"1\n".to_vec()
            };
            let block = piece.repeat((1 << 16) / piece.len());
            let _ = pipe.write_all(start);
            while pipe.write_all(&block).is_ok() {}
        });
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains("at most 16777216 bytes"), "{error}");
    }
    let folder = Folder::new();
    let long = folder.write(
        "long.csv",
        &[b"a,log_prob\n".to_vec(), vec![b'1'; 20_000_000]].concat(),
    );
    let import = [
        "import",
        &shuttle("shuttle.pt"),
        "-o",
        &folder.path("out"),
        "--probe",
        &long,
    ];
    fail(2, &import, &["long.csv", "at most 16777216 bytes"]);
    let long = folder.write(
        "stats.csv",
        &[b"mean,scale\n".to_vec(), vec![b'1'; 20_000_000]].concat(),
    );
    let import = [
        "import",
        &shuttle("shuttle.pt"),
        "-o",
        &folder.path("out"),
        "--no-probe",
        "--standardise",
        &long,
    ];
    fail(2, &import, &["stats.csv", "at most 16777216 bytes"]);
}

#[test]
fn a_model_through_a_pipe_is_read() {
    let bytes = fs::read(shuttle("shuttle.safetensors")).expect("a model");
    let inspected = piped(&["inspect", "/dev/stdin"], |pipe| {
        drop(pipe.write_all(&bytes))
    });
    assert!(inspected.status.success(), "{}", text(&inspected.stderr));
    let expected = nice_flow(&["inspect", &shuttle("shuttle.safetensors")]).stdout;
    assert_eq!(text(&inspected.stdout), text(&expected));
    let folder = Folder::new();
    let import = [
        "import",
        "/dev/stdin",
        "--probe",
        &shuttle("probe.npz"),
        "-o",
        &folder.path("m"),
    ];
    let imported = piped(&import, |pipe| drop(pipe.write_all(&bytes)));
    assert!(imported.status.success(), "{}", text(&imported.stderr));
    let wrong = tampered(&bytes, |model| {
        model["members"][0]["prior"]["kind"] = "logistic".into()
    });
    let imported = piped(&import, |pipe| drop(pipe.write_all(&wrong)));
    let error = text(&imported.stderr);
    assert!(error.contains("ln p differs"), "{error}");
    assert_eq!(imported.status.code(), Some(1));
    let checkpoint = fs::read(shuttle("shuttle.pt")).expect("a checkpoint");
    let inspected = piped(&["inspect", "/dev/stdin"], |pipe| {
        drop(pipe.write_all(&checkpoint))
    });
    assert_eq!(inspected.status.code(), Some(2));
    assert!(text(&inspected.stderr).contains("found a pipe"));
}

/// A folder of programs that stand in for others, before the others on the path.
fn stand_in(folder: &Folder, name: &str, script: &str) -> String {
    let path = folder.write(name, script.as_bytes());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a program");
    format!(
        "{}:{}",
        folder.path("."),
        std::env::var("PATH").unwrap_or_default()
    )
}

#[test]
fn programs_that_hang_are_given_up() {
    if !is_ready(&[Target::CortexM4F]) {
        return;
    }
    let found = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        .map(|folder| folder.join("qemu-system-arm"))
        .find(|path| path.is_file())
        .expect("QEMU");
    let hangs_with = |option: &str| {
        let real = found.display();
        format!("#!/bin/sh\ncase \"$*\" in *{option}*) sleep 300;; esac\nexec {real} \"$@\"\n")
    };
    let bench = ["bench", "--shape", "2x1x4x1", "--layers"];
    for (option, words) in [
        ("in_asm", "no instruction in 10 s"),
        ("-kernel", "no row in 10 s"),
        ("-help", "no answer in 10 s"),
    ] {
        let folder = Folder::new();
        let path = stand_in(&folder, "qemu-system-arm", &hangs_with(option));
        let start = Instant::now();
        let output = Command::new(env!("CARGO_BIN_EXE_nice-flow"))
            .args(bench)
            .env("PATH", path)
            .env("NICE_FLOW_PATIENCE", "10")
            .output()
            .expect("the command starts");
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(
            error.contains(words) && error.contains("NICE_FLOW_PATIENCE"),
            "{error}"
        );
        assert!(start.elapsed() < Duration::from_secs(200));
    }
}

#[test]
fn a_cargo_that_hangs_is_given_up() {
    if !is_ready(&[Target::CortexM4F]) {
        return;
    }
    let folder = Folder::new();
    let script = "#!/bin/sh\necho '   Compiling nothing' >&2\nsleep 300\n";
    stand_in(&folder, "cargo", script);
    let run = |patience: &str| {
        Command::new(env!("CARGO_BIN_EXE_nice-flow"))
            .args(["bench", "--shape", "2x1x4x1"])
            .env("CARGO", folder.path("cargo"))
            .env("NICE_FLOW_PATIENCE", patience)
            .output()
            .expect("the command starts")
    };
    let output = run("1");
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(
        error.contains("cargo: no word in 1 s") && error.contains("Compiling nothing"),
        "{error}"
    );
    let error = text(&run("soon").stderr);
    assert!(
        error.contains("NICE_FLOW_PATIENCE: expected a number of seconds"),
        "{error}"
    );
}
