//! What is written is whole whatever happens, and what is told harms nobody.
#![cfg(unix)]

use super::{Folder, is_ready, nice_flow, shuttle, succeed, text};
use nice_flow_lab::Target;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Starts the command, which keeps what it needs for a while in the folder `scratch`.
fn start(arguments: &[String], scratch: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_nice-flow"))
        .args(arguments)
        .env("TMPDIR", scratch)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the command starts")
}

/// Names of what a run has not finished.
fn pending(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let names = entries.map(|entry| {
        entry
            .expect("an entry")
            .file_name()
            .to_string_lossy()
            .into_owned()
    });
    names
        .filter(|name| name.starts_with(".nice-flow-"))
        .collect()
}

/// Every verb that writes: its arguments but for the file to write.
fn writers(folder: &Folder) -> Vec<Vec<String>> {
    let (model, rows) = (shuttle("shuttle.safetensors"), shuttle("test.csv"));
    let checkpoint = shuttle("shuttle.pt");
    let few = (0..60).map(|i| format!("{i},{}\n", f64::from(i).sin()));
    let few = folder.write("few.csv", few.collect::<String>().as_bytes());
    let one = folder.write("one.csv", b"53,0,82,0,52,-5,29,30,2\n");
    let samples = (0..20_000).map(|i| format!("{}\n", i * (i % 91) % 100));
    let samples = folder.write("samples.csv", samples.collect::<String>().as_bytes());
    let (module, sent) = (folder.path("module.rs"), super::record::sent());
    let labelled = [model.as_str(), &rows, "--label", "y"];
    let mut writers = vec![
        [&["score"], &labelled[..], &["-o"]].concat(),
        vec!["sample", &model, "-n", "20000", "-o"],
        vec!["generate", &model, "-o"],
        vec!["generate", &model, "--numeric", "i8", "-o"],
        [&["report"], &labelled[..], &["-o"]].concat(),
        [
            &["calibrate"],
            &labelled[..],
            &["--false-alarm-rate", "0.01", "-o"],
        ]
        .concat(),
        vec!["train", &few, "--steps", "20", "--members", "1", "-o"],
        vec!["import", &checkpoint, "--no-probe", "-o"],
        vec!["import", &checkpoint, "--write-manifest"],
        vec!["export", &model, "--onnx"],
        vec![
            "features", &samples, "--rate", "100", "--window", "64", "-o",
        ],
        vec!["generate", &model, "-o", &module, "--blob"],
        vec!["record", &sent, "-o"],
    ];
    if is_ready(&[Target::CortexM4F]) {
        writers.push(vec![
            "simulate",
            &model,
            &one,
            "--target",
            "cortex-m4f",
            "-o",
        ]);
        writers.push(vec!["bench", "--shape", "2x1x4x1", "-o"]);
    }
    let owned = |words: Vec<&str>| words.into_iter().map(String::from).collect();
    writers.into_iter().map(owned).collect()
}

/// `NICE_FLOW_KILLS` runs are killed before their end: 22 by default, 200 in a long run.
#[test]
fn a_killed_run_leaves_the_old_file_or_the_new_one_and_the_next_run_sweeps() {
    let kills = std::env::var("NICE_FLOW_KILLS").ok();
    let kills: u32 = kills.map_or(22, |text| text.parse().expect("a number of kills"));
    let folder = Folder::new();
    let writers = writers(&folder);
    let target = tempfile::tempdir().expect("a folder");
    let scratch = tempfile::tempdir().expect("a folder");
    let out = target.path().join("out");
    let run = |arguments: &[String]| {
        let start_of_run = Instant::now();
        let status = start(arguments, scratch.path()).wait().expect("it ends");
        assert!(status.success(), "{arguments:?}");
        start_of_run.elapsed()
    };
    let (mut killed, mut left) = (0, 0);
    for (index, writer) in writers.iter().enumerate() {
        let arguments = [&writer[..], &[out.display().to_string()]].concat();
        let whole_run = run(&arguments);
        let new = fs::read(&out).expect("written");
        let share =
            kills / writers.len() as u32 + u32::from((index as u32) < kills % writers.len() as u32);
        let (mut attempt, enough) = (0, killed + share);
        while killed < enough {
            assert!(
                attempt < 20 + 20 * share,
                "{arguments:?} ends before it is killed"
            );
            fs::write(&out, b"old").expect("written");
            // Half of them anywhere, half about the end, where files change hands; spread as evenly as the golden ratio does.
            let place = (f64::from(attempt) * 0.618_033_988_75).fract();
            let place = if attempt % 2 == 0 {
                place
            } else {
                0.7 + 0.5 * place
            };
            attempt += 1;
            let mut child = start(&arguments, scratch.path());
            std::thread::sleep(whole_run.mul_f64(place));
            child.kill().expect("a signal");
            killed += u32::from(!child.wait().expect("it ends").success());
            let found = fs::read(&out).expect("there");
            assert!(found == b"old" || found == new, "{arguments:?}");
            left += pending(target.path()).len() + pending(scratch.path()).len();
            run(&arguments);
            assert!(fs::read(&out).expect("there") == new, "{arguments:?}");
            for folder in [target.path(), scratch.path()] {
                assert_eq!(pending(folder), [""; 0], "{arguments:?}");
            }
        }
    }
    println!("{killed} runs killed before their end, {left} files swept");
}

