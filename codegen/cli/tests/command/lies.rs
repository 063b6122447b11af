//! Model files that lie, or whose text is more than text: refused by every verb alike.

use super::{Folder, fail, nice_flow, shuttle, text};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

use super::tampered::tampered;

/// Each verb on a model; what it would write goes to `out`.
fn verbs(model: &str, out: &str) -> Vec<Vec<String>> {
    let rows = shuttle("test.csv");
    let with_rows = |verb: &str| {
        [verb, model, &rows, "--label", "y"]
            .map(String::from)
            .to_vec()
    };
    let and = |mut arguments: Vec<String>, more: &[&str]| {
        arguments.extend(more.iter().map(|word| word.to_string()));
        arguments
    };
    let own = |verb: &str| vec![verb.to_string(), model.to_string()];
    vec![
        own("inspect"),
        and(own("generate"), &["-o", out]),
        and(own("export"), &["--onnx", out]),
        and(own("sample"), &["-o", out]),
        and(own("import"), &["--no-probe", "-o", out]),
        own("bench"),
        with_rows("verify"),
        and(with_rows("score"), &["--numeric", "f32", "-o", out]),
        and(with_rows("report"), &["-o", out]),
        and(
            with_rows("calibrate"),
            &["--false-alarm-rate", "0.01", "-o", out],
        ),
        and(
            with_rows("simulate"),
            &["--target", "cortex-m4f", "-o", out],
        ),
    ]
}

/// Every verb refuses the model with these words, no disruptive character among its own, and writes nothing.
fn refused_by_every_verb(bytes: &[u8], words: &[&str]) {
    let folder = Folder::new();
    let model = folder.write("model.safetensors", bytes);
    let out = folder.path("out");
    for arguments in verbs(&model, &out) {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        fail(2, &arguments, words);
        let said = nice_flow(&arguments);
        let said = text(&said.stdout) + &text(&said.stderr);
        assert!(
            !said.contains('\u{1b}') && !said.contains('\u{7}'),
            "{said:?}"
        );
        assert!(!Path::new(&out).exists(), "{arguments:?}");
    }
}

fn sound() -> Vec<u8> {
    fs::read(shuttle("shuttle.safetensors")).expect("the model of the example")
}

#[test]
fn lies_in_the_header_are_refused() {
    type Lie = fn(&mut Value);
    let cases: [(Lie, &[&str]); 10] = [
        (
            |m| m["threshold"]["score"] = json!(1e300),
            &["threshold", "within f32"],
        ),
        (
            |m| m["calibration"]["i8"] = json!(1e300),
            &["calibration", "within f32"],
        ),
        (|m| m["threshold"]["sneaky"] = json!(1), &["sneaky"]),
        (|m| m["origin"]["sneaky"] = json!(1), &["sneaky"]),
        (
            |m| m["members"][0]["prior"]["sneaky"] = Value::Null,
            &["sneaky"],
        ),
        (
            |m| m["origin"]["file"] = json!("x\npub const EVIL: u8 = 1; //"),
            &["origin.file"],
        ),
        (
            |m| m["origin"]["sha256"] = json!("0\nfn f() {}"),
            &["origin.sha256", "64"],
        ),
        (
            |m| m["features"][0] = json!("\u{1b}]0;owned\u{7}\u{1b}[2J"),
            &["features.0"],
        ),
        (
            |m| m["members"][0]["training"]["a"] = json!("\u{202e}b"),
            &["training.a"],
        ),
        (
            |m| m["format_version"] = json!(7),
            &["newer", "format version 7 is needed"],
        ),
    ];
    for (lie, words) in cases {
        refused_by_every_verb(&tampered(&sound(), lie), words);
    }
}

#[test]
fn rows_that_are_no_numbers_are_refused() {
    let bytes = sound();
    let start = 8 + u64::from_le_bytes(bytes[..8].try_into().expect("a length")) as usize;
    let header: Value = serde_json::from_slice(&bytes[8..start]).expect("a header");
    let offset = header["calibration.rows"]["data_offsets"][0]
        .as_u64()
        .expect("a place");
    for broken in [f32::NAN, f32::INFINITY, 3e38] {
        let mut bytes = bytes.clone();
        bytes[start + offset as usize..][..4].copy_from_slice(&broken.to_le_bytes());
        refused_by_every_verb(&bytes, &["calibration.rows: row 0", "finite"]);
    }
}

