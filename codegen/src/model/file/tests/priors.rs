//! Priors that format version 3 added.

use super::*;
use crate::flow::ir::{FullNormal, StudentT};

pub(super) fn student_t() -> Prior {
    Prior::StudentT(StudentT {
        location: vec![0.1, -0.2, 0.3],
        precision: vec![1.5, 0.5, 2.0],
        degrees: vec![0.7, 4.0, 1e6],
    })
}

pub(super) fn full_mixture() -> Prior {
    let factor = |seed: f64| {
        let number = |i: usize, j: usize| match i.cmp(&j) {
            std::cmp::Ordering::Less => 0.0,
            std::cmp::Ordering::Equal => 1.0 + seed,
            std::cmp::Ordering::Greater => seed * (i + 2 * j) as f64 - 0.3,
        };
        nalgebra::DMatrix::from_fn(3, 3, number)
    };
    let component = |seed| FullNormal {
        mean: vec![seed, 2.0 * seed, -0.5],
        factor: factor(seed),
    };
    Prior::FullMixture {
        log_weights: vec![0.25f64.ln(), 0.75f64.ln()],
        components: vec![component(0.2), component(0.7)],
    }
}

#[test]
fn only_models_that_need_it_have_the_newer_version() {
    for (prior, version) in [
        (Prior::Normal, 2),
        (Prior::Logistic.given(vec![1]), 2),
        (student_t(), 3),
        (full_mixture(), 3),
        (student_t().given(vec![2]), 3),
    ] {
        let mut model = model(prior);
        // A layer may be newer than the prior.
        model.members[0].flow.layers.clear();
        let header = store::header(&model, &mut Writer::default());
        assert_eq!(header.format_version, version);
    }
}

#[test]
fn a_prior_that_its_version_did_not_have_is_refused() {
    let older = |json: String| json.replace(r#""format_version":3"#, r#""format_version":2"#);
    let error = message(&tampered(&model(student_t()), older, |_| {}));
    assert_eq!(
        error,
        "pump.safetensors: format_version: expected format version 3, which has these layers and priors, found 2"
    );
}

#[test]
fn numbers_that_make_no_density_are_refused() {
    let with = |name: &str, numbers: &[f64]| {
        let change = |tensors: &mut Writer| {
            tensors.vector(name.into(), numbers);
        };
        message(&tampered(&model(student_t()), |json| json, change))
    };
    let error = with("prior.degrees", &[1.0, 0.0, 1.0]);
    assert!(
        error.ends_with("prior.degrees: element 1: expected a positive number, found 0"),
        "{error}"
    );
    let error = with("prior.precision", &[1.0, 1.0, -1.0]);
    assert!(
        error.contains("prior.precision: element 2: expected a positive number"),
        "{error}"
    );
    let upper = |tensors: &mut Writer| {
        let matrix = nalgebra::DMatrix::from_element(3, 3, 1.0);
        tensors.matrix("prior.components.1.factor".into(), &matrix);
    };
    let error = message(&tampered(&model(full_mixture()), |json| json, upper));
    assert!(
        error.ends_with("prior.components.1.factor: row 0, column 1: expected 0, found 1"),
        "{error}"
    );
}
