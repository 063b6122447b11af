//! Modules that take an ADC's counts, on the command line and from a build script.
//!
//! What needs QEMU is skipped with a printed line where it is missing, unless `CI` is set.

use super::{fail, is_ready, nice_flow, shuttle, succeed, text};
use nice_flow_codegen::flow::ir::{Activation, Layer, Parameters, Stage};
use nice_flow_codegen::flow::shape::Shape;
use nice_flow_codegen::model::file;
use nice_flow_codegen::{Builder, Model, Numeric};
use nice_flow_lab::Target;
use nice_flow_lab::judge::build::generate_calibrated;
use std::path::Path;

/// Rows of the shuttle's test set, features alone.
fn rows(count: usize) -> Vec<Vec<i64>> {
    let text = std::fs::read_to_string(shuttle("test.csv")).expect("rows");
    let lines = text.lines().skip(1).take(count);
    let row = |line: &str| {
        line.split(',')
            .take(9)
            .map(|x| x.parse().expect("an integer"))
            .collect()
    };
    lines.map(row).collect()
}

fn csv(rows: &[Vec<i64>]) -> String {
    let line = |row: &Vec<i64>| row.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
    rows.iter().map(|row| line(row) + "\n").collect()
}

fn column(path: &Path, index: usize) -> Vec<String> {
    let text = std::fs::read_to_string(path).expect("scores");
    let cell = |line: &str| line.split(',').nth(index).expect("a cell").to_string();
    text.lines().skip(1).map(cell).collect()
}

/// Counts beyond what `f32` holds, and at the ends of 32 bits, among them.
#[test]
fn counts_score_on_the_board_as_on_the_host() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let mut counts = rows(20);
    for (row, count) in [
        (16_777_217, 0),
        (i64::from(i32::MAX), 1),
        (i64::from(i32::MIN), 2),
    ] {
        counts[count as usize][4] = row;
    }
    std::fs::write(path("counts.csv"), csv(&counts)).expect("written");
    let (model, data) = (shuttle("shuttle.safetensors"), path("counts.csv"));
    let common = [&model, &data, "--numeric", "i8", "--counts"];
    let (host, board) = (path("host.csv"), path("board.csv"));
    succeed(&[&["score"], &common[..], &["-o", &host]].concat());
    assert_eq!(column(host.as_ref(), 3)[..3], ["1", "1", "1"]);
    if is_ready(&[Target::CortexM0Plus]) {
        let arguments = ["--target", "cortex-m0plus", "-o", &board];
        let said = succeed(&[&["simulate"], &common[..], &arguments].concat());
        assert!(said.contains("20 of 20 scores equal the host's"), "{said}");
        let read = |path: &str| std::fs::read(path).expect("scores");
        assert!(read(&host) == read(&board));
    }
}

#[test]
fn counts_of_another_unit_and_zero_score_as_the_raw_units() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let raw = rows(200);
    let counts: Vec<Vec<i64>> = (raw.iter())
        .map(|row| row.iter().map(|x| 2048 - 4 * x).collect())
        .collect();
    std::fs::write(path("raw.csv"), csv(&raw)).expect("written");
    std::fs::write(path("counts.csv"), csv(&counts)).expect("written");
    let model = shuttle("shuttle.safetensors");
    let scores = |data: &str, more: &[&str]| -> Vec<f64> {
        let (data, out) = (path(data), path("out.csv"));
        let arguments = ["score", &model, &data, "--numeric", "i16", "-o", &out];
        succeed(&[&arguments[..], more].concat());
        let cells = column(out.as_ref(), 2);
        cells.iter().map(|x| x.parse().expect("a score")).collect()
    };
    let ours = scores("counts.csv", &["--counts=unit=-0.25;zero=2048"]);
    let theirs = scores("raw.csv", &[]);
    // One step of 2⁻¹⁶ deviations in the state may move an activation by one of its steps.
    let apart = ours.iter().zip(&theirs).map(|(a, b)| (a - b).abs());
    assert!(apart.fold(0.0, f64::max) < 0.1, "{ours:?} {theirs:?}");
}