#[test]
fn a_log_determinant_that_is_not_the_matrixs_is_refused() {
    let bytes = sound();
    let start = 8 + u64::from_le_bytes(bytes[..8].try_into().expect("a length")) as usize;
    let mut header: Value = serde_json::from_slice(&bytes[8..start]).expect("a header");
    let mut data = bytes[start..].to_vec();
    let mut add = |name: &str, shape: &[usize], values: &[f64]| {
        let begin = data.len();
        data.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        header[name] =
            json!({ "dtype": "F64", "shape": shape, "data_offsets": [begin, data.len()] });
    };
    let identity: Vec<f64> = (0..81).map(|i| f64::from(u8::from(i % 10 == 0))).collect();
    add("lie.matrix", &[9, 9], &identity);
    add("lie.shift", &[9], &[0.0; 9]);
    let header = header.to_string();
    let length = (header.len() as u64).to_le_bytes();
    let whole = [&length[..], header.as_bytes(), &data].concat();
    let with = |log_det: f64| {
        tampered(&whole, |model| {
            let layer = json!({ "kind": "dense", "matrix": "lie.matrix", "shift": "lie.shift", "log_det": log_det });
            let layers = model["members"][0]["layers"]
                .as_array_mut()
                .expect("layers");
            layers.insert(0, layer);
        })
    };
    let folder = Folder::new();
    let honest = folder.write("honest.safetensors", &with(0.0));
    assert!(nice_flow(&["inspect", &honest]).status.success());
    refused_by_every_verb(&with(1e6), &["layers.0.log_det", "found 1000000"]);
}

/// The same lies, as they were made elsewhere.
#[test]
#[ignore = "needs the files of ../shared/cases"]
fn lies_of_others_are_refused() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/cases/files");
    let cases: [(&str, &[&str]); 9] = [
        ("inject_file", &["origin.file"]),
        ("escape_features", &["features.0"]),
        ("logdet_lies", &["log-determinant"]),
        ("thr_1e300", &["threshold"]),
        ("cal_rows_nan", &["calibration.rows"]),
        ("cal_rows_inf", &["calibration.rows"]),
        ("cal_rows_3e38", &["calibration.rows"]),
        ("thr_unknown_key", &["sneaky"]),
        ("origin_unknown_key", &["sneaky"]),
    ];
    for (name, words) in cases {
        let path = folder.join(name).with_extension("safetensors");
        refused_by_every_verb(&fs::read(&path).expect("a file"), words);
    }
}

#[test]
fn rows_without_a_score_are_not_kept_by_calibrate() {
    let folder = Folder::new();
    let rows = fs::read_to_string(shuttle("train.csv")).expect("rows");
    let broken = "nan,0,0,0,0,0,0,0,0\n1e30,0,0,0,0,0,0,0,0\n3e38,0,0,0,0,0,0,0,0\n";
    let mut lines: Vec<&str> = rows.lines().take(1500).collect();
    lines.extend(broken.lines());
    let rows = folder.write("rows.csv", lines.join("\n").as_bytes());
    let model = folder.write("model.safetensors", &sound());
    let calibrate = [
        "calibrate",
        &model,
        &rows,
        "--false-alarm-rate",
        "0.01",
        "-o",
        &model,
    ];
    super::succeed(&calibrate);
    super::succeed(&[
        "generate",
        &model,
        "--numeric",
        "i8",
        "-o",
        &folder.path("m.rs"),
    ]);
    let none = folder.write("none.csv", b"nan,0,0,0,0,0,0,0,0\n".repeat(200).as_slice());
    let calibrate = [
        "calibrate",
        &model,
        &none,
        "--false-alarm-rate",
        "0.01",
        "-o",
        &model,
    ];
    fail(2, &calibrate, &["calibration rows"]);
}
