//! Raw recordings through every verb: the motor's, in WAV files, as tables and as counts.

use super::*;
use serde_json::Value;

const MOTOR: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/motor");

fn motor(file: &str) -> String {
    format!("{MOTOR}/{file}.wav")
}

/// Little-endian samples of a recording, two channels.
fn counts(file: &str) -> Vec<[i16; 2]> {
    let bytes = std::fs::read(motor(file)).expect("a recording");
    let counts = bytes[44..].as_chunks::<2>().0.iter();
    let counts: Vec<i16> = counts.map(|bytes| i16::from_le_bytes(*bytes)).collect();
    counts.as_chunks().0.to_vec()
}

/// A table of the samples in g, a count is 1/1024 of it.
fn table(
    folder: &Folder,
    name: &str,
    header: &str,
    row: impl Fn(usize, [f64; 2]) -> String,
) -> String {
    let rows = counts("normal-1").into_iter().enumerate();
    let rows = rows.map(|(i, [x, y])| row(i, [f64::from(x) / 1024.0, f64::from(y) / 1024.0]));
    let text: Vec<String> = [header.to_string()].into_iter().chain(rows).collect();
    folder.write(name, text.join("\n").as_bytes())
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&succeed(&[arguments, &["--json"]].concat())).expect("JSON")
}

#[track_caller]
fn notes(arguments: &[&str]) -> String {
    let output = nice_flow(arguments);
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stderr)
}

/// The features of a file as text, with all but the numbers cut off.
fn features(arguments: &[&str]) -> Vec<String> {
    let output = arguments.last().expect("a file");
    succeed(&[&["features"], arguments].concat());
    let text = std::fs::read_to_string(output).expect("features");
    let cells = |line: &str| line.splitn(3, ',').last().unwrap_or_default().to_string();
    text.lines().map(cells).collect()
}

#[test]
fn windows_of_anomalies_are_labelled() {
    let folder = Folder::new();
    let (normal, strange) = (
        folder.write("a.i16", &[1, 2].repeat(1024)),
        folder.write("b.i16", &[3, 4].repeat(512)),
    );
    let out = folder.path("x.csv");
    let shape = ["--rate", "1000", "--window", "256", "-o", &out];
    succeed(&[&["features", &normal, "--anomalies", &strange][..], &shape].concat());
    let text = std::fs::read_to_string(&out).expect("features");
    let labels = text.lines().filter_map(|line| line.rsplit(',').next());
    let expected = ["label", "0", "0", "0", "0", "1", "1"];
    assert_eq!(labels.collect::<Vec<_>>(), expected);
}

#[test]
fn wave_table_and_counts_of_the_same_samples_give_the_same_features() {
    let folder = Folder::new();
    let out = folder.path("x.csv");
    let shape = [
        "--rate",
        "1000",
        "--window",
        "256",
        "--octaves",
        "1",
        "-o",
        &out,
    ];
    let of = |file: &str, more: &[&str]| features(&[&[file], more, &shape].concat());
    let wave = of(&motor("normal-1"), &[]);
    assert_eq!(wave.len(), 1 + 12_000 / 256);
    assert!(
        wave[0].starts_with("x 31-62 Hz,x 0-62 Hz,x 62-125 Hz"),
        "{}",
        wave[0]
    );
    let in_g = table(&folder, "g.csv", "time,x,y", |i, [x, y]| {
        format!("{},{x},{y}", i as f64 / 1000.0)
    });
    let said = notes(&[&["features", &in_g], &shape[..]].concat());
    assert!(said.contains("unit of a count: 9.765625e-4"), "{said}");
    assert_eq!(of(&in_g, &[]), wave);
    let bytes = counts("normal-1")
        .into_iter()
        .flatten()
        .flat_map(i16::to_le_bytes);
    let raw = folder.write("raw.i16", &bytes.collect::<Vec<_>>());
    assert_eq!(of(&raw, &["--names", "x,y"]), wave);
    let front = std::fs::read_to_string(folder.path("x.front.toml")).expect("a front end");
    assert!(
        front.contains("window = 256\n") && front.contains("unit = [1.0, 1.0]\n"),
        "{front}"
    );
}

