//! What `calibrate`, `score` and `report` say where a promise does not hold, and what `train` says of far values.

use super::{Folder, fail, nice_flow, pump, succeed, text};

/// Writes rows of the pump, each changed by `change`.
fn write(
    folder: &Folder,
    name: &str,
    rows: std::ops::Range<usize>,
    change: impl Fn(usize, &mut [f64; 3]),
) -> String {
    let cell = |x: f64| {
        if x.is_nan() {
            String::new()
        } else {
            format!("{x:.3}")
        }
    };
    let line = |row: usize| {
        let mut values = pump::values(row);
        change(row - rows.start, &mut values);
        values.map(cell).join(",")
    };
    pump::write(folder, name, "temp,flow,amps", rows.clone().map(line))
}

fn train(folder: &Folder, data: &str) -> (String, String) {
    let model = folder.path("model.st");
    let train = [&["train", data, "-o", &model][..], &pump::QUICK].concat();
    let said = text(&nice_flow(&train).stderr);
    (model, said)
}

/// Calibrates at 1 %; what is said on standard output and on standard error.
fn calibrate(folder: &Folder, model: &str, rows: &str, more: &[&str]) -> (String, String) {
    let out = folder.path("calibrated.st");
    let words = [
        "calibrate",
        model,
        rows,
        "--false-alarm-rate",
        "0.01",
        "-o",
        &out,
    ];
    let output = nice_flow(&[&words[..], more].concat());
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn rows_alike_are_promised_without_a_note() {
    let folder = Folder::new();
    let (model, said) = train(&folder, &write(&folder, "train.csv", 0..400, |_, _| {}));
    assert!(!said.contains("note"), "{said}");
    let held_out = write(&folder, "held-out.csv", 400..800, |_, _| {});
    let (promise, said) = calibrate(&folder, &model, &held_out, &[]);
    assert!(said.is_empty(), "{said}");
    assert!(
        promise.contains("as much as 400 independent ones"),
        "{promise}"
    );
    let scored = nice_flow(&["score", &folder.path("calibrated.st"), &held_out]);
    assert!(scored.stderr.is_empty(), "{}", text(&scored.stderr));
}

#[test]
fn rows_that_creep_are_worth_fewer_and_alarm_as_seen_in_their_order() {
    let folder = Folder::new();
    let slow = |start: f64| {
        move |row: usize, x: &mut [f64; 3]| {
            x[0] += 4.0 * (start + row as f64 / 40.0).sin();
        }
    };
    let (model, _) = train(&folder, &write(&folder, "train.csv", 0..800, slow(0.0)));
    let held_out = write(&folder, "held-out.csv", 800..1600, slow(2.0));
    let (promise, _) = calibrate(&folder, &model, &held_out, &["--debounce", "2/3", "--json"]);
    let promise: serde_json::Value = serde_json::from_str(&promise).expect("JSON");
    let number = |value: &serde_json::Value| value.as_f64().expect("a number");
    assert!(number(&promise["neighbour_correlation"]) > 0.1, "{promise}");
    assert!(number(&promise["effective_rows"]) < 400.0, "{promise}");
    assert!(number(&promise["realised_rate_p95"]) > 0.025, "{promise}");
    let debounce = &promise["debounce"];
    assert!(
        number(&debounce["seen_rate"]) > 2.0 * number(&debounce["independent_rate"]),
        "{promise}"
    );
    assert!(
        number(&debounce["seen_rate"]) <= number(&debounce["largest_rate"]),
        "{promise}"
    );
}

#[test]
fn against_a_level_that_creeps_a_baseline_is_suggested_where_there_is_none() {
    let folder = Folder::new();
    let creep = |row: usize, x: &mut [f64; 3]| x[0] += 0.02 * row as f64;
    let rows = write(&folder, "train.csv", 0..400, |_, _| {});
    let held_out = write(&folder, "held-out.csv", 400..800, creep);
    let (model, _) = train(&folder, &rows);
    let (_, said) = calibrate(&folder, &model, &held_out, &[]);
    let advice = "if the level of temp creeps and means nothing, train with --baseline EWMA:256";
    assert!(said.contains(advice), "{said}");
    let follows = ["train", &rows, "--baseline", "EWMA:256", "-o", &model];
    succeed(&[&follows[..], &pump::QUICK].concat());
    let (_, said) = calibrate(&folder, &model, &held_out, &[]);
    assert!(!said.contains("--baseline"), "{said}");
}

#[test]
fn a_column_that_wakes_after_training_is_named_with_the_threshold_without_it() {
    let folder = Folder::new();
    let (model, said) = train(
        &folder,
        &write(&folder, "train.csv", 0..400, |_, x| x[2] = 17.0),
    );
    assert!(said.contains("amps"), "{said}");
    let ticks = |row: usize, x: &mut [f64; 3]| x[2] = if row < 300 { 17.0 } else { 18.0 };
    let held_out = write(&folder, "held-out.csv", 400..800, ticks);
    let (_, said) = calibrate(&folder, &model, &held_out, &[]);
    let woken = "note: column amps, always 17 in the rows that the model has kept, has other values in 100 of these; without these rows the threshold would be";
    assert!(said.contains(woken), "{said}");
    assert!(said.contains("note: these rows change in time"), "{said}");
}

#[test]
fn rows_in_another_unit_are_named_by_column_in_every_verb() {
    let folder = Folder::new();
    let (model, _) = train(&folder, &write(&folder, "train.csv", 0..400, |_, _| {}));
    calibrate(
        &folder,
        &model,
        &write(&folder, "held-out.csv", 400..800, |_, _| {}),
        &[],
    );
    let model = folder.path("calibrated.st");
    let fahrenheit = write(&folder, "later.csv", 800..1100, |_, x| {
        x[0] = 1.8 * x[0] + 32.0
    });
    let output = nice_flow(&["score", &model, &fahrenheit]);
    assert!(
        text(&output.stdout).contains("300 rows (100.00 %) above"),
        "{}",
        text(&output.stdout)
    );
    let unlike = "these rows are not like the normal rows that the model keeps; temp: median 68";
    assert!(
        text(&output.stderr).contains(unlike),
        "{}",
        text(&output.stderr)
    );
    assert!(
        calibrate(&folder, &model, &fahrenheit, &[])
            .1
            .contains(unlike)
    );
    let page = folder.path("report.html");
    succeed(&["report", &folder.path("model.st"), &fahrenheit, "-o", &page]);
    assert!(
        std::fs::read_to_string(&page)
            .expect("a page")
            .contains(&unlike[1..])
    );
}

#[test]
fn rows_with_an_empty_cell_are_counted_by_column_and_left_out_if_asked() {
    let folder = Folder::new();
    let (model, _) = train(&folder, &write(&folder, "train.csv", 0..400, |_, _| {}));
    let holes = |row: usize, x: &mut [f64; 3]| {
        if row.is_multiple_of(30) {
            x[1] = f64::NAN;
        }
    };
    let held_out = write(&folder, "held-out.csv", 400..800, holes);
    let out = folder.path("calibrated.st");
    let words = [
        "calibrate",
        &model,
        &held_out,
        "--false-alarm-rate",
        "0.01",
        "-o",
        &out,
    ];
    fail(
        2,
        &words,
        &[
            "14 of 400 normal rows have an empty cell",
            "(flow in 14)",
            "--drop-incomplete",
            "expected at most 3 rows without a finite score",
        ],
    );
    let (promise, said) = calibrate(&folder, &model, &held_out, &["--drop-incomplete"]);
    assert!(
        promise.starts_with("from 386 normal rows"),
        "{promise}{said}"
    );
    assert!(said.contains("they are left out"), "{said}");
}

#[test]
fn far_values_in_training_are_told_and_robust_scales_do_not_see_them() {
    let folder = Folder::new();
    let spikes = |row: usize, x: &mut [f64; 3]| match row {
        10 => x[0] = 1e6,
        11 => x[0] = -1e6,
        row if row % 25 == 3 => x[1] = -200.0,
        _ => {}
    };
    let data = write(&folder, "train.csv", 0..400, spikes);
    let (model, said) = train(&folder, &data);
    assert!(
        said.contains("column temp has 1000000 in row 10, -1000000 in row 11"),
        "{said}"
    );
    assert!(said.contains("column flow has -200 in 16 rows"), "{said}");
    let robust = folder.path("robust.st");
    succeed(&[
        "train",
        &data,
        "--robust-scales",
        "--members",
        "1",
        "--steps",
        "100",
        "-o",
        &robust,
    ]);
    // A fault of 60 degrees drowns in the scale that the spikes set, and stands out from the other.
    let fault =
        |row: usize, x: &mut [f64; 3]| x[0] += if row.is_multiple_of(2) { 60.0 } else { 0.0 };
    let faulty = write(&folder, "faulty.csv", 400..500, fault);
    let with_labels: String = (std::fs::read_to_string(&faulty)
        .expect("rows")
        .lines()
        .enumerate())
    .map(|(line, text)| match line {
        0 => format!("{text},y\n"),
        _ => format!("{text},{}\n", line % 2),
    })
    .collect();
    let faulty = folder.write("labelled.csv", with_labels.as_bytes());
    let auroc = |model: &str| {
        let scored = succeed(&["score", model, &faulty, "--label", "y", "--json"]);
        let scored: serde_json::Value = serde_json::from_str(&scored).expect("JSON");
        scored["auroc"].as_f64().expect("an AUROC")
    };
    assert!(auroc(&model) < 0.9, "{}", auroc(&model));
    assert!(auroc(&robust) > 0.99, "{}", auroc(&robust));
}

#[test]
fn rows_beyond_an_integers_reach_are_counted_since_nothing_ranks_them() {
    let folder = Folder::new();
    let (model, _) = train(&folder, &write(&folder, "train.csv", 0..400, |_, _| {}));
    let far = write(&folder, "far.csv", 400..450, |row, x| {
        x[1] = if row < 20 { 1e5 } else { x[1] }
    });
    let said = succeed(&["score", &model, &far, "--numeric", "i8"]);
    assert!(
        said.contains("20 rows with the largest score that an integer holds"),
        "{said}"
    );
    let said = succeed(&["verify", &model, &far, "--numeric", "i8"]);
    assert!(
        said.contains("of 50 rows, 20 with the largest score"),
        "{said}"
    );
    assert!(!succeed(&["score", &model, &far, "--numeric", "f32"]).contains("largest score"));
}
