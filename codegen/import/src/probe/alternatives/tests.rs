use super::*;
use nalgebra::{DMatrix, DVector};
use nice_flow_codegen::flow::ir::{
    Activation, Coupling, Dense, Diagonal, Linear, Parameters, Prior, ScaleMap, Stage,
};

fn linear(outputs: usize, inputs: usize) -> Stage {
    Stage::Linear(Linear {
        weight: DMatrix::from_fn(outputs, inputs, |i, j| (1 + i + 2 * j) as f64 / 8.0),
        bias: DVector::from_fn(outputs, |i, _| i as f64 / 4.0),
    })
}

/// A flow of four elements with a layer of every kind.
fn flow() -> Flow {
    let relu = Stage::Activation(Activation::Relu);
    let stages = |outputs| vec![linear(3, 2), relu.clone(), linear(3, 3), linear(outputs, 3)];
    let coupling = |kept: [usize; 2], changed: [usize; 2], scale: Option<ScaleMap>| {
        let outputs = if scale.is_some() { 4 } else { 2 };
        Layer::Coupling(Coupling {
            kept: kept.into(),
            changed: changed.into(),
            conditioner: Parameters::Joint(Network(stages(outputs))),
            scale,
            backwards: false,
        })
    };
    let matrix = DMatrix::from_fn(4, 4, |i, j| f64::from(u8::from(i == j)) + j as f64 / 9.0);
    Flow {
        dim: 4,
        layers: vec![
            Layer::Diagonal(Diagonal::standardise(vec![0.5, 1.0, 0.0, -1.0], &[2.0; 4])),
            coupling([0, 1], [2, 3], None),
            coupling([2, 3], [0, 1], Some(ScaleMap::Exp)),
            Layer::Permute(vec![1, 2, 3, 0]),
            Layer::Dense(Dense::new(matrix, DVector::zeros(4))),
        ],
        prior: Prior::Normal,
    }
}

#[test]
fn every_alternative_is_a_flow_and_another() {
    let flow = flow();
    let x = [0.3, -0.2, 0.9, 0.1];
    let mut applied = 0;
    for alternative in alternatives(&flow) {
        let Some(other) = alternative.apply(&flow) else {
            continue;
        };
        applied += 1;
        assert_ne!(other, flow, "{}", alternative.what);
        // A change can make a flow invalid, for example by the logarithm of a negative number; the search skips such a
        // flow.
        if other.check().is_ok() {
            assert_eq!(other.dim, 4);
            let density = other.log_density(&x);
            assert!(!density.is_nan(), "{}: {density}", alternative.what);
        }
    }
    assert!(applied > 50, "{applied}");
}

#[test]
fn what_exchanges_two_things_undoes_itself() {
    let subjects = ["sign", "halves", "permutations", "matrices", "weights"];
    let flow = flow();
    for subject in subjects {
        let all = alternatives(&flow);
        let one = all
            .iter()
            .find(|alternative| alternative.subject == subject);
        let one = one.expect("an alternative");
        let there = one.apply(&flow).expect("another flow");
        let back = one.apply(&there).expect("the first flow");
        assert_eq!(back, flow, "{subject}");
    }
}

#[test]
fn z_to_x_is_the_inverse() {
    let flow = flow();
    let all = alternatives(&flow);
    let turned = all
        .iter()
        .find(|a| a.what == "what was read as x → z is z → x");
    let turned = turned.and_then(|a| a.apply(&flow)).expect("a flow");
    let mut x = vec![0.3, -0.2, 0.9, 0.1];
    let there = flow.forward(&mut x);
    let back = turned.forward(&mut x);
    assert!((there + back).abs() < 1e-12, "{there} {back}");
    let expected = [0.3, -0.2, 0.9, 0.1];
    assert!(
        x.iter().zip(expected).all(|(x, e)| (x - e).abs() < 1e-12),
        "{x:?}"
    );
}

#[test]
fn what_does_not_concern_a_flow_leaves_it() {
    let bare = Flow {
        dim: 2,
        layers: vec![Layer::Permute(vec![1, 0])],
        prior: Prior::Normal,
    };
    let all = alternatives(&bare);
    let changing: Vec<_> = all.iter().filter(|a| a.apply(&bare).is_some()).collect();
    // A permutation of two elements is its own inverse.
    assert!(
        changing.iter().all(|a| a.subject == "prior"),
        "{}",
        changing.len()
    );
    assert_eq!(changing.len(), 1);
}
