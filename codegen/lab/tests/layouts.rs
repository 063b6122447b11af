//! Checkpoints of many libraries: densities, latents and inverses against the library's `f64`, the generated
//! module's `f32` on the host. A row a case.

use nice_flow_codegen::flow::fold;
use nice_flow_codegen::flow::ir::Diagonal;
use nice_flow_codegen::model::file;
use nice_flow_codegen::{Model, Result};
use nice_flow_import::checkpoint::{Checkpoint, Element, Tensor};
use nice_flow_import::import::import;
use nice_flow_import::imported::Imported;
use nice_flow_lab::host::arithmetic::Arithmetic;
use nice_flow_lab::host::score::score;
use std::path::{Path, PathBuf};

#[path = "../../tests/fixtures/rewritten.rs"]
mod rewritten;

use rewritten::rewritten;

const CHECKPOINTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/checkpoints");

/// A folder, its files, its layout, what the files do not say.
struct Case {
    folder: &'static str,
    files: &'static [&'static str],
    layout: &'static str,
    set: &'static [(&'static str, &'static str)],
    /// Of `f32` log-densities: 2e-5 for additive flows, 1e-4 for affine.
    single: f64,
}

const CASES: [Case; 11] = [
    Case {
        folder: "normflows_d4_additive",
        files: &["model.pth", "model.safetensors", "model_strided.pth"],
        layout: "normflows",
        set: &[("gaps", "swap")],
        single: 2e-5,
    },
    Case {
        folder: "normflows_d13_glowish",
        files: &["wine_flow.pth"],
        layout: "normflows",
        set: &[("scale", "sigmoid"), ("activation", "leaky_relu:0.1")],
        single: 1e-4,
    },
    Case {
        folder: "normflows_d6_masked_f64",
        files: &["realnvp.pth"],
        layout: "normflows",
        set: &[],
        single: 1e-4,
    },
    Case {
        folder: "nflows_d13_additive_lu",
        files: &["nflows_wine.pt"],
        layout: "nflows",
        set: &[],
        single: 2e-5,
    },
    Case {
        folder: "nflows_d8_realnvp",
        files: &["simple_realnvp.pt"],
        layout: "nflows",
        set: &[],
        single: 1e-4,
    },
    Case {
        folder: "freia_d8_nice",
        files: &["inn.pt"],
        layout: "freia",
        set: &[("activation", "relu"), ("prior", "normal")],
        single: 2e-5,
    },
    Case {
        folder: "freia_d13_glow_allinone",
        files: &["inn_wine.pt"],
        layout: "freia",
        set: &[
            ("activation", "relu"),
            ("prior", "normal"),
            ("clamp", "1.5,2,2,2,2,2"),
            ("variant", "pypi"),
        ],
        single: 1e-4,
    },
    Case {
        folder: "keras_d8_bojone",
        files: &["weights_in_get_weights_order.npz"],
        layout: "bojone",
        set: &[],
        single: 2e-5,
    },
    Case {
        folder: "flowjax_d4_additive",
        files: &["flow.npz", "flow.eqx"],
        layout: "flowjax",
        set: &[("prior", "normal")],
        single: 2e-5,
    },
    Case {
        folder: "flowjax_d8_affine",
        files: &["flow.npz", "flow.eqx"],
        layout: "flowjax",
        set: &[("prior", "normal")],
        single: 1e-4,
    },
    Case {
        folder: "distrax_d6_affine",
        files: &["params.npz"],
        layout: "distrax",
        set: &[
            ("prior", "normal"),
            ("first", "odd"),
            ("chain", "inverse"),
            ("params", "interleaved_shift_scale"),
            ("scale", "exp_tanh"),
        ],
        single: 1e-4,
    },
];

fn pair((key, value): &(&str, &str)) -> (String, String) {
    (key.to_string(), value.to_string())
}

impl Case {
    fn path(&self, file: &str) -> PathBuf {
        Path::new(CHECKPOINTS).join(self.folder).join(file)
    }

    fn import(&self, file: &Path, set: &[(&str, &str)]) -> Result<Imported> {
        let set: Vec<_> = set.iter().map(pair).collect();
        import(&Checkpoint::open(file)?, None, &set)
    }
}

/// `|a − b|` against `1 + |b|`; two numbers that are not finite agree.
fn relative(a: f64, b: f64) -> f64 {
    match (a.is_finite(), b.is_finite()) {
        (true, true) => (a - b).abs() / (1.0 + b.abs()),
        (false, false) => 0.0,
        _ => f64::INFINITY,
    }
}

fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, f64::max)
}

/// Each row through `f`, as one list.
fn mapped(rows: &Tensor, f: impl Fn(&mut [f64]) -> f64) -> Vec<f64> {
    let mut data = rows.data.clone();
    data.chunks_mut(rows.shape[1]).for_each(|row| {
        f(row);
    });
    data
}

#[test]
fn every_file_gives_the_numbers_of_its_library() {
    for case in &CASES {
        for file in case.files {
            let path = case.path(file);
            let Imported { model, notes, .. } = case.import(&path, case.set).unwrap();
            assert_eq!(model.origin.layout, case.layout);
            let reference = Checkpoint::open(&path.with_file_name("reference.npz")).unwrap();
            let array = |name: &str| &reference.tensors[name];
            let rows = array("x_model").data.chunks(model.members[0].flow.dim);
            assert!(rows.len() > 0);

            let pairs = || rows.clone().zip(&array("log_prob_model").data);
            let density = |flow: &nice_flow_codegen::flow::ir::Flow| {
                largest(pairs().map(|(x, theirs)| relative(flow.log_density(x), *theirs)))
            };
            let imported = density(&model.members[0].flow);
            let folded = density(&fold::fold(&model.members[0].flow).unwrap());
            let z = mapped(array("x_model"), |x| model.members[0].flow.forward(x));
            let z = largest(
                z.iter()
                    .zip(&array("z").data)
                    .map(|(a, b)| relative(*a, *b)),
            );
            let x = mapped(array("z_gen"), |z| model.members[0].flow.inverse(z));
            let pairs = x.iter().zip(&array("x_gen_model").data);
            let x = largest(pairs.map(|(a, b)| (a - b).abs()));
            let single = score(&model, &array("x_model").data, Arithmetic::F32, &|_| ()).unwrap();
            let pairs = single
                .to_f64()
                .into_iter()
                .zip(&array("log_prob_model").data);
            let single = largest(pairs.map(|(score, theirs)| relative(-score, *theirs)));
            println!(
                "{}/{file}: ln p {imported:.1e}, folded {folded:.1e}, z {z:.1e}, x {x:.1e}, f32 {single:.1e}",
                case.folder
            );
            notes.iter().for_each(|note| println!("    {note}"));
            assert!(imported <= 1e-9 && z <= 1e-8 && x <= 1e-8);
            // The log-determinant of a rotation that was rounded to f32 is not quite 0.
            assert!(folded <= 1e-6);
            assert!(single <= case.single);
        }
    }
}

#[test]
fn a_written_manifest_reads_the_same_flow() {
    for case in &CASES {
        for file in case.files {
            let path = case.path(file);
            let model = case.import(&path, case.set).unwrap().model;
            let set: Vec<_> = case.set.iter().map(pair).collect();
            let checkpoint = Checkpoint::open(&path).unwrap();
            assert_eq!(
                rewritten(&checkpoint, &set),
                model.members[0].flow,
                "{file}"
            );
        }
    }
}

#[test]
fn model_files_and_modules_hold_every_layer() {
    for case in &CASES {
        let path = case.path(case.files[0]);
        let model = case.import(&path, case.set).unwrap().model;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("model.safetensors");
        std::fs::write(&file, file::write(&model).unwrap()).unwrap();
        assert_eq!(file::read(&file).unwrap(), model);
        let module = nice_flow_codegen::generate(&model, nice_flow_codegen::Numeric::F32).unwrap();
        let kind = module
            .lines()
            .find(|line| line.contains("type Model"))
            .unwrap();
        println!("{}: {kind}", case.folder);
    }
}

/// From raw units, by two rows of the reference that differ in every element.
fn standardised(model: &mut Model, reference: &Checkpoint) {
    let dim = model.members[0].flow.dim;
    let value = |name: &str, row: usize, i: usize| reference.tensors[name].data[row * dim + i];
    let apart = |name: &str, i: usize| value(name, 62, i) - value(name, 0, i);
    let factor: Vec<f64> = (0..dim)
        .map(|i| apart("x_model", i) / apart("x_raw", i))
        .collect();
    let center = (0..dim).map(|i| value("x_raw", 0, i) - value("x_model", 0, i) / factor[i]);
    model.members[0].preprocessing = Some(Diagonal {
        center: center.collect(),
        factor,
    });
}