#[test]
fn a_cell_that_is_no_count_is_refused_by_row_and_column() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("rows.csv").display().to_string();
    let model = shuttle("shuttle.safetensors");
    for cell in ["1.5", "nan", "", "2147483648", "-2147483649"] {
        std::fs::write(
            &data,
            format!("1,2,3,4,5,6,7,8,9\n1,2,3,{cell},5,6,7,8,9\n"),
        )
        .expect("written");
        let place = "line 2, column 3: expected a count, a whole number of 32 bits";
        for verb in [&["score"][..], &["simulate", "--target", "cortex-m3"]] {
            let common = [&model, &data, "--numeric", "i8", "--counts"];
            fail(2, &[verb, &common].concat(), &["rows.csv", place]);
        }
    }
    fail(
        2,
        &["score", &model, &data, "--counts"],
        &["expected --numeric i16 or i8, found f64"],
    );
}

/// All that `generate` does, a build script does.
#[test]
fn a_build_script_takes_counts_and_rows_as_generate_does() {
    let folder = tempfile::tempdir().expect("a folder");
    let module = folder.path().join("module.rs").display().to_string();
    let rows = folder.path().join("rows.csv").display().to_string();
    let text = std::fs::read_to_string(shuttle("train.csv")).expect("rows");
    let some: Vec<&str> = text.lines().take(1500).collect();
    std::fs::write(&rows, some.join("\n")).expect("written");
    let (model, scale) = (shuttle("shuttle.safetensors"), "unit=0.5;zero=2048");
    let counts = format!("--counts={scale}");
    let common = ["generate", &model, "--numeric", "i8", "-o", &module];
    succeed(&[&common[..], &["--calibration", &rows, &counts]].concat());
    let builder = Builder::new(&model).counts(scale.parse().expect("a scale"));
    let build =
        |rows: &str| generate_calibrated(&builder, Numeric::I8, rows.as_ref(), folder.path());
    let built = build(&rows).expect("a module");
    let read = |path: &Path| std::fs::read_to_string(path).expect("a module");
    let text = read(&built);
    assert!(text == read(module.as_ref()));
    assert!(text.contains("pub const THRESHOLD: Fixed") && text.contains("Encoded<Counts<9>"));
    let narrow = folder.path().join("narrow.csv");
    std::fs::write(&narrow, "1,2\n").expect("written");
    let error = build(narrow.to_str().expect("a path"))
        .expect_err("two columns")
        .to_string();
    assert!(
        error.contains("narrow.csv") && error.contains("expected 9 feature columns"),
        "{error}"
    );
}

fn bench(arguments: &[&str]) -> serde_json::Value {
    let common = ["bench", "--json", "--target", "cortex-m0plus"];
    let json = succeed(&[&common, arguments].concat());
    serde_json::from_str(&json).expect("JSON")
}

#[test]
fn the_parts_of_a_bench_add_up_and_counts_take_fewer_instructions() {
    if !is_ready(&[Target::CortexM0Plus]) {
        return;
    }
    let shape = ["--shape", "4x2x8x1", "--numeric", "i8", "--layers"];
    let floats = bench(&[&shape[..], &["--budget", "flash=1M"]].concat());
    let (left, flash) = ("/results/0/budget_left", "/results/0/flash_bytes");
    let flash = floats.pointer(flash).and_then(|bytes| bytes.as_i64());
    let left = |name: &str| floats.pointer(&format!("{left}/{name}")).cloned();
    assert_eq!(
        left("flash").and_then(|bytes| bytes.as_i64()),
        flash.map(|bytes| (1 << 20) - bytes)
    );
    assert_eq!(left("ram"), Some(serde_json::Value::Null));
    let counts = bench(&[&shape[..], &["--counts=unit=0.001"]].concat());
    let instructions = |json: &serde_json::Value| {
        let result = &json["results"][0];
        let layers = result["layers"].as_array().expect("layers");
        let names: Vec<&str> = layers
            .iter()
            .filter_map(|layer| layer["name"].as_str())
            .collect();
        assert_eq!(names[1..], ["Coupling", "Coupling", "DiagonalNormal"]);
        let parts = layers
            .iter()
            .filter_map(|layer| layer["instructions"].as_i64());
        let between = result["instructions_between_layers"]
            .as_i64()
            .expect("a number");
        let whole = result["instructions_min"].as_i64().expect("a number");
        assert!(parts.sum::<i64>() + between >= whole);
        // Some twenty to call a part and to return.
        assert!(between.abs() < 25 * layers.len() as i64, "{result}");
        (
            names[0].to_string(),
            layers[0]["instructions"].as_i64().expect("a number"),
        )
    };
    let ((floats, slow), (counts, fast)) = (instructions(&floats), instructions(&counts));
    assert_eq!((&*floats, &*counts), ("Standardise", "Counts"));
    // A number of floating point, in software, takes some sixty more than a count.
    assert!(fast + 4 * 40 < slow, "{fast} {slow}");
}

