//! Which inputs are to blame: `score --why`, `generate --explain` and the report.

use super::pump::{HEADER, calibrated, row, trained, values, write};
use super::ready::is_ready;
use super::{Folder, fail, succeed};
use nice_flow_lab::Target::CortexM4F;

/// Four rows: normal, hot, two dead sensors, and two that are off.
fn rows(folder: &Folder) -> String {
    let [a, b, c] = values(2000);
    let rows = [
        row([a, b, c]),
        row([a + 30.0, b, c]),
        row([a, b + 1e6, c - 1e6]),
        format!("{a:.4},{:.4},", b + 20.0),
    ];
    write(folder, "rows.csv", HEADER, rows.into_iter())
}

/// The cells of the columns `cause_1`, `usual_1`, `cause_2` and `usual_2`.
fn causes(path: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(path).expect("scores");
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().expect("a header").split(',').collect();
    let start = header
        .iter()
        .position(|name| *name == "cause_1")
        .expect("the columns");
    assert_eq!(
        header[start..],
        ["cause_1", "usual_1", "cause_2", "usual_2"]
    );
    let cells = |line: &str| line.split(',').skip(start).map(String::from).collect();
    lines.map(cells).collect()
}

/// The score that the first of them leaves is none.
#[test]
fn a_board_blames_two_dead_sensors_as_the_host_does() {
    if !is_ready(&[CortexM4F]) {
        return;
    }
    let folder = Folder::new();
    let model = calibrated(&folder, "0.01");
    let dead = format!("{:.4},nan,nan", values(2000)[0]);
    let rows = write(&folder, "dead.csv", HEADER, [dead].into_iter());
    let output = folder.path("scores.csv");
    let why = ["--numeric", "f32", "--why", "2", "-o", &output];
    let simulate = ["simulate", &model, &rows, "--target", "cortex-m4f"];
    let said = succeed(&[&simulate[..], &why].concat());
    assert!(said.contains("1 of 1 row"), "{said}");
    let causes = &causes(&output)[0];
    assert_eq!([&causes[0], &causes[2]], ["flow", "current"]);
}

#[test]
fn score_names_the_inputs_to_blame_in_every_arithmetic() {
    let folder = Folder::new();
    let (model, rows, output) = (
        calibrated(&folder, "0.01"),
        rows(&folder),
        folder.path("scores.csv"),
    );
    for numeric in ["f64", "f32", "i16", "i8"] {
        let options = ["--numeric", numeric, "--why", "2", "-o", &output];
        let said = succeed(&[&["score", &model, &rows], &options[..]].concat());
        let causes = causes(&output);
        assert_eq!(causes[0], ["", "", "", ""], "{numeric}");
        assert_eq!(causes[1][0], "temperature", "{numeric}: {causes:?}");
        let usual: f64 = causes[1][1].parse().unwrap();
        assert!((18.0..22.0).contains(&usual), "{numeric}: {usual}");
        // Either dead sensor alone leaves a score that says nothing.
        let mut dead = [causes[2][0].as_str(), &causes[2][2]];
        dead.sort();
        assert_eq!(dead, ["current", "flow"], "{numeric}");
        assert_eq!(
            [&causes[3][0], &causes[3][2]],
            ["current", "flow"],
            "{numeric}"
        );
        assert!(said.contains("blamed first:"), "{said}");
    }
    let json = succeed(&[
        "--json", "score", &model, &rows, "--why", "1", "-o", &output,
    ]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let total: u64 = json["blamed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|b| b["rows"].as_u64().unwrap())
        .sum();
    assert_eq!(total, 3, "{json}");
}

#[test]
fn causes_need_a_threshold() {
    let folder = Folder::new();
    let (model, output) = (trained(&folder), folder.path("scores.csv"));
    let score = [
        "score",
        &model,
        &folder.path("train.csv"),
        "--why",
        "2",
        "-o",
        &output,
    ];
    fail(2, &score, &["--why", "nice-flow calibrate"]);
}

#[test]
fn a_module_has_usual_values_where_asked() {
    let folder = Folder::new();
    let (model, module) = (calibrated(&folder, "0.01"), folder.path("pump.rs"));
    succeed(&["generate", &model, "--explain", "5", "-o", &module]);
    let text = std::fs::read_to_string(&module).unwrap();
    assert!(
        text.contains("pub static USUAL: [[f32; 5]; D] = ["),
        "{text}"
    );
    assert!(text.contains("--numeric f32 --explain 5 -o"), "{text}");
    let counts = ["--numeric", "i8", "--counts=unit=0.001"];
    succeed(
        &[
            &["generate", &model, "--explain", "3", "-o", &module],
            &counts[..],
        ]
        .concat(),
    );
    let text = std::fs::read_to_string(&module).unwrap();
    assert!(
        text.contains("pub static USUAL: [[i32; 3]; D] = ["),
        "{text}"
    );
}
