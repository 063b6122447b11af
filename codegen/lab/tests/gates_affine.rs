//! What integers cost on real checkpoints with affine couplings, on masked autoregressive flows, and on checkpoints with smooth
//! activations in place of their own, and that they miss no broken sensor.

#[path = "../../tests/fixtures/checkpoints.rs"]
#[allow(dead_code)]
mod checkpoints;
#[path = "../../tests/fixtures/sensors.rs"]
mod sensors;

use checkpoints::{MANIFESTS, file_of, manifest_of, text_of};
use nice_flow_codegen::model::file;
use nice_flow_codegen::{Model, Numeric, lowered};
use nice_flow_import::checkpoint::Checkpoint;
use nice_flow_lab::judge::calibrate::calibrate;
use nice_flow_lab::judge::verify::{Cost, cost};
use sensors::every_broken_one_is_flagged;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::LazyLock;

/// One model of each case with affine couplings, the masked autoregressive flows and smooth residual networks, and one with each smooth activation but ELU, under which
/// weights that were trained with ReLU give the widest scores, calibrated on draws of its own: normal
/// rows are not at hand.
static MODELS: LazyLock<BTreeMap<String, Model>> = LazyLock::new(|| {
    let mut models = BTreeMap::new();
    for (case, toml, file) in MANIFESTS {
        let text = text_of(&file_of(case, toml));
        let checkpoint = Checkpoint::open(&file_of(case, file)).unwrap();
        let import = |text: &str| {
            manifest_of(text)
                .unwrap()
                .import(&checkpoint)
                .unwrap()
                .model
        };
        let model = import(&text);
        if model.members[0].flow.is_affine() && !models.contains_key(case) {
            models.insert(case.to_owned(), model);
        }
        if case == "normflows_d6_masked_f64" {
            for activation in [
                "tanh",
                "sigmoid",
                "softplus",
                "silu",
                "gelu",
                "gelu_tanh",
                "mish",
            ] {
                let text = text.replace("fn = \"relu\"", &format!("fn = \"{activation}\""));
                assert!(text.contains(&format!("fn = \"{activation}\"")), "{text}");
                models.insert(format!("{case}_{activation}"), import(&text));
            }
        }
    }
    let quantised = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/quantised");
    let masked = ["relu", "tanh", "elu", "mish", "selu"].map(|end| format!("maf_d6_{end}"));
    let residual = ["tanh", "silu", "selu"].map(|end| format!("residual_d6_{end}"));
    for case in masked.into_iter().chain(residual) {
        let model = file::read(&quantised.join(format!("{case}.safetensors"))).unwrap();
        models.insert(case, model);
    }
    for alpha in ["0.7", "1.4"] {
        let model = with_alpha(&quantised.join("maf_d6_elu.safetensors"), alpha);
        models.insert(format!("maf_d6_elu_{alpha}"), model);
    }
    for (case, model) in &mut models {
        let rows = draws(model, 1000, 1);
        let integers = calibrate(model, &rows, 0.01, &|_| ()).unwrap();
        for (numeric, outcome) in integers {
            assert!(outcome.is_ok(), "{case} {numeric}: {outcome:?}");
        }
    }
    models
});

/// The model of a file with another factor in place of 1 of its ELUs.
fn with_alpha(path: &Path, alpha: &str) -> Model {
    let (one, other) = (r#"alpha\":1.0"#, format!(r#"alpha\":{alpha}"#));
    let mut bytes = std::fs::read(path).unwrap();
    let places: Vec<usize> = (0..bytes.len() - one.len())
        .filter(|at| bytes[*at..].starts_with(one.as_bytes()))
        .collect();
    assert_eq!(places.len(), 6);
    for at in places {
        bytes[at..][..one.len()].copy_from_slice(other.as_bytes());
    }
    let mut written = tempfile::NamedTempFile::new().unwrap();
    written.write_all(&bytes).unwrap();
    file::read(written.path()).unwrap()
}

/// Draws near the data: a flow whose scales vanish somewhere draws rows that no `f32` holds.
fn draws(model: &Model, count: usize, seed: u64) -> Vec<f64> {
    let dim = model.dim();
    let rows = model.sample(count, seed);
    let near = |row: &&[f64]| row.iter().all(|x| x.abs() < 1e6);
    rows.chunks_exact(dim)
        .filter(near)
        .flatten()
        .copied()
        .collect()
}

/// Draws, and rows that have every other element from another draw: hard to tell apart.
fn labelled(model: &Model) -> (Vec<f64>, Vec<bool>) {
    let (dim, normal) = (model.dim(), draws(model, 1000, 3));
    let others = draws(model, 1000, 4);
    let mixed = normal.iter().zip(&others).enumerate();
    let mixed: Vec<f64> = mixed
        .map(|(at, (a, b))| if at % dim % 2 == 0 { *a } else { *b })
        .collect();
    let count = (normal.len() / dim, mixed.len() / dim);
    let labels = (0..count.0 + count.1).map(|row| row >= count.0).collect();
    ([normal, mixed].concat(), labels)
}

/// At least so much rank correlation of normal rows' scores with those of `f64`, and at most so much change of the AUROC.
fn gate(case: &str, numeric: Numeric) -> (f64, f64) {
    match (case, numeric) {
        // Two inputs, whose scores hardly vary: their deviation is 0.8 nats, and bytes change one in a hundred by 0.2.
        ("senya_d2_realnvp", Numeric::I8) => (0.99, 0.003),
        (_, Numeric::I8) => (0.999, 0.003),
        (_, Numeric::I16 | Numeric::F32) => (0.9999, 0.0005),
    }
}

#[test]
fn every_affine_checkpoint_passes_the_gates() {
    for (case, model) in MODELS.iter() {
        let (rows, labels) = labelled(model);
        for numeric in [Numeric::I16, Numeric::I8] {
            let module = lowered(model, numeric).unwrap();
            let Cost {
                normal,
                generated,
                deviation,
                auroc_change,
                decisions_changed,
                ..
            } = cost(model, &module, &rows, Some(&labels)).unwrap();
            let (rank, auroc) = (normal.rank_agreement.unwrap(), auroc_change.unwrap());
            let all = generated.rank_agreement.unwrap();
            println!(
                "{case:24} {numeric:3} {:6} bytes: median {:.4} p99 {:.4} nats of {deviation:.2}, rank {rank:.6} of normal rows, {all:.6} of all, AUROC {auroc:+.5}, {} of {} decisions",
                module.bytes(),
                normal.median,
                normal.p99,
                decisions_changed.unwrap(),
                labels.len()
            );
            let (least, most) = gate(case, numeric);
            assert!(rank >= least && auroc.abs() <= most, "{case} {numeric}");
        }
    }
}

#[test]
fn one_broken_sensor_is_flagged_on_every_model() {
    for (case, model) in MODELS.iter() {
        let normal = draws(model, 20, 4);
        for numeric in [Numeric::I16, Numeric::I8] {
            let module = lowered(model, numeric).unwrap();
            every_broken_one_is_flagged(case, model, &module, &normal);
        }
    }
}