#[test]
fn a_firmware_crate_that_is_kept_is_whole_or_not_there() {
    if !is_ready(&[Target::CortexM4F]) {
        return;
    }
    let folder = Folder::new();
    let scratch = tempfile::tempdir().expect("a folder");
    let one = folder.write("one.csv", b"53,0,82,0,52,-5,29,30,2\n");
    let keep = folder.path("kept");
    let model = shuttle("shuttle.safetensors");
    let simulate = [
        "simulate",
        &model,
        &one,
        "--target",
        "cortex-m4f",
        "--keep",
        &keep,
    ];
    let arguments = simulate.map(String::from);
    let files = [
        "Cargo.toml",
        ".cargo/config.toml",
        "src/main.rs",
        "src/model.rs",
    ];
    for milliseconds in [1, 10, 20, 30, 40, 60, 100, 200] {
        let mut child = start(&arguments, scratch.path());
        std::thread::sleep(Duration::from_millis(milliseconds));
        child.kill().expect("a signal");
        child.wait().expect("it ends");
        let kept = Path::new(&keep);
        let there = files
            .iter()
            .filter(|file| kept.join(file).is_file())
            .count();
        assert!(!kept.exists() || there == files.len(), "{there}");
        let _ = fs::remove_dir_all(kept);
    }
    let output = nice_flow(&simulate);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(pending(Path::new(&folder.path("."))), [""; 0]);
}

#[test]
fn a_run_that_lives_keeps_its_file() {
    let target = tempfile::tempdir().expect("a folder");
    // As another process has it.
    let pending_file = target.path().join(".nice-flow-000000000000");
    let file = fs::File::create(&pending_file).expect("a file");
    file.lock().expect("locked");
    let sample = [
        "sample",
        &shuttle("shuttle.safetensors"),
        "-o",
        &target.path().join("x").display().to_string(),
    ];
    succeed(&sample);
    assert!(pending_file.exists());
    drop(file);
    succeed(&sample);
    assert!(!pending_file.exists());
}

#[test]
fn a_full_standard_error_is_no_panic() {
    let folder = Folder::new();
    let (model, rows) = (shuttle("shuttle.safetensors"), shuttle("test.csv"));
    let out = folder.path("x");
    let run = |arguments: &[&str]| {
        let full = || {
            fs::OpenOptions::new()
                .write(true)
                .open("/dev/full")
                .expect("a device")
        };
        let with = |both: bool| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_nice-flow"));
            let stdout = if both { full().into() } else { Stdio::null() };
            let status = command
                .args(arguments)
                .stdout(stdout)
                .stderr(full())
                .status();
            status.expect("the command starts").code()
        };
        (with(false), with(true))
    };
    let cases: [(&[&str], i32); 7] = [
        (
            &["import", &shuttle("shuttle.pt"), "--no-probe", "-o", &out],
            0,
        ),
        (
            &[
                "generate",
                &model,
                "--numeric",
                "i8",
                "--label",
                "y",
                "-o",
                &out,
            ],
            0,
        ),
        (&["score", &model, &rows], 0),
        (&["score", &model, "missing"], 2),
        (&["score"], 2),
        (
            &["import", &shuttle("shuttle.pt"), "--write-manifest", &out],
            0,
        ),
        (
            &[
                "calibrate",
                &model,
                &rows,
                "--skip",
                "y",
                "--false-alarm-rate",
                "0.01",
                "-o",
                &out,
            ],
            0,
        ),
    ];
    for (arguments, expected) in cases {
        let (alone, both) = run(arguments);
        assert_eq!(alone, Some(expected), "{arguments:?}");
        assert!(matches!(both, Some(0 | 2)), "{arguments:?}: {both:?}");
    }
}

#[test]
fn errors_name_the_users_file() {
    let model = shuttle("shuttle.safetensors");
    let output = nice_flow(&["sample", &model, "-n", "100000", "-o", "/dev/full"]);
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        error.contains("/dev/full: cannot write: ") && !error.contains(".nice-flow"),
        "{error}"
    );
    let output = nice_flow(&["sample", &model, "-o", "/proc/x.csv"]);
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        error.contains("/proc/x.csv: cannot write: ") && !error.contains(".nice-flow"),
        "{error}"
    );
}

