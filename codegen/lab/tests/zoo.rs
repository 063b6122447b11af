//! Flows with every layer, network, activation, scale map and prior: the text that is emitted, and its bits.
//!
//! `BLESS=1 cargo test --package nice-flow-lab --test zoo` writes the snapshots anew; review the difference.

use flows::{
    Random, additive_model, affine_model, full_mixture_model, steered_model, student_t_model,
};
use nice_flow::Density;
use nice_flow_codegen::model::Model;
use nice_flow_codegen::module::LoweredFlow;
use nice_flow_codegen::{Numeric, generate, lowered};
use nice_flow_lab::host;
use nice_flow_lab::host::scores::canonical_bits;
use nice_flow_lab::judge::verify::verify;
use std::path::Path;

#[path = "../../tests/fixtures/zoo/additive.rs"]
mod additive;
#[path = "../../tests/fixtures/zoo/affine.rs"]
mod affine;
#[path = "../../tests/fixtures/flows.rs"]
#[allow(dead_code)]
mod flows;
#[path = "../../tests/fixtures/zoo/full_mixture.rs"]
mod full_mixture;
#[path = "../../tests/fixtures/zoo/steered.rs"]
mod steered;
#[path = "../../tests/fixtures/zoo/student_t.rs"]
mod student_t;

/// Rows that reach every corner: ordinary, far, and no numbers at all.
fn rows(dim: usize) -> Vec<f32> {
    let random = &mut Random(3);
    let mut rows: Vec<f32> = (0..dim * 100)
        .map(|_| (3.0 * random.next()) as f32)
        .collect();
    for odd in [
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        1e-40,
        -0.0,
        f32::MAX,
        1e4,
    ] {
        for place in 0..dim {
            rows.extend((0..dim).map(|i| if i == place { odd } else { 0.5 }));
        }
    }
    rows
}

fn check(model: &Model, compiled: impl Fn(&[f32]) -> f32) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/fixtures/zoo")
        .join(&model.name)
        .with_extension("rs");
    let text = generate(model, Numeric::F32).expect("a module");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &text).expect("written");
    }
    assert!(
        std::fs::read_to_string(&path).expect("a snapshot") == text,
        "{} is stale",
        path.display()
    );

    let dim = model.members[0].flow.dim;
    let rows = rows(dim);
    let lowered = lowered(model, Numeric::F32).expect("a module");
    let LoweredFlow::Float(module) = lowered.first() else {
        panic!("a module of f32")
    };
    let on_host = host::float::score(module, &rows, &|_| ());
    for (row, on_host) in rows.chunks(dim).zip(on_host) {
        assert_eq!(
            canonical_bits(compiled(row)),
            canonical_bits(on_host),
            "{row:?}"
        );
    }

    let ordinary: Vec<f64> = rows[..100 * dim]
        .iter()
        .map(|value| f64::from(*value))
        .collect();
    let cost = verify(model, Numeric::F32, &ordinary, None).expect("a verification");
    assert!(cost.folded.largest < 1e-9, "{cost:?}");
    for row in ordinary.chunks(dim) {
        let reference = -model.members[0].flow.log_density(row);
        let single: Vec<f32> = row.iter().map(|value| *value as f32).collect();
        let difference = (f64::from(compiled(&single)) - reference).abs();
        // Sixteen times what the real checkpoints need: these weights are drawn, not trained.
        assert!(
            difference <= 1e-4 * (1.0 + reference.abs()),
            "{difference} of {reference}"
        );
    }
}

#[test]
fn additive_flows_are_emitted_as_committed_with_equal_bits() {
    check(&additive_model(), |row| {
        additive::MODEL.score(&nalgebra::SVector::<f32, { additive::D }>::from_column_slice(row))
    });
}

#[test]
fn affine_flows_are_emitted_as_committed_with_equal_bits() {
    check(&affine_model(), |row| {
        affine::MODEL.score(&nalgebra::SVector::<f32, { affine::D }>::from_column_slice(
            row,
        ))
    });
}

#[test]
fn steered_flows_are_emitted_as_committed_with_equal_bits() {
    check(&steered_model(), |row| {
        steered::MODEL.score(&nalgebra::SVector::<f32, { steered::D }>::from_column_slice(row))
    });
}

#[test]
fn student_t_priors_are_emitted_as_committed_with_equal_bits() {
    check(&student_t_model(), |row| {
        student_t::MODEL.score(&nalgebra::SVector::<f32, { student_t::D }>::from_column_slice(row))
    });
}

#[test]
fn full_mixtures_are_emitted_as_committed_with_equal_bits() {
    check(&full_mixture_model(), |row| {
        full_mixture::MODEL
            .score(&nalgebra::SVector::<f32, { full_mixture::D }>::from_column_slice(row))
    });
}
