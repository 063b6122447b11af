//! What a model's graph gives for rows, and whether that is what is expected.

use super::run::{Array, Extremes, run};
use super::*;

/// The outputs of `model` by name.
pub fn outputs(model: &Model, rows: &[f64], extremes: Extremes) -> impl Fn(&str) -> Array {
    let bytes = export(model, Precision::Double).unwrap();
    let graph = ModelProto::decode(&*bytes).unwrap().graph.unwrap();
    let known = run(&graph, rows, extremes);
    move |name| known[name].clone()
}

#[track_caller]
pub fn assert_near(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        let is_near = (found - expected).abs() <= 1e-9 * (1.0 + expected.abs());
        let is_equal = found == expected || found.is_nan() && expected.is_nan();
        assert!(is_near || is_equal, "{found} {expected}");
    }
}