/// Names of files and columns, cells, tensors and probes that would take over a terminal.
#[test]
fn what_strangers_wrote_reaches_no_terminal_as_it_is() {
    const ESCAPE: &str = "\u{1b}]0;owned\u{7}\u{9b}2J\u{202e}";
    let folder = Folder::new();
    let (model, out) = (shuttle("shuttle.safetensors"), folder.path("out"));
    let named = folder.path(&format!("{ESCAPE}\nerror: x.pt"));
    fs::copy(shuttle("shuttle.pt"), &named).expect("copied");
    let table = |text: &str, name: &str| folder.write(name, text.replace('E', ESCAPE).as_bytes());
    let columns: Vec<String> = (0..9).map(|i| format!("E{i}")).collect();
    let header = columns.join(",");
    let row = "1,2,3,4,5,6,7,8,9\n";
    let header_rows = table(&format!("{header}\n{}", row.repeat(200)), "header.csv");
    let cells = table(&format!("{row}1,2,E,4,5,6,7,8,9\n"), "cells.csv");
    let probe = table("aE,b\n1,2\n", "probe.csv");
    let probe_cells = table("aE,log_prob\nE,2\n", "cells_of_probe.csv");
    let manifest = table("schema = \"E\"\n", "manifest.toml");
    let tensors = folder.write("tensors.safetensors", &{
        let header =
            serde_json::json!({ ESCAPE: { "dtype": "F32", "shape": [1], "data_offsets": [0, 4] } })
                .to_string();
        [
            &(header.len() as u64).to_le_bytes()[..],
            header.as_bytes(),
            &[0; 4],
        ]
        .concat()
    });
    let import = ["import", &named, "-o", &out];
    let cases: Vec<Vec<&str>> = vec![
        vec!["inspect", &named],
        vec!["inspect", &named, "--json"],
        vec!["inspect", &tensors],
        vec!["inspect", "missing\u{1b}[2J"],
        vec!["inspect", &model, "two\u{1b}[2J"],
        [&import[..], &["--no-probe"]].concat(),
        [&import[..], &["--probe", &probe]].concat(),
        [&import[..], &["--probe", &probe_cells]].concat(),
        [&import[..], &["--no-probe", "--standardise", &probe]].concat(),
        vec![
            "import",
            &named,
            "--no-probe",
            "--manifest",
            &manifest,
            "-o",
            &out,
        ],
        vec!["score", &model, &header_rows],
        vec!["score", &model, &header_rows, "--skip", "\u{1b}nothing"],
        vec!["score", &model, &cells],
        vec![
            "calibrate",
            &model,
            &header_rows,
            "--false-alarm-rate",
            "0.1",
            "-o",
            &out,
        ],
        vec!["inspect", &out],
        vec!["inspect", &out, "--json"],
        vec![
            "train",
            &header_rows,
            "--steps",
            "1",
            "--members",
            "1",
            "-o",
            &out,
        ],
    ];
    for arguments in cases {
        let output = nice_flow(&arguments);
        let said = text(&output.stdout) + &text(&output.stderr);
        let is_raw = |c: char| c != '\n' && nice_flow_codegen::text::is_disruptive(c);
        assert!(
            !said.is_empty() && !said.contains(is_raw),
            "{arguments:?}: {said:?}"
        );
        let errors = said.lines().filter(|line| line.starts_with("error"));
        assert!(errors.count() <= 1, "{arguments:?}: {said}");
        if arguments.contains(&"--json") {
            let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
            assert!(json["features"].is_array());
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_no_text_is_told_as_text() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = Folder::new();
    let output = Path::new(&folder.path("")).join(OsStr::from_bytes(b"\xff.x"));
    for arguments in writers(&folder) {
        let run = Command::new(env!("CARGO_BIN_EXE_nice-flow"))
            .arg("--json")
            .args(&arguments)
            .arg(&output)
            .output()
            .expect("the command starts");
        assert!(run.status.success(), "{arguments:?}: {}", text(&run.stderr));
        let told: serde_json::Value = serde_json::from_slice(&run.stdout).expect("an object");
        assert!(told.is_object(), "{arguments:?}");
        assert!(output.is_file(), "{arguments:?}");
        fs::remove_file(&output).expect("removed");
    }
}

#[test]
fn a_file_may_be_called_what_it_likes() {
    let folder = Folder::new();
    let named = folder.path("x\npub const EVIL: u8 = 1;\u{202e}.pt");
    fs::copy(shuttle("shuttle.pt"), &named).expect("copied");
    let (model, module) = (folder.path("m.safetensors"), folder.path("m.rs"));
    succeed(&["import", &named, "--no-probe", "-o", &model]);
    succeed(&["generate", &model, "-o", &module]);
    let text = fs::read_to_string(module).expect("a module");
    let first = text.lines().next().expect("a line");
    assert!(first.contains("from x\\u000apub const EVIL"), "{first}");
    let mut named = text.lines().filter(|line| line.contains("EVIL"));
    assert!(named.all(|line| line.starts_with("//")), "{text}");
}
