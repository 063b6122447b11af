//! A prior whose mean and scale a context gives: random weights against the density, written out.

use nice_flow_import::checkpoint::{Checkpoint, Container, Element, Tensor};
use nice_flow_import::import::import;

const CONTEXT: f64 = 0.7;

/// An additive coupling of nflows, one hidden unit wide, whose network reads the first element and the context.
fn checkpoint() -> Checkpoint {
    let tensor = |element, shape: &[usize], data: &[f64]| Tensor {
        element,
        shape: shape.to_vec(),
        data: data.to_vec(),
    };
    let float = |shape: &[usize], data: &[f64]| tensor(Element::F64, shape, data);
    let element = |at: f64| tensor(Element::I64, &[1], &[at]);
    let tensors = [
        ("_transform.identity_features", element(0.0)),
        ("_transform.transform_features", element(1.0)),
        (
            "_transform.transform_net.0.weight",
            float(&[1, 2], &[0.3, -0.8]),
        ),
        ("_transform.transform_net.0.bias", float(&[1], &[0.9])),
        ("_transform.transform_net.2.weight", float(&[1, 1], &[1.7])),
        ("_transform.transform_net.2.bias", float(&[1], &[-0.2])),
        // Two means, then two logarithms of standard deviations.
        (
            "_distribution._context_encoder.weight",
            float(&[4, 1], &[0.5, -1.1, 0.4, -0.6]),
        ),
        (
            "_distribution._context_encoder.bias",
            float(&[4], &[0.1, 0.2, 0.3, -0.4]),
        ),
    ];
    Checkpoint {
        path: "flow.pt".into(),
        sha256: "0".repeat(64),
        container: Container::Torch,
        order: tensors.iter().map(|(name, _)| name.to_string()).collect(),
        tensors: tensors
            .map(|(name, tensor)| (name.to_owned(), tensor))
            .into(),
        config: Default::default(),
        notes: vec![],
        fitted: vec![],
    }
}

fn set(context: &str) -> [(String, String); 1] {
    [("context".into(), context.into())]
}

#[test]
fn a_prior_of_a_constant_context_is_a_diagonal_normal() {
    let imported = import(&checkpoint(), None, &set("0.7")).unwrap();
    for x in [[0.0, 0.0], [1.5, -0.5], [-2.0, 3.0]] {
        let hidden = f64::max(0.3 * x[0] - 0.8 * CONTEXT + 0.9, 0.0);
        let z = [x[0], x[1] + 1.7 * hidden - 0.2];
        let mean = [0.5 * CONTEXT + 0.1, -1.1 * CONTEXT + 0.2];
        let log_std = [0.4 * CONTEXT + 0.3, -0.6 * CONTEXT - 0.4];
        let term = |i: usize| {
            let deviations = (z[i] - mean[i]) / log_std[i].exp();
            -0.5 * deviations.powi(2) - log_std[i] - 0.5 * std::f64::consts::TAU.ln()
        };
        let ours = imported.model.members[0].flow.log_density(&x);
        assert!((ours - term(0) - term(1)).abs() < 1e-12, "{ours}");
    }
}

#[test]
fn a_prior_of_a_context_that_changes_is_refused() {
    let error = import(&checkpoint(), None, &set("speed"))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("context=NUMBER") && error.contains("_context_encoder"),
        "{error}"
    );
}
