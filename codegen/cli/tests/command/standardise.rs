//! Statistics that standardise raw inputs, from every kind of file and from text, and the density in raw units.

use super::npz;
use super::outcome;
use nice_flow_codegen::Model;
use nice_flow_codegen::flow::ir::Diagonal;
use nice_flow_codegen::model::file;
use nice_flow_import::checkpoint::{Checkpoint, Tensor};
use nice_flow_import::import::import;
use nice_flow_import::standardise;
use safetensors::{Dtype, tensor::TensorView};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/zuko_d4");

const MEAN: [f64; 4] = [
    0.00508869206532836,
    -0.00902523286640644,
    0.014285238459706306,
    0.5078166127204895,
];
const SCALE: [f64; 4] = [
    0.7177774310112,
    0.7177380323410034,
    0.39815855026245117,
    0.2658703923225403,
];

fn list(numbers: &[f64]) -> String {
    let texts: Vec<_> = numbers.iter().map(f64::to_string).collect();
    texts.join(",")
}

fn as_text() -> String {
    format!("mean={};scale={}", list(&MEAN), list(&SCALE))
}

fn as_npz(folder: &Path) -> PathBuf {
    let path = folder.join("stats.npz");
    npz::write(&path, &[("mean", &[4], &MEAN), ("std", &[1, 4], &SCALE)]);
    path
}

fn as_safetensors(folder: &Path, mean: &[f64], scale: &[f64]) -> PathBuf {
    let path = folder.join("stats.safetensors");
    let bytes = |numbers: &[f64]| numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
    let (a, b): (Vec<u8>, Vec<u8>) = (bytes(mean), bytes(scale));
    let view = |n: &[f64], bytes| TensorView::new(Dtype::F64, vec![n.len()], bytes).unwrap();
    let tensors = [("mean", view(mean, &a)), ("scale", view(scale, &b))];
    safetensors::serialize_to_file(tensors, None, &path).unwrap();
    path
}

fn as_csv(folder: &Path, header: &str, scale: &[f64]) -> PathBuf {
    let path = folder.join("stats.csv");
    let rows = MEAN.iter().zip(scale).enumerate();
    let rows = rows.map(|(i, (mean, scale))| format!("Größe {i}, {mean},{scale}\n"));
    std::fs::write(&path, format!("{header}\n{}", rows.collect::<String>())).unwrap();
    path
}

/// The same statistics in every form.
fn sources(folder: &Path) -> Vec<String> {
    let files = [
        as_npz(folder),
        Path::new(FIXTURE).join("stats.pt"),
        as_safetensors(folder, &MEAN, &SCALE),
        as_csv(folder, "name,mean,scale", &SCALE),
    ];
    let files = files.iter().map(|path| path.display().to_string());
    files.chain([as_text()]).collect()
}

fn model() -> Model {
    let checkpoint = Checkpoint::open(&Path::new(FIXTURE).join("nice.pt")).unwrap();
    import(&checkpoint, None, &[]).unwrap().model
}

#[test]
fn every_source_gives_the_same_statistics() {
    let folder = TempDir::new().unwrap();
    let expected = Diagonal::standardise(MEAN.to_vec(), &SCALE);
    for source in sources(folder.path()) {
        assert_eq!(standardise::read(&source, 4).unwrap(), expected, "{source}");
    }
    let std = as_csv(folder.path(), "name,mean,std", &SCALE);
    assert_eq!(standardise::open(&std, 4).unwrap(), expected);
}

#[test]
fn the_density_in_raw_units_has_the_log_determinant_of_the_scales() {
    let folder = TempDir::new().unwrap();
    let reference = Checkpoint::open(&Path::new(FIXTURE).join("reference.npz")).unwrap();
    let array = |name: &str| -> &Tensor { &reference.tensors[name] };
    let log_scales: f64 = SCALE.iter().map(|scale| scale.ln()).sum();
    assert!(log_scales.abs() > 1.0);
    for source in sources(folder.path()) {
        let mut model = model();
        model.members[0].preprocessing = Some(standardise::read(&source, 4).unwrap());
        let raw = model.members[0].raw_flow();
        let rows = array("x_raw")
            .data
            .chunks(4)
            .zip(&array("log_prob_raw").data);
        for (x, theirs) in rows {
            let ours = raw.log_density(x);
            let standardised: Vec<f64> = (0..4).map(|i| (x[i] - MEAN[i]) / SCALE[i]).collect();
            let by_hand = model.members[0].flow.log_density(&standardised) - log_scales;
            assert!(
                (ours - theirs).abs() <= 1e-9 * (1.0 + theirs.abs()),
                "{source}"
            );
            assert!(
                (ours - by_hand).abs() <= 1e-9 * (1.0 + ours.abs()),
                "{source}"
            );
        }
    }
}

