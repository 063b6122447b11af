//! The generated module against the host's run of it and against the reference, and every numeric path the same bits.

use nice_flow::{Bijection, Density};
use nice_flow_codegen::model::file;
use nice_flow_codegen::module::LoweredFlow;
use nice_flow_codegen::{Model, lowered};
use nice_flow_lab::host;
use nice_flow_lab::host::arithmetic::Arithmetic;
use nice_flow_lab::host::score::score;
use nice_flow_lab::host::scores::canonical_bits;
use proptest::prelude::*;
use std::path::Path;

#[path = "../../../examples/shuttle/shuttle.rs"]
mod shuttle;

fn model() -> Model {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/shuttle/shuttle.safetensors");
    file::read(&path).expect("the example model")
}

/// Scores of the compiled module, one row at a time.
fn compiled(rows: &[f32]) -> Vec<u32> {
    rows.as_chunks::<{ shuttle::D }>()
        .0
        .iter()
        .map(|row| canonical_bits(shuttle::MODEL.score(row)))
        .collect()
}

fn on_host(rows: &[f32]) -> Vec<u32> {
    let module = lowered(&model(), nice_flow_codegen::Numeric::F32).expect("a module");
    let LoweredFlow::Float(module) = module.first() else {
        panic!("a module of f32")
    };
    host::float::score(module, rows, &|_| ())
        .into_iter()
        .map(canonical_bits)
        .collect()
}

proptest! {
    /// Any bits at all: NaN, infinities, subnormal numbers and sensors far out.
    #[test]
    fn host_scores_equal_the_compiled_module_in_every_bit(bits in prop::collection::vec(any::<u32>(), shuttle::D * 21)) {
        let rows: Vec<f32> = bits.into_iter().map(f32::from_bits).collect();
        prop_assert_eq!(on_host(&rows), compiled(&rows));
    }

    #[test]
    fn the_compiled_module_is_as_near_to_the_reference_as_f32_allows(
        raw in prop::collection::vec(-2000i32..2000, shuttle::D * 16)
    ) {
        let rows: Vec<f64> = raw.into_iter().map(f64::from).collect();
        let single: Vec<f32> = rows.iter().map(|value| *value as f32).collect();
        let reference = score(&model(), &rows, Arithmetic::F64, &|_| ()).expect("scores").to_f64();
        for (bits, reference) in compiled(&single).into_iter().zip(reference) {
            let difference = (f64::from(f32::from_bits(bits)) - reference).abs();
            prop_assert!(difference <= 2e-5 * (1.0 + reference.abs()), "{difference} of {reference}");
        }
    }
}

#[test]
fn the_compiled_module_inverts_what_it_scores() {
    let flow = model().members[0].raw_flow();
    let x = [53.0, 0.0, 82.0, 0.0, 52.0, -5.0, 29.0, 30.0, 2.0_f32];
    let mut z = x.into();
    let log_det = shuttle::MODEL.bijection().forward(&mut z);
    assert!((f64::from(log_det) - flow.forward(&mut x.map(f64::from))).abs() < 1e-5);
    assert!((log_det + shuttle::MODEL.bijection().inverse(&mut z)).abs() < 1e-5);
    assert!(z.iter().zip(x).all(|(z, x)| (z - x).abs() < 1e-3), "{z}");
}
