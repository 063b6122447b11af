//! What integers cost on real checkpoints, and that they miss no broken sensor.

#[path = "../../tests/fixtures/checkpoints.rs"]
#[allow(dead_code)]
mod checkpoints;
#[path = "../../tests/fixtures/limits.rs"]
mod limits;
#[path = "../../tests/fixtures/sensors.rs"]
mod sensors;

use checkpoints::{MANIFESTS, file_of, manifest_of, text_of};
use limits::{Limits, limits};
use nice_flow_codegen::{Lowered, Model, Numeric, lowered};
use nice_flow_import::checkpoint::Checkpoint;
use nice_flow_lab::judge::calibrate::calibrate;
use nice_flow_lab::judge::verify::{Cost, cost};
use sensors::every_broken_one_is_flagged;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A model, and its modules in the order of `Numeric::ALL`.
struct Case {
    model: Model,
    modules: [Lowered; Numeric::ALL.len()],
}

/// One model of each case whose couplings are all additive, calibrated on draws of its own: normal rows are not at hand.
static ADDITIVE: LazyLock<BTreeMap<&str, Case>> = LazyLock::new(|| {
    let mut models = BTreeMap::new();
    for (case, toml, file) in MANIFESTS {
        if models.contains_key(case) {
            continue;
        }
        let manifest = manifest_of(&text_of(&file_of(case, toml))).unwrap();
        let checkpoint = Checkpoint::open(&file_of(case, file)).unwrap();
        let model = manifest.import(&checkpoint).unwrap().model;
        if !model.members[0].flow.is_affine() {
            let rows = model.sample(1000, 1);
            let mut model = model;
            let integers = calibrate(&mut model, &rows, 0.01, &|_| ()).unwrap();
            assert!(
                integers.iter().all(|(_, outcome)| outcome.is_ok()),
                "{case}: {integers:?}"
            );
            let modules = Numeric::ALL.map(|numeric| lowered(&model, numeric).unwrap());
            models.insert(case, Case { model, modules });
        }
    }
    models
});

/// The rows of the calibration, and other draws that are half as far again from their mean: hard to tell apart.
fn labelled(model: &Model) -> (Vec<f64>, Vec<bool>) {
    let dim = model.members[0].flow.dim;
    let normal = model.normal_rows(&model.members[0]);
    let mut mean = vec![0.0; dim];
    for row in normal.chunks(dim) {
        mean.iter_mut()
            .zip(row)
            .for_each(|(mean, x)| *mean += x / 1000.0);
    }
    let far = model.sample(1000, 3);
    let far = far
        .iter()
        .enumerate()
        .map(|(i, x)| x + 0.5 * (x - mean[i % dim]));
    let rows = normal.iter().copied().chain(far).collect();
    (rows, (0..2000).map(|row| row >= 1000).collect())
}

/// The limits of the scores' change in nats, for so many inputs.
fn in_nats(numeric: Numeric, limits: &Limits, dim: usize) -> (f64, f64) {
    match (numeric, dim) {
        (Numeric::I8, 41..) => (0.6, 3.0),
        _ => (limits.median, limits.p99),
    }
}

/// The limits of the same in standard deviations of the scores of normal rows.
fn in_deviations(numeric: Numeric) -> (f64, f64) {
    match numeric {
        Numeric::I8 => (0.07, 0.35),
        // 0.02 on rows of the field; on draws the specification itself gives daksh's model up to 0.0234.
        Numeric::I16 | Numeric::F32 => (0.002, 0.025),
    }
}

#[test]
fn every_additive_checkpoint_passes_the_gates() {
    for (case, Case { model, modules }) in ADDITIVE.iter() {
        let (rows, labels) = labelled(model);
        for lowered in modules {
            let numeric = lowered.numeric();
            let limits = limits(numeric);
            let (median, p99) = in_nats(numeric, &limits, model.members[0].flow.dim);
            let (median_deviations, p99_deviations) = in_deviations(numeric);
            let Cost {
                generated,
                normal,
                deviation,
                auroc_change,
                decisions_changed,
                ..
            } = cost(model, lowered, &rows, Some(&labels)).unwrap();
            let (auroc, decisions) = (auroc_change.unwrap(), decisions_changed.unwrap());
            let decisions = decisions as f64 / 2000.0;
            let (rho, rho_normal) = (
                generated.rank_agreement.unwrap(),
                normal.rank_agreement.unwrap(),
            );
            println!(
                "{case:24} {:3} {:6} bytes: median {:.4} p99 {:.4} nats of {deviation:.2}, rank {rho:.6} {rho_normal:.6}, AUROC {auroc:+.5}, decisions {:.2} %",
                numeric.name(),
                lowered.bytes(),
                normal.median,
                normal.p99,
                100.0 * decisions
            );
            assert!(normal.median <= median && normal.p99 <= p99, "{case}");
            assert!(normal.median <= median_deviations * deviation, "{case}");
            assert!(normal.p99 <= p99_deviations * deviation, "{case}");
            assert!(
                rho >= limits.rank_agreement && rho_normal >= limits.rank_agreement_of_normal,
                "{case}"
            );
            assert!(
                auroc.abs() <= limits.auroc && decisions <= limits.decisions,
                "{case}"
            );
        }
    }
}

#[test]
fn one_broken_sensor_is_flagged_on_every_model() {
    for (case, Case { model, modules }) in ADDITIVE.iter() {
        let normal = model.sample(20, 4);
        for lowered in &modules[1..] {
            every_broken_one_is_flagged(case, model, lowered, &normal);
        }
    }
}
