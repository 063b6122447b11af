//! Fitting a module to one machine: `calibrate --commission` and `generate --commission`.

use super::pump::{HEADER, calibrated, row, values, write};
use super::{Folder, fail, succeed};
use nice_flow_codegen::{Builder, Numeric};
use nice_flow_lab::host::score::module_scores;
use std::path::Path;

/// Another pump, whose sensors show two degrees more, and less flow.
fn elsewhere(i: usize) -> [f64; 3] {
    let [temperature, flow, current] = values(5000 + i);
    [temperature + 2.0, flow - 1.5, current]
}

#[test]
fn a_machine_whose_sensors_lie_elsewhere_is_fitted() {
    let folder = Folder::new();
    let model = calibrated(&folder, "0.02");
    let rows = write(
        &folder,
        "site.csv",
        HEADER,
        (0..300).map(|i| row(elsewhere(i))),
    );
    for (numeric, score) in [("f32", "f32"), ("i8", "nice_flow::fixed::Fixed")] {
        let site = folder.path("site.rs");
        let options = [
            "--numeric",
            numeric,
            "--false-alarm-rate",
            "0.02",
            "-o",
            &site,
        ];
        let said = succeed(
            &[
                &["--json", "calibrate", &model, "--commission", &rows],
                &options[..],
            ]
            .concat(),
        );
        let said: serde_json::Value = serde_json::from_str(&said).unwrap();
        let center = |input: usize| said["moves"][input][0].as_f64().unwrap();
        let mean = |input: usize| said["moves"][input][2].as_f64().unwrap();
        assert!((center(0) - mean(0) - 2.0).abs() < 0.2, "{said}");
        assert!((center(1) - mean(1) + 1.5).abs() < 0.2, "{said}");
        assert!((center(2) - mean(2)).abs() < 0.1, "{said}");
        let text = std::fs::read_to_string(&site).unwrap();
        let item = format!("pub static SITE: nice_flow::Site<f32, {score}, 3> = ");
        assert!(text.contains(&item), "{text}");
        syn::parse_file(&text).unwrap();
    }
}

#[test]
fn too_few_rows_say_how_many_are_needed() {
    let folder = Folder::new();
    let (model, site) = (calibrated(&folder, "0.02"), folder.path("site.rs"));
    let rows = write(
        &folder,
        "site.csv",
        HEADER,
        (0..90).map(|i| row(elsewhere(i))),
    );
    let options = [
        "--commission",
        &rows,
        "--false-alarm-rate",
        "0.02",
        "-o",
        &site,
    ];
    let calibrate = [&["calibrate", &model], &options[..]].concat();
    fail(2, &calibrate, &["site.csv", "at least 97", "found 90"]);
    fail(
        2,
        &[&calibrate[..], &["--debounce", "3/5"]].concat(),
        &["--debounce"],
    );
}

#[test]
fn a_module_has_its_spread_where_asked() {
    let folder = Folder::new();
    let (model, module) = (calibrated(&folder, "0.02"), folder.path("pump.rs"));
    let options = ["--commission", "--numeric", "i8", "-o", &module];
    succeed(&[&["generate", &model], &options[..]].concat());
    let text = std::fs::read_to_string(&module).unwrap();
    assert!(
        text.contains("pub static SPREAD: nice_flow::Spread<D> = nice_flow::Spread::new(["),
        "{text}"
    );
    assert!(text.contains("--numeric i8 --commission -o"), "{text}");
}

#[test]
fn a_build_script_gives_the_spread_as_generate_does() {
    let folder = Folder::new();
    let model = calibrated(&folder, "0.02");
    let module = folder.path("module.rs");
    let generate = ["generate", &model, "--explain", "3", "--commission"];
    succeed(&[&generate[..], &["-o", &module]].concat());
    let builder = nice_flow_codegen::Builder::new(&model)
        .explain(3)
        .commission();
    let built = builder.generate_to(folder.path("")).expect("a module");
    let read = |path: &std::path::Path| std::fs::read_to_string(path).expect("a module");
    let text = read(&built);
    assert!(text.contains("pub static SPREAD") && text == read(module.as_ref()));
}

#[test]
fn a_build_script_gives_golden_row_drift_and_blob_as_generate_does() {
    let folder = Folder::new();
    let model = calibrated(&folder, "0.02");
    let (module, blob) = (folder.path("module.rs"), folder.path("module.bin"));
    for numeric in [Numeric::F32, Numeric::I8] {
        let options = [
            ["--numeric", numeric.name()],
            ["--explain", "3"],
            ["--drift", "1000"],
            ["--commission", "--golden"],
            ["--blob", &blob],
            ["--model-version", "4"],
            ["-o", &module],
        ];
        succeed(&[&["generate", &model], options.as_flattened()].concat());
        let builder = Builder::new(&model).numeric(numeric).explain(3);
        let builder = builder.drift(1000).commission().golden().blob(4);
        let error = builder
            .generate_to(folder.path(""))
            .unwrap_err()
            .to_string();
        assert!(error.contains("Builder::scored_by"), "{error}");
        let builder = builder.scored_by(module_scores);
        let built = builder.generate_to(folder.path("")).expect("a module");
        let read = |path: &Path| std::fs::read(path).expect("a file");
        assert!(read(&built) == read(module.as_ref()), "{numeric}: module");
        let own = built.with_extension("bin");
        assert!(read(&own) == read(blob.as_ref()), "{numeric}: blob");
        let text = String::from_utf8(read(&built)).expect("text");
        for item in [
            "GOLDEN",
            "DRIFT",
            "P_VALUES",
            "SPREAD",
            "spread: core::array::from_ref(&SPREAD)",
        ] {
            assert!(text.contains(item), "{item}");
        }
    }
}
