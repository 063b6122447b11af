//! What a missing cell means, from training to the board.
//!
//! What needs QEMU is skipped with a printed line where it is missing, unless `CI` is set.

use super::{Folder, fail, is_ready, nice_flow, succeed, text};
use nice_flow_lab::Target;

/// Rows of two independent channels; in those whose number `is_missing`, the first is empty.
fn rows(count: usize, start: usize, is_missing: impl Fn(usize) -> bool) -> String {
    let row = |i: usize| {
        let disorder = |step: f64| ((start + i) as f64 * step).fract() - 0.5;
        let first = match is_missing(i) {
            true => String::new(),
            false => format!("{:.2}", 200.0 + 12.0 * disorder(0.618_034)),
        };
        format!("{first},{:.2}\n", 90.0 + 8.0 * disorder(0.414_214))
    };
    (0..count).map(row).collect()
}

fn write(folder: &Folder, name: &str, rows: &str) -> String {
    folder.write(name, format!("pressure,flow\n{rows}").as_bytes())
}

/// A calibrated model, trained and calibrated on rows of which some are incomplete.
fn model(folder: &Folder, more: &[&str]) -> String {
    let model = folder.path("model.st");
    let train = write(folder, "train.csv", &rows(600, 0, |i| i % 50 == 49));
    let held_out = write(folder, "held-out.csv", &rows(400, 600, |i| i == 7));
    let options = ["--members", "1", "--steps", "200", "-o", &model];
    succeed(&[&["train", &train], more, &options[..]].concat());
    let rate = ["--false-alarm-rate", "0.01", "-o", &model];
    succeed(&[&["calibrate", &model, &held_out], &rate[..]].concat());
    model
}

/// Twelve rows in a row without their first cell, and one more.
fn gaps(i: usize) -> bool {
    (40..52).contains(&i) || i == 80
}

/// The cells of a column of the table that `score` writes.
fn column(path: &str, name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(path).expect("scores");
    let mut lines = text.lines().map(|line| line.split(','));
    let place = lines
        .next()
        .expect("a header")
        .position(|cell| cell == name);
    let place = place.expect("the column");
    lines
        .map(|mut cells| cells.nth(place).unwrap_or_default().to_string())
        .collect()
}

/// The bits of the score of a NaN in each arithmetic.
const BROKEN: [&str; 3] = ["7ff8000000000000", "7fc00000", "7fffffff"];

/// The rows that a model flags since they have no finite score, and those without any.
fn verdicts(folder: &Folder, model: &str, numeric: &str) -> (Vec<usize>, Vec<usize>) {
    let later = write(folder, "later.csv", &rows(100, 1000, gaps));
    let out = folder.path("scores.csv");
    succeed(&["score", model, &later, "--numeric", numeric, "-o", &out]);
    let (bits, anomalous) = (column(&out, "score_bits"), column(&out, "anomalous"));
    assert_eq!(bits.len(), 100);
    let broken = |row: &usize| BROKEN.contains(&bits[*row].as_str());
    assert!((0..100).filter(broken).all(|row| anomalous[row] == "1"));
    let silent = |row: &usize| bits[*row].is_empty() && anomalous[*row].is_empty();
    (
        (0..100).filter(broken).collect(),
        (0..100).filter(silent).collect(),
    )
}

const NUMERICS: [&str; 4] = ["f64", "f32", "i16", "i8"];

#[test]
fn each_choice_does_what_it_says_in_every_number_type() {
    let folder = Folder::new();
    let missing: Vec<usize> = (0..100).filter(|row| gaps(*row)).collect();
    let alarm = model(&folder, &[]);
    for numeric in NUMERICS {
        assert_eq!(
            verdicts(&folder, &alarm, numeric),
            (missing.clone(), vec![])
        );
    }
    let hold = model(&folder, &["--missing", "hold"]);
    for numeric in NUMERICS {
        assert_eq!(verdicts(&folder, &hold, numeric), (vec![50, 51], vec![]));
    }
    assert!(succeed(&["inspect", &hold]).contains("for at most 10 samples in a row"));
    let ignore = model(&folder, &["--missing", "ignore"]);
    for numeric in NUMERICS {
        assert_eq!(
            verdicts(&folder, &ignore, numeric),
            (vec![], missing.clone())
        );
    }
    assert!(succeed(&["inspect", &ignore]).contains("samples with a missing channel are ignored"));
}

