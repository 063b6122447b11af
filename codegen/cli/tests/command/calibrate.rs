//! `nice-flow calibrate` and what `score` makes of it.

use super::{nice_flow, outcome, shuttle, text};
use serde_json::Value;

/// Calibrates the shuttle's model on its training rows.
fn calibrate(out: &str, more: &[&str]) -> Result<String, String> {
    let (model, rows) = (shuttle("shuttle.safetensors"), shuttle("train.csv"));
    outcome(&[&["calibrate", &model, &rows, "-o", out], more].concat())
}

fn column(csv: &str, name: &str) -> Vec<f64> {
    let mut lines = csv.lines().map(|line| line.split(','));
    let mut header = lines.next().expect("a header");
    let index = header.position(|cell| cell == name).expect("the column");
    lines
        .map(|mut cells| cells.nth(index).expect("a cell").parse().expect("a number"))
        .collect()
}

#[test]
fn calibrate_states_its_guarantee_in_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("m.safetensors").display().to_string();
    let said = calibrate(&out, &["--false-alarm-rate", "0.001"]).unwrap();
    assert!(said.contains("with probability at most 0.001: 5/5700"));
    assert!(said.contains("between 3.46e-4 and 1.61e-3 in 90 of 100"));
    let json = calibrate(&out, &["--false-alarm-rate", "0.001", "--json"]).unwrap();
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["rows"], 5699);
    assert_eq!(json["expected_rate"], 5.0 / 5700.0);
    let error = calibrate(&out, &["--false-alarm-rate", "0.0001"]).unwrap_err();
    assert!(error.contains("at least 9999 rows"), "{error}");
}

#[test]
fn p_values_of_normal_rows_are_nearly_uniform_and_those_of_anomalies_small() {
    for numeric in ["f32", "i8"] {
        p_values_are_sound(numeric);
    }
}

fn p_values_are_sound(numeric: &str) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("p.csv").display().to_string();
    let (model, rows) = (shuttle("shuttle.safetensors"), shuttle("test.csv"));
    let score = [
        "score",
        &model,
        &rows,
        "--label",
        "y",
        "--numeric",
        numeric,
        "-o",
        &out,
    ];
    outcome(&[&score[..], &["--p-values"]].concat()).unwrap();
    let written = std::fs::read_to_string(&out).unwrap();
    let labels = column(&std::fs::read_to_string(&rows).unwrap(), "y");
    let p_values: Vec<(f64, f64)> = column(&written, "p_value")
        .into_iter()
        .zip(labels)
        .collect();
    let share = |label: f64, limit: f64| {
        let of: Vec<f64> = (p_values.iter().filter(|(_, y)| *y == label))
            .map(|(p, _)| *p)
            .collect();
        of.iter().filter(|p| **p <= limit).count() as f64 / of.len() as f64
    };
    // 4,559 normal rows; calibrated on training rows, which the flow knows: a little above the limit is fair.
    for limit in [0.5, 0.1, 0.01] {
        let normal = share(0.0, limit);
        assert!(
            normal > 0.7 * limit && normal < 1.3 * limit,
            "{limit} {normal}"
        );
    }
    // Those of integers are of the 2000 rows kept: coarser at the end, and than the threshold.
    if numeric == "i8" {
        assert!(share(1.0, 0.002) > 0.9 && share(1.0, 0.9 / 2001.0) == 0.0);
        return;
    }
    assert!(share(1.0, 0.001) > 0.9);
    // What is flagged at the rate of 0.001 has a p-value of at most that; 5 of 5700 places are exact.
    let flagged = column(&written, "anomalous");
    for ((p, _), flagged) in p_values.iter().zip(flagged) {
        assert_eq!(*p <= 0.001, flagged == 1.0, "{p}");
    }
}

#[test]
fn p_values_need_a_calibrated_model_and_a_file() {
    let (model, rows) = (shuttle("shuttle.pt"), shuttle("train.csv"));
    let error = outcome(&["score", &model, &rows, "--p-values"]).unwrap_err();
    assert!(error.contains("--output"), "{error}");
    let score = ["score", &model, &rows, "--p-values", "-o", "/dev/null"];
    let error = outcome(&score).unwrap_err();
    assert!(error.contains("that nice-flow calibrate wrote"), "{error}");
}