#[test]
fn layers_with_scales_are_measured_one_by_one_too() {
    if !is_ready(&[Target::CortexM0Plus]) {
        return;
    }
    let checkpoint = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tests/fixtures/checkpoints/senya_d2_realnvp/flow.pth"
    );
    let json = bench(&[checkpoint, "--numeric", "i8", "--layers"]);
    let layers = json["results"][0]["layers"].as_array().expect("layers");
    let names: Vec<&str> = layers
        .iter()
        .filter_map(|layer| layer["name"].as_str())
        .collect();
    assert_eq!(names[..2], ["Standardise", "AffineCoupling"], "{names:?}");
    let is_counted = |layer: &serde_json::Value| layer["instructions"].as_i64() > Some(100);
    assert!(layers.iter().all(is_counted), "{json}");
}

#[test]
fn bench_measures_what_it_can_and_names_the_layer_of_what_it_cannot() {
    if !is_ready(&[Target::CortexM0Plus]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("smooth.safetensors");
    let flow = "4x2x8x1".parse::<Shape>().expect("a shape").flow();
    let features = (0..4).map(|i| format!("x{i}")).collect();
    let mut model = Model::new("smooth", features, flow);
    if let Layer::Coupling(coupling) = &mut model.members[0].flow.layers[1] {
        let Parameters::Joint(network) = &mut coupling.conditioner else {
            panic!("one network");
        };
        network.0[1] = Stage::Activation(Activation::Softsign);
    }
    std::fs::write(&path, file::write(&model).expect("a model")).expect("written");
    let path = path.display().to_string();
    let json = bench(&[&path, "--numeric", "all"]);
    let measured = json["results"].as_array().expect("rows");
    assert_eq!(measured.len(), 1, "{json}");
    assert_eq!(measured[0]["numeric"], "f32");
    let missing = json["not_measured"].as_array().expect("types");
    assert_eq!(missing.len(), 2, "{json}");
    let reason = missing[1]["reason"].as_str().expect("a reason");
    assert!(
        reason.contains("layers.1") && reason.contains("Softsign"),
        "{reason}"
    );
    fail(
        2,
        &["bench", &path, "--numeric", "i8"],
        &["smooth.safetensors: layers.1: ", "Softsign"],
    );
}

#[test]
fn where_floats_are_cheaper_bench_and_generate_say_so() {
    if !is_ready(&[Target::CortexM4F]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    for (shape, cheaper) in [("4x4x4x1", true), ("6x4x32x1", false)] {
        let shape: Shape = shape.parse().expect("a shape");
        let features = (0..shape.dim).map(|i| format!("x{i}")).collect();
        let model = Model::new("pump", features, shape.flow());
        let path = folder.path().join("pump.safetensors");
        std::fs::write(&path, file::write(&model).expect("a model")).expect("written");
        let path = path.display().to_string();
        let notes = |arguments: &[&str], note: &str| {
            let output = nice_flow(arguments);
            assert!(output.status.success(), "{}", text(&output.stderr));
            text(&output.stderr).contains(note)
        };
        assert_eq!(
            notes(
                &["bench", &path, "--numeric", "all"],
                "note: cortex-m4f, opt-level 3: f32 takes ",
            ),
            cheaper
        );
        let module = folder.path().join("pump.rs").display().to_string();
        let generate = |numeric| ["generate", &path, "--numeric", numeric, "-o", &module];
        let note = "note: its networks are so small (8 multiply-accumulates a layer)";
        assert_eq!(notes(&generate("i8"), note), cheaper);
        assert!(!notes(&generate("f32"), note));
    }
}

#[test]
fn a_mixture_without_couplings_runs_on_a_board() {
    if !is_ready(&[Target::CortexM4F]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (model, rows) = (path("mixture.safetensors"), shuttle("test.csv"));
    let how = ["--label", "y", "--recipe", "mixture", "--steps", "20"];
    succeed(&[&["train", &rows, "-o", &model][..], &how].concat());
    for numeric in ["f32", "i8"] {
        let board = ["--target", "cortex-m4f", "--numeric", numeric];
        let report = succeed(&[&["simulate", &model, &rows, "--label", "y"][..], &board].concat());
        assert!(
            report.contains("scores equal the host's in every bit"),
            "{report}"
        );
    }
}