#[test]
fn what_is_wrong_with_a_recording_is_said() {
    let folder = Folder::new();
    let out = folder.path("x.csv");
    let fine = table(&folder, "g.csv", "time,x,y", |i, [x, y]| {
        format!("{},{x},{y}", i as f64 / 1000.0)
    });
    let run = |file: &str, more: &[&str]| {
        [&["features", file, "-o", &out], more]
            .concat()
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    let wrong = |file: &str, more: &[&str], words: &[&str]| {
        let arguments = run(file, more);
        fail(
            2,
            &arguments.iter().map(String::as_str).collect::<Vec<_>>(),
            words,
        );
    };
    wrong(
        &fine,
        &["--window", "1s"],
        &["--rate: expected samples a second"],
    );
    wrong(
        &fine,
        &["--rate", "500"],
        &["g.csv", "expected 500 samples a second, found about 1000"],
    );
    wrong(
        &motor("gear"),
        &["--rate", "500"],
        &["gear.wav", "expected 500", "found 1000"],
    );
    wrong(
        &fine,
        &["--rate", "1000", "--window", "60s"],
        &["g.csv: expected 60000 samples or more", "found 12000"],
    );
    wrong(
        &fine,
        &["--rate", "1000", "--unit", "1e-5"],
        &["channel x: expected a count of 16 bits", "--unit"],
    );
    let odd = folder.write("odd.csv", b"x\n3.14159265\n2.71828182\n1\n");
    wrong(
        &odd,
        &["--rate", "1"],
        &["odd.csv", "--unit says what a count"],
    );
    let told = |file: &str, more: &[&str]| {
        let arguments = run(file, more);
        notes(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let said = told(&motor("bearing"), &["--window", "0.1s"]);
    assert!(
        said.contains("rounded from 100 to 96 samples (0.096 s)"),
        "{said}"
    );
    assert!(
        said.contains("bearing.wav: channel y is clipped") || said.contains("channel x is clipped"),
        "{said}"
    );
    let gaps = table(&folder, "gaps.csv", "time,x,y", |i, [x, y]| {
        let time = i as f64 / 1000.0 + if i > 6000 { 2.0 } else { 0.0 };
        match i {
            3000 => format!("{time},,{y}"),
            _ => format!("{time},{x},{y}"),
        }
    });
    let said = told(&gaps, &["--rate", "1000"]);
    assert!(
        said.contains("gaps.csv: 1 sample with a missing value"),
        "{said}"
    );
    assert!(said.contains("gaps.csv: 1 gap in its times"), "{said}");
    let dead = table(&folder, "dead.csv", "x,y", |_, [x, _]| format!("{x},1"));
    let said = told(&dead, &["--rate", "1000"]);
    assert!(
        said.contains("channel y is dead: it is always 1024 counts"),
        "{said}"
    );
}

/// The bands in which the housing rings when a ball passes a pit.
const RINGS: [&str; 2] = ["x 375-437 Hz", "x 437-500 Hz"];

/// Trained on three recordings and calibrated with a fourth.
fn model(folder: &Folder, more: &[&str]) -> String {
    let model = folder.path("motor.safetensors");
    let normal = ["normal-1", "normal-2", "normal-3", "normal-4"].map(motor);
    let normal = normal.iter().map(String::as_str);
    let options = [
        "--window",
        "256",
        "--hop",
        "64",
        "--steps",
        "150",
        "--members",
        "1",
        "-o",
        &model,
    ];
    let held = ["--hold-out", "0.25", "--false-alarm-rate", "0.05"];
    let all: Vec<&str> = ["train"]
        .into_iter()
        .chain(normal)
        .chain(options)
        .chain(held)
        .chain(more.iter().copied())
        .collect();
    let said = notes(&all);
    assert!(
        said.contains("held out: 184 windows of normal-4.wav"),
        "{said}"
    );
    assert!(
        said.contains("these windows are of one recording"),
        "{said}"
    );
    model
}

#[test]
fn a_model_of_recordings_takes_recordings_ever_after() {
    let folder = Folder::new();
    let model = model(
        &folder,
        &["--anomalies", &motor("gear"), "--couplings", "2"],
    );
    let inspected = json(&["inspect", &model]);
    let front = &inspected["front_end"];
    assert_eq!(
        (&front["window"], &front["hop"], &front["rate"]),
        (&256.into(), &64.into(), &1000.0.into())
    );
    let shown = succeed(&["inspect", &model]);
    assert!(
        shown
            .contains("8 bands of x, y at 1000 Hz, windows of 256 samples (0.256 s), one every 64"),
        "{shown}"
    );

    let out = folder.path("scores.csv");
    let faults = ["bearing", "misalignment"].map(motor);
    let scored = json(&[
        "score",
        &model,
        &motor("normal-4"),
        "--anomalies",
        &faults[0],
        &faults[1],
        "-o",
        &out,
    ]);
    assert_eq!(scored["rows"], 184 + 2 * 90);
    assert!(scored["auroc"].as_f64().expect("AUROC") > 0.99, "{scored}");
    let rows = std::fs::read_to_string(&out).expect("scores");
    let rows: Vec<&str> = rows.lines().collect();
    assert!(rows[0].ends_with(",recording,start"), "{}", rows[0]);
    assert!(rows[2].ends_with(",normal-4.wav,0.064"), "{}", rows[2]);
    assert!(rows[185].ends_with(",bearing.wav,0"), "{}", rows[185]);

    for numeric in ["i8", "i16", "f32"] {
        let verified = json(&["verify", &model, &motor("normal-4"), "--numeric", numeric]);
        assert_eq!(verified["rows"], 184, "{verified}");
    }
    let page = folder.path("report.html");
    succeed(&[
        "report",
        &model,
        &faults[0],
        "--train",
        &motor("normal-1"),
        "-o",
        &page,
    ]);
    let html = std::fs::read_to_string(&page).expect("a page");
    assert!(html.contains("y 312-375 Hz"));
    assert!(
        RINGS
            .iter()
            .any(|band| html.contains(&format!("<b>{band}</b> +2")))
    );
    assert!(html.contains("how much louder it is"));
    // Of windows that overlap by three quarters, one of four counts.
    assert!(html.contains("(Drift: 10,000 normal rows or more lie between two false alarms in the mean) tells of one by row "));
    assert!(html.contains("scores have slowly changed"));
    succeed(&[
        "calibrate",
        &model,
        &motor("normal-4"),
        "--false-alarm-rate",
        "0.1",
        "-o",
        &model,
    ]);
    fail(
        2,
        &[
            "score",
            &model,
            &motor("gear"),
            "--numeric",
            "i8",
            "--counts",
        ],
        &["--counts: expected none for a model with a front end"],
    );
    let three = folder.write("three.csv", b"x,y,z\n1,2,3\n");
    fail(2, &["score", &model, &three, "--skip", "x"], &["three.csv"]);
    for numeric in ["f64", "f32", "i16", "i8"] {
        let why = ["--numeric", numeric, "--why", "1", "-o", &out];
        let said = succeed(&[&["score", &model, &faults[0]], &why[..]].concat());
        let is_first = |band: &&str| said.contains(&format!("blamed first: {band}"));
        assert!(RINGS.iter().any(is_first), "{numeric}: {said}");
    }
    let module = folder.path("motor.rs");
    let more = ["--explain", "3", "--commission", "--drift", "10000"];
    let more = [&more[..], &["-o", &module]].concat();
    succeed(&[&["generate", &model, "--numeric", "i8"], &more[..]].concat());
    let module = std::fs::read_to_string(&module).expect("a module");
    for line in [
        "pub type Front = nice_flow::front::Bands<CHANNELS, 0, D, nice_flow::front::Eight, 4>;",
        "pub const FRONT: Front = nice_flow::front::Bands::new(256);",
        "pub const RATE_HZ: f32 = 1000.0;",
        "pub const COUNT: [f32; CHANNELS] = [1.0, 1.0];",
        "pub type Detector = nice_flow::Detector<Model, i32, CHANNELS, D, Front>;",
        "pub const DRIFT: nice_flow::Drift<10000, 4> = nice_flow::Drift::new();",
    ] {
        assert!(module.contains(line), "{line}: {module}");
    }
    // In what the module takes, Q16.
    for item in ["USUAL", "SPREAD"] {
        let text = module.split(&format!("pub static {item}: ")).nth(1);
        let (_, text) = text
            .and_then(|text| text.split_once('='))
            .expect("the item");
        let numbers = text.split(['[', ',', ']', ' ', '\n']);
        let numbers =
            numbers.filter_map(|number| number.trim_matches(['(', ')']).parse::<f64>().ok());
        let first: Vec<f64> = numbers.take(3).collect();
        assert!(
            first
                .iter()
                .all(|level| (4.0..32.0).contains(&(level / 65_536.0))),
            "{item}: {first:?}"
        );
    }
}

#[test]
fn options_for_rows_and_for_signals_are_told_apart() {
    let folder = Folder::new();
    let (out, normal) = (folder.path("m.safetensors"), motor("normal-1"));
    for option in [
        &["--channels", "2"][..],
        &["--drop-constant"],
        &["--missing", "hold"],
        &["--baseline", "EWMA:8"],
    ] {
        let arguments = [&["train", &normal, "-o", &out], option].concat();
        fail(2, &arguments, &[option[0], "expected none for raw signals"]);
    }
    let rows = shuttle("test.csv");
    fail(
        2,
        &["train", &rows, "--anomalies", &rows, "-o", &out],
        &["--anomalies: expected recordings of raw signals"],
    );
}

#[test]
fn every_verdict_on_raw_samples_is_the_boards() {
    use nice_flow_lab::Target::{CortexM0Plus, CortexM4F};
    if !is_ready(&[CortexM0Plus, CortexM4F]) {
        return;
    }
    let folder = Folder::new();
    let (model, out) = (model(&folder, &[]), folder.path("scores.csv"));
    let cases = [
        ("cortex-m0plus", "i8"),
        ("cortex-m4f", "f32"),
        ("cortex-m4f", "i16"),
    ];
    for (target, numeric) in cases {
        let run = json(&[
            "simulate",
            &model,
            &motor("gear"),
            &motor("bearing"),
            "--target",
            target,
            "--numeric",
            numeric,
            "--why",
            "2",
            "--explain",
            "3",
            "-o",
            &out,
        ]);
        assert_eq!(run["causes_unequal_to_host"], 0, "{run}");
        let blamed = run["blamed"][0]["input"].as_str().expect("an input");
        assert!(RINGS.contains(&blamed), "{run}");
        assert_eq!(
            (&run["rows"], &run["rows_unequal_to_host"]),
            (&180.into(), &0.into()),
            "{run}"
        );
        let front = &run["cost"]["front_end"];
        assert_eq!(front["samples"], 2 * 5952, "{run}");
        assert!(front["instructions"].as_f64() > Some(20.0), "{run}");
    }
    let costs = json(&[
        "bench",
        &model,
        "--target",
        "cortex-m0plus",
        "--numeric",
        "i8",
        "--clock",
        "1MHz",
    ]);
    let front = &costs["results"][0]["front_end"];
    assert_eq!(front["seconds_to_first_verdict"], 0.256, "{costs}");
    assert!(front["cpu_share"].as_f64() > Some(0.05), "{costs}");
}