#[test]
fn debouncing_is_stored_emitted_and_applied() {
    let folder = tempfile::tempdir().unwrap();
    let path = |file: &str| folder.path().join(file).display().to_string();
    let (model, module, out) = (path("m.safetensors"), path("m.rs"), path("out.csv"));
    let rate = ["--false-alarm-rate", "0.01", "--debounce"];
    let said = calibrate(&model, &[&rate[..], &["3/5"]].concat()).unwrap();
    assert!(
        said.contains("of these rows in their order; 1.04e-5 if they were independent"),
        "{said}"
    );
    // It stays through other calibrations.
    let again = ["calibrate", &model, &shuttle("train.csv"), "-o", &model];
    outcome(&[&again[..], &rate[..2]].concat()).unwrap();
    outcome(&["generate", &model, "-o", &module]).unwrap();
    let module = std::fs::read_to_string(module).unwrap();
    assert!(module.contains("Debounce = nice_flow::Debounce::new(3, 5);"));

    let score = ["score", &model, &shuttle("test.csv"), "--label", "y"];
    let said = outcome(&[&score[..], &["-o", &out]].concat()).unwrap();
    let written = std::fs::read_to_string(&out).unwrap();
    let (flagged, alarms) = (column(&written, "anomalous"), column(&written, "alarm"));
    for (row, alarm) in alarms.iter().enumerate() {
        let last: f64 = flagged[row.saturating_sub(4)..=row].iter().sum();
        assert_eq!(*alarm, f64::from(u8::from(last >= 3.0)));
    }
    let rows = alarms.iter().sum::<f64>();
    assert!(rows > 0.0 && said.contains(&format!("{rows} rows in alarm")));

    let error = calibrate(&model, &[&rate[..], &["6/5"]].concat()).unwrap_err();
    assert!(error.contains("expected K/N with K from 1 to N"), "{error}");
}

#[test]
fn a_model_without_names_takes_those_of_the_columns() {
    let folder = tempfile::tempdir().unwrap();
    let path = |file: &str| folder.path().join(file).display().to_string();
    let (rows, model, out) = (path("rows.csv"), path("m.safetensors"), path("out.csv"));
    let csv = std::fs::read_to_string(shuttle("train.csv")).unwrap();
    let (_, numbers) = csv.split_once('\n').unwrap();
    std::fs::write(&rows, format!("a,b,c,d,e,f,g,h,i\n{numbers}")).unwrap();
    let source = shuttle("shuttle.safetensors");
    let rate = ["--false-alarm-rate", "0.01", "-o", &model];
    outcome(&[&["calibrate", &source, &rows], &rate[..]].concat()).unwrap();
    let inspected: Value =
        serde_json::from_str(&outcome(&["inspect", &model, "--json"]).unwrap()).unwrap();
    let names: Value = ["a", "b", "c", "d", "e", "f", "g", "h", "i"].into();
    assert_eq!(inspected["features"], names);

    // The same row, in two orders of its columns.
    let score = |header_and_row: &str| {
        std::fs::write(&rows, header_and_row).unwrap();
        outcome(&["score", &model, &rows, "-o", &out]).unwrap();
        column(&std::fs::read_to_string(&out).unwrap(), "score")
    };
    let straight = score("a,b,c,d,e,f,g,h,i\n53,0,82,0,52,-5,29,30,2\n");
    let turned = score("i,h,g,f,e,d,c,b,a\n2,30,29,-5,52,0,82,0,53\n");
    assert_eq!(straight, turned);
    // Names that are there stay.
    let other = format!("z,y,x,w,v,u,t,s,r\n{numbers}");
    std::fs::write(&rows, other).unwrap();
    outcome(&[&["calibrate", &model, &rows], &rate[..]].concat()).unwrap();
    let inspected = outcome(&["inspect", &model]).unwrap();
    assert!(inspected.contains("9 inputs: a, b, c"), "{inspected}");
}

/// Rows as far out as integers go, more of them than the rate lets through, and none among those that set the scale.
#[test]
fn integers_flag_a_dead_sensor_where_rows_ask_for_the_largest_score_as_threshold() {
    let folder = tempfile::tempdir().unwrap();
    let path = |file: &str| folder.path().join(file).display().to_string();
    let (rows, model) = (path("rows.csv"), path("m.safetensors"));
    let csv = std::fs::read_to_string(shuttle("train.csv")).unwrap();
    let far = |(line, text): (usize, &str)| match line {
        2 | 4 | 5 | 7 | 8 | 10 => format!("1e6,{}\n", text.split_once(',').unwrap().1),
        _ => format!("{text}\n"),
    };
    let changed: String = csv.lines().enumerate().map(far).collect();
    std::fs::write(&rows, changed).unwrap();
    let says = |rate: &str| {
        let (shuttle, rate) = (shuttle("shuttle.safetensors"), ["--false-alarm-rate", rate]);
        let output =
            nice_flow(&[&["calibrate", &shuttle, &rows, "-o", &model], &rate[..]].concat());
        assert!(output.status.success());
        text(&output.stderr)
    };
    let warned = says("0.001");
    for numeric in ["i16", "i8"] {
        let warning = format!("warning: in {numeric} all rows with an input as far out");
        assert!(warned.contains(&warning), "{warned}");
        let dead = path("dead.csv");
        std::fs::write(&dead, ",0,0,0,0,0,0,0,0\n").unwrap();
        let scored = outcome(&["score", &model, &dead, "--numeric", numeric]).unwrap();
        assert!(
            scored.contains("1 row (100.00 %) above the threshold"),
            "{scored}"
        );
    }
    assert!(!warned.contains("in f32 all rows"), "{warned}");
    assert!(!says("0.01").contains("warning"));
}