#[test]
fn rows_without_a_density_are_anomalies() {
    let case = &CASES[2];
    let path = case.path(case.files[0]);
    let mut model = case.import(&path, case.set).unwrap().model;
    let reference = Checkpoint::open(&path.with_file_name("reference.npz")).unwrap();
    standardised(&mut model, &reference);
    let rows = &reference.tensors["x_raw_nonfinite"];
    for numeric in [Arithmetic::F64, Arithmetic::F32] {
        let scores = score(&model, &rows.data, numeric, &|_| ()).unwrap();
        println!("{numeric:?}: {:?}", scores.to_f64());
        assert_eq!(scores.verdicts(None), vec![true; rows.shape[0]]);
    }
}

#[test]
fn the_clamp_of_the_git_version_is_read_by_its_name() {
    let case = &CASES[6];
    let path = case.path(case.files[0]);
    let git = case.set.iter().map(|&(key, value)| match key {
        "variant" => (key, "git"),
        _ => (key, value),
    });
    let model = case.import(&path, &git.collect::<Vec<_>>()).unwrap().model;
    let reference = Checkpoint::open(&path.with_file_name("reference.npz")).unwrap();
    let theirs = &reference.tensors["log_prob_model_if_freia_git_main"].data;
    let rows = reference.tensors["x_model"]
        .data
        .chunks(model.members[0].flow.dim);
    let difference = largest(
        rows.zip(theirs)
            .map(|(x, theirs)| relative(model.members[0].flow.log_density(x), *theirs)),
    );
    assert!(difference <= 1e-9, "{difference}");
}

#[test]
fn what_files_do_not_say_is_asked_for() {
    for case in &CASES {
        let path = case.path(case.files[0]);
        for (key, _) in case.set {
            // Slopes, maps and clamps that the library fixes are printed instead.
            if ["scale", "clamp"].contains(key) || case.folder == "normflows_d13_glowish" {
                continue;
            }
            let rest = case.set.iter().filter(|(other, _)| other != key).copied();
            let rest: Vec<_> = rest.collect();
            let error = case.import(&path, &rest).unwrap_err().to_string();
            let asked = format!("expected {key}, which the file does not store");
            assert!(error.contains(&asked), "{error}");
        }
    }
}

#[test]
fn a_setting_that_says_nothing_of_the_flow_is_refused() {
    let case = &CASES[5];
    let path = case.path(case.files[0]);
    let set = [case.set, &[("variant", "git")]].concat();
    let error = case.import(&path, &set).unwrap_err().to_string();
    assert!(
        error.contains("expected settings that say something of this flow (--set activation=relu|"),
        "{error}"
    );
    assert!(
        error.ends_with("), found --set variant=git, which does not"),
        "{error}"
    );
}

#[test]
fn damaged_files_never_panic() {
    let folder = tempfile::tempdir().unwrap();
    let damaged = folder.path().join("damaged");
    for case in &CASES {
        let path = case.path(case.files[0]);
        let whole = std::fs::read(&path).unwrap();
        let refused = (0..60).filter(|&i| {
            // The pickle is at the start of the file, the zip's directory at its end.
            let at = match i % 3 {
                0 => i * 13 % whole.len(),
                1 => whole.len() - 1 - i * 17 % whole.len(),
                _ => whole.len() * i / 60,
            };
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (i % 8);
            std::fs::write(&damaged, &bytes).unwrap();
            case.import(&damaged, case.set).is_err()
        });
        println!("{}: {} of 60 flips refused", case.folder, refused.count());
        // A tensor of another size, or of none at all.
        let checkpoint = Checkpoint::open(&path);
        for name in checkpoint.iter().flat_map(|c| c.tensors.keys()) {
            let set: Vec<_> = case.set.iter().map(pair).collect();
            for shape in [vec![], vec![0], vec![1, 0], vec![1], vec![2, 2, 1]] {
                let mut changed = checkpoint.as_ref().unwrap().clone();
                let data = vec![1.0; shape.iter().product()];
                changed.tensors.insert(
                    name.clone(),
                    Tensor {
                        element: Element::F64,
                        shape,
                        data,
                    },
                );
                let _ = import(&changed, None, &set);
            }
            let mut changed = checkpoint.as_ref().unwrap().clone();
            changed.tensors.remove(name);
            let _ = import(&changed, None, &set);
        }
    }
}