fn imported(folder: &Path, statistics: &str) -> (bool, String) {
    let [file, probe] = ["nice.pt", "reference.npz"].map(|file| format!("{FIXTURE}/{file}"));
    let model = folder.join("model").display().to_string();
    let options = ["--probe", &probe, "--standardise", statistics, "-o", &model];
    match outcome(&[&["import", &file], &options[..]].concat()) {
        Ok(said) => (true, said),
        Err(said) => (false, said),
    }
}

#[test]
fn the_command_takes_every_source_and_proves_it_with_the_probe() {
    let folder = TempDir::new().unwrap();
    for source in sources(folder.path()) {
        let (success, said) = imported(folder.path(), &source);
        assert!(
            success && said.contains("128 log-densities agree"),
            "{said}"
        );
        let model = file::read(&folder.path().join("model")).unwrap();
        let expected = Diagonal::standardise(MEAN.to_vec(), &SCALE);
        assert_eq!(model.members[0].preprocessing, Some(expected));
    }
    // Another scale is another density.
    let wrong = as_text().replace("0.7177774310112", "0.71");
    let (success, said) = imported(folder.path(), &wrong);
    assert!(!success && said.contains("in raw units"), "{said}");
}

#[test]
fn a_probe_of_standardised_rows_alone_does_not_test_the_standardisation() {
    let folder = TempDir::new().unwrap();
    let reference = Checkpoint::open(&Path::new(FIXTURE).join("reference.npz")).unwrap();
    let array = |name: &str| reference.tensors[name].data.as_slice();
    let (x, rows) = (array("x_model"), array("x_model").len() as u64 / 4);
    let path = folder.path().join("probe.npz");
    let model: [(&str, &[u64], &[f64]); 2] = [
        ("x_model", &[rows, 4], x),
        ("log_prob_model", &[rows], array("log_prob_model")),
    ];
    let raw: [(&str, &[u64], &[f64]); 2] = [
        ("x_raw", &[rows, 4], array("x_raw")),
        ("log_prob_raw", &[rows], array("log_prob_raw")),
    ];
    let (file, probe) = (format!("{FIXTURE}/nice.pt"), path.display().to_string());
    let said = |arrays: &[(&str, &[u64], &[f64])], more: &[&str]| {
        npz::write(&path, arrays);
        notes(&[&["import", &file, "--probe", &probe], more].concat())
    };
    let statistics = as_text();
    let given = ["--standardise", &statistics];
    let untested = "does not test --standardise";
    assert!(said(&model, &given).contains(untested));
    assert!(!said(&model, &[]).contains(untested));
    assert!(!said(&[model, raw].concat(), &given).contains(untested));
}

/// The flow of the fixture with two tensors beside it.
fn beside(folder: &Path, names: [&str; 2], numbers: [&[f64]; 2]) -> String {
    let flow = std::fs::read(format!("{FIXTURE}/nice.safetensors")).unwrap();
    let flow = safetensors::SafeTensors::deserialize(&flow).unwrap();
    let bytes = numbers
        .map(|numbers| -> Vec<u8> { numbers.iter().flat_map(|n| n.to_le_bytes()).collect() });
    let view = |bytes| TensorView::new(Dtype::F64, vec![4], bytes).unwrap();
    let statistics = names
        .into_iter()
        .zip(&bytes)
        .map(|(name, bytes)| (name.to_owned(), view(bytes)));
    let tensors: Vec<_> = flow.tensors().into_iter().chain(statistics).collect();
    let path = folder.join("beside.safetensors");
    safetensors::serialize_to_file(tensors, None, &path).unwrap();
    path.display().to_string()
}

/// What is said on standard error.
fn notes(arguments: &[&str]) -> String {
    super::text(&super::nice_flow(arguments).stderr)
}