#[test]
fn rows_that_are_ignored_count_nowhere_and_keep_their_place() {
    let folder = Folder::new();
    let model = model(&folder, &["--missing", "ignore"]);
    let later = write(&folder, "later.csv", &rows(100, 1000, gaps));
    let scored = succeed(&["score", &model, &later, "--json"]);
    let scored: serde_json::Value = serde_json::from_str(&scored).expect("JSON");
    assert_eq!(
        (&scored["rows"], &scored["rows_ignored"]),
        (&87.into(), &13.into())
    );
    assert_eq!(scored["rows_not_finite"], 0);
    // The same rows without the incomplete ones have the same scores.
    let whole: String = rows(100, 1000, gaps)
        .lines()
        .filter(|line| !line.starts_with(','))
        .map(|line| format!("{line}\n"))
        .collect();
    let whole = write(&folder, "whole.csv", &whole);
    let (all, some) = (folder.path("all.csv"), folder.path("some.csv"));
    succeed(&["score", &model, &later, "--numeric", "f32", "-o", &all]);
    succeed(&["score", &model, &whole, "--numeric", "f32", "-o", &some]);
    let bits = column(&all, "score_bits");
    let bits: Vec<_> = bits.into_iter().filter(|bits| !bits.is_empty()).collect();
    assert_eq!(bits, column(&some, "score_bits"));
    succeed(&["verify", &model, &later]);
    let page = folder.path("report.html");
    succeed(&["report", &model, &later, "-o", &page]);
    let page = std::fs::read_to_string(page).expect("a page");
    assert!(page.contains("rows ignored"));
    let none = write(&folder, "none.csv", &rows(20, 0, |_| true));
    fail(2, &["score", &model, &none], &["found none in 20 rows"]);
}

#[test]
fn the_board_holds_and_ignores_as_the_host_does_in_every_number_type() {
    if !is_ready(&[Target::CortexM0Plus, Target::CortexM4F]) {
        return;
    }
    let folder = Folder::new();
    let later = write(&folder, "later.csv", &rows(100, 1000, gaps));
    for (choice, scores) in [
        (&["--missing", "hold:3"][..], 100),
        (&["--missing", "ignore"], 87),
        (&["--missing", "hold:3", "--baseline", "EWMA:16"], 100),
        (&["--missing", "ignore", "--baseline", "EWMA:16"], 87),
    ] {
        let model = model(&folder, choice);
        for target in ["cortex-m4f", "cortex-m0plus"] {
            for numeric in ["f32", "i16", "i8"] {
                let (host, board) = (folder.path("host.csv"), folder.path("board.csv"));
                let common = [&model, &later, "--numeric", numeric];
                succeed(&[&["score"], &common[..], &["-o", &host]].concat());
                let simulate = ["--target", target, "-o", &board];
                let said = succeed(&[&["simulate"], &common[..], &simulate].concat());
                let equal = format!("{scores} of {scores} scores equal the host's");
                assert!(said.contains(&equal), "{choice:?} {numeric}: {said}");
                let read = |path: &str| std::fs::read_to_string(path).expect("scores");
                assert_eq!(read(&host), read(&board), "{choice:?} {target} {numeric}");
            }
        }
    }
}

#[test]
fn counts_are_never_missing_and_their_module_has_no_wrapper() {
    let folder = Folder::new();
    let (module, counts) = (folder.path("model.rs"), folder.path("counts.rs"));
    let read = |path: &str| std::fs::read_to_string(path).expect("a module");
    for (choice, wrapper) in [
        ("hold:3", "nice_flow::Hold<"),
        ("ignore", "nice_flow::Ignore<"),
    ] {
        let model = model(&folder, &["--missing", choice]);
        let generate = ["generate", &model, "--numeric", "i8"];
        succeed(&[&generate[..], &["-o", &module]].concat());
        assert!(read(&module).contains(wrapper));
        succeed(&[&generate[..], &["--counts=unit=0.01", "-o", &counts]].concat());
        assert!(!read(&counts).contains(wrapper));
    }
}

#[test]
fn windows_and_odd_choices_are_refused() {
    let folder = Folder::new();
    let data = write(&folder, "train.csv", &rows(100, 0, |_| false));
    let out = folder.path("model.st");
    let train = ["train", &data, "--channels", "1", "-o", &out];
    let found = "expected rows of one sample, found windows of 2 samples";
    for choice in ["hold", "ignore"] {
        let words = [&train[..], &["--missing", choice]].concat();
        fail(2, &words, &["--missing", found]);
    }
    let said = text(&nice_flow(&[&train[..], &["--missing", "hold:0"]].concat()).stderr);
    assert!(said.contains("expected alarm, hold, hold:N"), "{said}");
}
