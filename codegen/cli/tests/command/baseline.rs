//! A moving baseline, from training to the board.
//!
//! What needs QEMU is skipped with a printed line where it is missing, unless `CI` is set.

use super::{Folder, fail, is_ready, nice_flow, succeed, text};
use nice_flow_lab::Target;

/// Rows of two channels around levels that creep; from row `fault` on, the first is three counts too high. In whole counts.
fn rows(count: usize, start: usize, fault: Option<usize>) -> String {
    let row = |i: usize| {
        let t = (start + i) as f64;
        let disorder = |seed: usize| (((start + i) * seed) % 13) as f64 - 6.0;
        // Steadily: the lag of the baseline is the same in training, calibration and later.
        let creep = t / 10.0;
        let high = fault.is_some_and(|fault| i >= fault && i < fault + 20);
        let high = if high { 30.0 } else { 0.0 };
        let (a, b) = (disorder(7919), disorder(104_729));
        format!(
            "{},{},{}\n",
            (200.0 + creep + a + high).round(),
            (90.0 - creep + 0.5 * a + b).round(),
            u8::from(high > 0.0)
        )
    };
    (0..count).map(row).collect()
}

fn write(folder: &Folder, name: &str, rows: &str) -> String {
    folder.write(name, format!("pressure,flow,y\n{rows}").as_bytes())
}

/// A calibrated model, with or without a baseline.
fn model(folder: &Folder, baseline: &[&str]) -> String {
    let model = folder.path("model.st");
    let (train, held_out) = (
        write(folder, "train.csv", &rows(800, 0, None)),
        write(folder, "held-out.csv", &rows(400, 800, None)),
    );
    let options = [
        "--label",
        "y",
        "--members",
        "1",
        "--steps",
        "200",
        "-o",
        &model,
    ];
    succeed(&[&["train", &train], baseline, &options[..]].concat());
    let rate = ["--label", "y", "--false-alarm-rate", "0.01", "-o", &model];
    succeed(&[&["calibrate", &model, &held_out], &rate[..]].concat());
    model
}

fn score(model: &str, rows: &str, more: &[&str]) -> serde_json::Value {
    let words = ["score", model, rows, "--label", "y", "--json"];
    serde_json::from_str(&succeed(&[&words[..], more].concat())).expect("JSON")
}

#[test]
fn what_creeps_is_followed_and_a_fault_is_not() {
    let folder = Folder::new();
    let later = write(&folder, "later.csv", &rows(600, 1200, Some(300)));
    // Of 580 normal rows and 20 of a fault.
    let flagged = |scored: &serde_json::Value| scored["flagged"].as_u64().expect("a count");
    let plain = model(&folder, &[]);
    let found = flagged(&score(&plain, &later, &["--numeric", "f32"]));
    assert!(found > 400, "{found}");
    let following = model(&folder, &["--baseline", "EWMA:60"]);
    for numeric in ["f64", "f32", "i16", "i8"] {
        let scored = score(&following, &later, &["--numeric", numeric]);
        let area = scored["auroc"].as_f64().expect("an AUROC");
        assert!(area > 0.98, "{numeric}: {area}");
        assert!(flagged(&scored) < 80, "{numeric}: {scored}");
    }
    assert!(succeed(&["inspect", &following]).contains("a moving baseline of 64 samples"));
    let page = folder.path("report.html");
    succeed(&["report", &following, &later, "--label", "y", "-o", &page]);
}

#[test]
fn the_board_follows_as_the_host_does_in_every_number_type() {
    if !is_ready(&[Target::CortexM0Plus, Target::CortexM4F]) {
        return;
    }
    let folder = Folder::new();
    let model = model(&folder, &["--baseline", "EWMA:64"]);
    let later = write(&folder, "later.csv", &rows(150, 1200, Some(60)));
    for target in ["cortex-m4f", "cortex-m0plus"] {
        for numeric in [&["f32"][..], &["i16"], &["i8"], &["i8", "--counts"]] {
            let (host, board) = (folder.path("host.csv"), folder.path("board.csv"));
            let common = [&[&model[..], &later, "--label", "y", "--numeric"], numeric].concat();
            succeed(&[&["score"], &common[..], &["-o", &host]].concat());
            let simulate = ["--target", target, "-o", &board];
            let said = succeed(&[&["simulate"], &common[..], &simulate].concat());
            assert!(
                said.contains("150 of 150 scores equal the host's"),
                "{said}"
            );
            let read = |path: &str| std::fs::read_to_string(path).expect("scores");
            assert_eq!(read(&host), read(&board), "{target} {numeric:?}");
        }
    }
}

#[test]
fn windows_have_no_baseline_and_odd_time_constants_are_refused() {
    let folder = Folder::new();
    let data = write(&folder, "train.csv", &rows(100, 0, None));
    let out = folder.path("model.st");
    let train = ["train", &data, "--skip", "y", "--channels", "1", "-o", &out];
    let words = [&train[..], &["--baseline", "EWMA:64"]].concat();
    fail(
        2,
        &words,
        &[
            "--baseline",
            "expected rows of one sample, found windows of 2 samples",
        ],
    );
    let said = text(&nice_flow(&[&train[..], &["--baseline", "64"]].concat()).stderr);
    assert!(said.contains("expected EWMA:N"), "{said}");
}

#[test]
fn a_baseline_that_does_not_find_back_is_warned_of() {
    let folder = Folder::new();
    // A machine that is on for a hundred rows and off for a hundred, whose mean is neither.
    let states = |start: usize| -> String {
        let row = |i: usize| {
            let level = if (i / 100).is_multiple_of(2) {
                20.0
            } else {
                70.0
            };
            let disorder = |seed: usize| ((i * seed) % 13) as f64 / 10.0;
            format!(
                "{:.1},{:.1},0\n",
                level + disorder(7919),
                level / 2.0 + disorder(104_729)
            )
        };
        (start..start + 2000).map(row).collect()
    };
    let (train, held_out) = (
        write(&folder, "train.csv", &states(0)),
        write(&folder, "held-out.csv", &states(2050)),
    );
    let model = folder.path("model.st");
    let how = [
        "--label",
        "y",
        "--members",
        "1",
        "--steps",
        "300",
        "-o",
        &model,
    ];
    let calibrated = |more: &[&str]| {
        succeed(&[&["train", &train], more, &how[..]].concat());
        let rate = ["--label", "y", "--false-alarm-rate", "0.01", "-o", &model];
        text(&nice_flow(&[&["calibrate", &model, &held_out], &rate[..]].concat()).stderr)
    };
    let said = calibrated(&["--baseline", "EWMA:1000"]);
    assert!(said.contains("warning: in their own order "), "{said}");
    assert!(said.contains("train without --baseline"), "{said}");
    let said = calibrated(&[]);
    assert!(!said.contains("in their own order"), "{said}");
}