#[test]
fn statistics_beside_a_flow_are_told_of_and_can_be_asked_for() {
    let folder = TempDir::new().unwrap();
    let (folder, probe) = (folder.path(), format!("{FIXTURE}/reference.npz"));
    let model = folder.join("model").display().to_string();
    let least: Vec<f64> = MEAN.to_vec();
    let largest: Vec<f64> = MEAN
        .iter()
        .zip(&SCALE)
        .map(|(mean, scale)| mean + scale)
        .collect();
    for (names, numbers) in [
        (["x_mean", "x_std"], [&MEAN[..], &SCALE]),
        (["scaler.mean_", "scaler.scale_"], [&MEAN, &SCALE]),
        (["data_min_", "data_max_"], [&least, &largest]),
    ] {
        let file = beside(folder, names, numbers);
        let notes = self::notes(&["import", &file, "--no-probe", "-o", &model]);
        let told = format!("also holds {} and {}", names[0], names[1]);
        assert!(
            notes.starts_with("warning: ") || notes.contains("\nwarning: "),
            "{notes}"
        );
        assert!(
            notes.contains(&told) && notes.contains("--standardise"),
            "{notes}"
        );
        let proven = [
            "import",
            &file,
            "--standardise",
            &file,
            "--probe",
            &probe,
            "-o",
            &model,
        ];
        let said = outcome(&proven).unwrap();
        assert!(
            said.contains("128 log-densities agree") && said.contains("raw units"),
            "{said}"
        );
        let notes = self::notes(&proven);
        assert!(
            !notes.contains("also holds") && notes.contains("note: standardise: (x - "),
            "{notes}"
        );
    }
    // Other tensors that the layout does not know are an error as before.
    let file = beside(folder, ["x_mean", "more"], [&MEAN, &SCALE]);
    let said = outcome(&["import", &file, "--no-probe", "-o", &model]).unwrap_err();
    assert!(said.contains("not used: more [4], x_mean [4]"), "{said}");
}

#[test]
fn what_is_wrong_with_a_source_is_named() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let says = |source: &str| standardise::read(source, 4).unwrap_err().to_string();
    let path = |path: PathBuf| path.display().to_string();

    let short = as_safetensors(folder, &MEAN[..3], &SCALE);
    assert!(says(&path(short)).ends_with("mean: expected shape [4] or [1, 4], found [3]"));
    let zero = as_safetensors(folder, &MEAN, &[1.0, 1.0, 0.0, 1.0]);
    assert!(says(&path(zero)).ends_with("scale: expected finite numbers above 0, found 0 at [2]"));
    let weights = says(&format!("{FIXTURE}/nice.pt"));
    assert!(
        weights.contains("nice.pt: expected an array `mean`, found none among "),
        "{weights}"
    );

    let zero = as_csv(folder, "name,mean,std", &[1.0, 0.0, 1.0, 1.0]);
    assert!(says(&path(zero)).ends_with("std: expected finite numbers above 0, found 0 at [1]"));
    let short = as_csv(folder, "name,mean,std", &SCALE[..3]);
    assert!(says(&path(short)).ends_with("stats.csv: mean: expected 4 numbers, found 3"));
    let nothing = as_csv(folder, "name,average,std", &SCALE);
    assert!(says(&path(nothing)).ends_with("expected a column `mean`, found none"));
    let both = file("both.csv", "mean,scale,std\n0,1,1\n");
    assert!(says(&both).ends_with("expected a column `scale` or `std`, found both"));
    let neither = file("neither.csv", "mean\n0\n");
    assert!(says(&neither).ends_with("expected a column `scale` or `std`, found neither"));
    let word = file("word.csv", "mean,scale\n0,1\n0,one\n");
    assert!(says(&word).ends_with("row 2, column scale: expected a number, found `one`"));
    let ragged = file("ragged.csv", "mean,scale\n0,1,2\n");
    assert!(says(&ragged).contains("fields"));
    assert!(says(&file("empty", "")).ends_with("found an empty file"));
    assert!(says(&path(folder.join("none.npz"))).contains("none.npz: "));

    assert_eq!(says("std=1,1,1,1"), "std=1,1,1,1: expected mean=…;scale=…");
    assert_eq!(
        says("mean=0,0,0,0;std=1,1,0,1"),
        "std: expected finite numbers above 0, found 0 at [2]"
    );
}

#[test]
fn statistics_that_boards_cannot_resolve_are_told() {
    let folder = TempDir::new().unwrap();
    let model = folder.path().join("m.st");
    let model = model.to_str().unwrap();
    let nice = format!("{FIXTURE}/nice.pt");
    for (scale, expected) in [
        ("1,1,1,1", "boards see it coarsely"),
        (
            "1,1,2e-3,1",
            "column x2 is around 1000000 and spreads by 2e-3, less than",
        ),
        ("1,1,1e-15,1", "as a constant does that was rounded"),
    ] {
        let statistics = format!("mean=0,0,1000000,0;scale={scale}");
        let output = super::nice_flow(&[
            "import",
            &nice,
            "--no-probe",
            "--standardise",
            &statistics,
            "-o",
            model,
        ]);
        let told = super::text(&output.stderr);
        assert!(output.status.success(), "{told}");
        assert!(told.contains(expected), "{told}");
    }
}
