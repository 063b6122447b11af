//! Slow changes: `score --drift` and `generate --drift`.

use super::pump::{HEADER, calibrated, held_out, row, trained, values, write};
use super::{Folder, fail, succeed};

/// A calibrated model.
fn model(folder: &Folder) -> String {
    let (model, held_out) = (calibrated(folder, "0.01"), held_out(folder));
    let rate = ["--false-alarm-rate", "0.001", "-o", &model];
    // Too few rows for a thousandth.
    let rate = [&["calibrate", &model, &held_out], &rate[..]].concat();
    fail(2, &rate, &["calibration rows"]);
    model
}

#[test]
fn a_sensor_that_creeps_is_told_in_every_arithmetic() {
    let folder = Folder::new();
    let model = model(&folder);
    // The temperature rises by two thousandths of a degree a row from row 500 on: by one after 500 more.
    let creeping = (0..1200usize).map(|i| {
        let [temperature, flow, current] = values(2000 + i);
        row([
            temperature + 0.002 * i.saturating_sub(500) as f64,
            flow,
            current,
        ])
    });
    let rows = write(&folder, "rows.csv", HEADER, creeping);
    let mut firsts = vec![];
    for numeric in ["f64", "f32", "i16", "i8"] {
        let output = folder.path("scores.csv");
        let options = ["--numeric", numeric, "--drift", "10000", "-o", &output];
        let json = succeed(&[&["--json", "score", &model, &rows], &options[..]].concat());
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        let first = json["drift"][0].as_u64().unwrap();
        assert!((600..1200).contains(&first), "{numeric}: {first}");
        let table = std::fs::read_to_string(&output).unwrap();
        let lines: Vec<&str> = table.lines().collect();
        assert!(lines[0].ends_with(",drift"), "{}", lines[0]);
        let told = lines[1..].iter().position(|line| line.ends_with(",1"));
        assert_eq!(told, Some(first as usize), "{numeric}");
        firsts.push(first);
    }
    // Rounding of integers moves ranks by few rows.
    let (least, most) = (firsts.iter().min().unwrap(), firsts.iter().max().unwrap());
    assert!(most - least < 60, "{firsts:?}");
}

#[test]
fn a_module_tells_it_too() {
    let folder = Folder::new();
    let (model, module) = (model(&folder), folder.path("pump.rs"));
    for (numeric, score) in [("f32", "f32"), ("i8", "Fixed")] {
        let options = ["--numeric", numeric, "--drift", "10000", "-o", &module];
        succeed(&[&["generate", &model], &options[..]].concat());
        let text = std::fs::read_to_string(&module).unwrap();
        for part in [
            &format!("pub static P_VALUES: nice_flow::PValues<{score}, 32> = "),
            "pub const DRIFT: nice_flow::Drift<10000, 1> = nice_flow::Drift::new();",
            &format!("--numeric {numeric} --drift 10000 -o"),
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}

#[test]
fn drift_needs_a_calibrated_model() {
    let folder = Folder::new();
    let (model, module) = (trained(&folder), folder.path("pump.rs"));
    let generate = ["generate", &model, "--drift", "10000", "-o", &module];
    fail(2, &generate, &["pump.st", "nice-flow calibrate", "--drift"]);
}
