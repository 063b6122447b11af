//! The numbers of a graph are those of the reference: of every combination, layer, scale, activation and prior.

use super::run::{Array, Extremes, run};
use super::*;
use crate::host::arithmetic::Arithmetic;
use crate::host::score::score;
use nice_flow_codegen::flow::ir::{
    Autoregressive, Dense, Diagonal, DiagonalNormal, Form, FullNormal, Side, StudentT, Triangular,
};
use nice_flow_codegen::model::{Combine, Member, Tail};

const EXTREMES: [Extremes; 2] = [Extremes::Number, Extremes::NotANumber];

fn outputs(model: &Model, rows: &[f64], extremes: Extremes) -> impl Fn(&str) -> Array {
    let bytes = export(model, Precision::Double).unwrap();
    let graph = ModelProto::decode(&*bytes).unwrap().graph.unwrap();
    let known = run(&graph, rows, extremes);
    move |name| known[name].clone()
}

fn reference(model: &Model, rows: &[f64]) -> Vec<f64> {
    let scores = score(model, rows, Arithmetic::F64, &|_| ()).unwrap();
    scores.to_f64()
}

#[track_caller]
fn assert_near(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        let is_near = (found - expected).abs() <= 1e-9 * (1.0 + expected.abs());
        let is_equal = found == expected || found.is_nan() && expected.is_nan();
        assert!(is_near || is_equal, "{found} {expected}");
    }
}

/// A normal of one number around `center`.
fn normal(center: f64, knots: [f64; 16], excess: f64) -> Member {
    let moved = Layer::Diagonal(Diagonal {
        center: vec![center],
        factor: vec![2.0],
    });
    let mut member = Member::new(Flow {
        dim: 1,
        layers: vec![moved],
        prior: Prior::Normal,
    });
    member.tail = Some(Tail { knots, excess });
    member
}

/// Three members whose tails have knots at other distances; the last has knots that tie.
fn ensemble(combine: Combine) -> Model {
    let knots = |first: f64, step: f64| std::array::from_fn(|j| first + step * (j * j) as f64);
    let mut tied = knots(0.3, 0.5);
    tied[3..6].fill(tied[5]);
    let members = vec![
        normal(0.0, knots(0.5, 0.1), 1.5),
        normal(0.25, knots(-1.0, 0.25), 0.5),
        normal(-0.5, tied, 3.0),
    ];
    let mut model = Model::new("pump", vec!["a".into()], members[0].flow.clone());
    (model.members, model.combine) = (members, Some(combine));
    model.threshold = Some(Threshold {
        score: 2.0,
        false_alarm_rate: 0.01,
    });
    model
}

/// Below the first knot, between all of them, far beyond the last, and no number.
fn rows() -> Vec<f64> {
    let near = (-400..400).map(|i| f64::from(i) * 0.012_3);
    near.chain([40.0, -1e4, f64::NAN]).collect()
}

#[test]
fn every_combination_has_the_scores_of_the_reference() {
    for combine in [Combine::Tail, Combine::Max, Combine::Density] {
        let model = ensemble(combine);
        let expected = reference(&model, &rows());
        for extremes in EXTREMES {
            let found = outputs(&model, &rows(), extremes);
            assert_near(&found("score").data, &expected);
        }
    }
}

/// The score of a broken sensor is no number, and an infinite one is farther than all.
#[test]
fn what_is_no_finite_number_is_anomalous_whatever_a_runtime_takes_for_the_higher() {
    let rows = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.1];
    for combine in [Combine::Tail, Combine::Max] {
        for extremes in EXTREMES {
            let found = outputs(&ensemble(combine), &rows, extremes);
            let score = found("score").data;
            assert!(score[0].is_nan() && score[3].is_finite(), "{score:?}");
            assert_eq!(score[1..3], [f64::INFINITY; 2]);
            assert_eq!(found("anomalous").data, [1.0, 1.0, 1.0, 0.0]);
        }
    }
}

#[test]
fn what_is_above_the_threshold_is_anomalous_and_what_is_on_it_is_not() {
    let mut model = ensemble(Combine::Tail);
    let of = |model: &Model| outputs(model, &rows(), Extremes::Number);
    let scores = of(&model)("score").data;
    for threshold in [0.0, scores[7], scores[300], 1e9] {
        model.threshold.as_mut().unwrap().score = threshold;
        let expected = scores
            .iter()
            .map(|score| f64::from(u8::from(!(*score <= threshold))));
        let expected: Vec<f64> = expected.collect();
        assert_eq!(of(&model)("anomalous").data, expected, "{threshold}");
    }
}

#[test]
fn each_member_has_outputs_of_its_own() {
    let model = ensemble(Combine::Density);
    let rows = [0.5, -3.0];
    let found = outputs(&model, &rows, Extremes::Number);
    for (place, member) in model.members.iter().enumerate() {
        let flow = member.raw_flow();
        let log_densities = rows.map(|x| flow.log_density(&[x]));
        assert_near(&found(&format!("log_density_{place}")).data, &log_densities);
        let z = rows.map(|x| {
            let mut z = [x];
            flow.forward(&mut z);
            z[0]
        });
        let latent = found(&format!("z_{place}"));
        assert_near(&latent.data, &z);
        assert_eq!(latent.shape, [2, 1]);
    }
}

/// `outputs` rows of numbers that differ, none of them zero.
fn linear(outputs: usize, inputs: usize) -> Linear {
    let number = |i: usize, j: usize| 0.4 * (1.3 * i as f64 + 2.1 * j as f64 + 0.5).sin();
    Linear {
        weight: DMatrix::from_fn(outputs, inputs, number),
        bias: DVector::from_fn(outputs, |i, _| number(i, 7)),
    }
}

fn network(outputs: usize, inputs: usize, activation: Activation) -> Network {
    Network(vec![
        Stage::Linear(linear(5, inputs)),
        Stage::Activation(activation),
        Stage::Linear(linear(outputs, 5)),
    ])
}

/// Each element's parameters of those before it in `order`.
fn masked(order: &[usize]) -> Parameters {
    let dim = order.len();
    let rank = |element: usize| order.iter().position(|e| *e == element).unwrap();
    let mut layer = linear(2 * dim, dim);
    for row in 0..2 * dim {
        for column in 0..dim {
            if rank(column) >= rank(row % dim) {
                layer.weight[(row, column)] = 0.0;
            }
        }
    }
    Parameters::Joint(Network(vec![Stage::Linear(layer)]))
}

fn coupling(scale: Option<ScaleMap>, backwards: bool, activation: Activation) -> Layer {
    Layer::Coupling(Coupling {
        kept: vec![2, 0],
        changed: vec![1],
        conditioner: match backwards {
            true => Parameters::Joint(network(1 + usize::from(scale.is_some()), 2, activation)),
            false => Parameters::Separate {
                shift: network(1, 2, activation),
                scale: network(1, 2, Activation::Tanh),
            },
        },
        scale,
        backwards,
    })
}

/// Rows of three numbers, near zero and far from it.
fn triples() -> Vec<f64> {
    let one = |i: i32| f64::from(i % 7 - 3) * (0.3 + f64::from(i % 5));
    (0..60).map(one).collect()
}

#[track_caller]
fn assert_is_reference(layers: Vec<Layer>, prior: Prior) {
    let flow = Flow {
        dim: 3,
        layers,
        prior,
    };
    let rows = triples();
    let each = rows.chunks_exact(3);
    let log_densities: Vec<f64> = each.clone().map(|row| flow.log_density(row)).collect();
    let z = each.flat_map(|row| {
        let mut z = row.to_vec();
        flow.forward(&mut z);
        z
    });
    let z: Vec<f64> = z.collect();
    let model = Model::new("pump", ["a", "b", "c"].map(String::from).to_vec(), flow);
    let found = outputs(&model, &rows, Extremes::Number);
    assert_near(&found("z").data, &z);
    assert_near(&found("log_density").data, &log_densities);
    let scores: Vec<f64> = log_densities.iter().map(|log| -log).collect();
    assert_near(&found("score").data, &scores);
}

#[test]
fn every_layer_is_that_of_the_reference() {
    let matrix = linear(3, 3).weight + DMatrix::identity(3, 3);
    let autoregressive = |form, backwards| {
        let order = vec![1, 2, 0];
        Layer::Autoregressive(Autoregressive {
            conditioner: masked(&order),
            order,
            scale: ScaleMap::Exp,
            form,
            backwards,
        })
    };
    let mut layers = vec![
        Layer::Diagonal(Diagonal {
            center: vec![0.5, -1.0, 2.0],
            factor: vec![2.0, -0.5, 1.5],
        }),
        Layer::Permute(vec![2, 0, 1]),
        Layer::Triangular(Triangular {
            side: Side::Upper,
            matrix: matrix.upper_triangle(),
        }),
        Layer::Dense(Dense::new(matrix, DVector::from_vec(vec![0.1, 0.2, -0.3]))),
    ];
    for form in [Form::MulAdd, Form::SubDiv] {
        layers.extend([false, true].map(|backwards| autoregressive(form, backwards)));
    }
    for scale in [None, Some(ScaleMap::Exp)] {
        let one = |backwards| coupling(scale.clone(), backwards, Activation::Relu);
        layers.extend([false, true].map(one));
    }
    for layer in &layers {
        assert_is_reference(vec![layer.clone()], Prior::Normal);
    }
    layers.truncate(4);
    assert_is_reference(layers, Prior::Normal);
}

#[test]
fn every_scale_is_that_of_the_reference() {
    let softplus = |bias, eps, max| ScaleMap::Softplus { bias, eps, max };
    let maps = [
        ScaleMap::Sigmoid {
            bias: 2.0,
            eps: 0.001,
        },
        ScaleMap::Sigmoid {
            bias: 2.0,
            eps: 0.0,
        },
        softplus(0.5, 0.001, 1.1),
        softplus(0.5, 0.0, 0.9),
        softplus(0.5, 0.0, f64::INFINITY),
        ScaleMap::SoftplusBeta {
            beta: 0.5,
            gain: 1.3,
        },
        ScaleMap::ExpSoftclip { bound: 0.7 },
        ScaleMap::ExpAtan {
            clamp: 2.0,
            gain: 0.636,
        },
        ScaleMap::ExpTanh {
            clamp: 1.5,
            inner: 0.5,
        },
        ScaleMap::ExpClip {
            min: -0.2,
            max: 0.1,
        },
        ScaleMap::Reciprocal {
            of: Box::new(ScaleMap::Exp),
        },
    ];
    for map in maps {
        for backwards in [false, true] {
            let layer = coupling(Some(map.clone()), backwards, Activation::Tanh);
            assert_is_reference(vec![layer], Prior::Normal);
        }
    }
}

#[test]
fn every_activation_is_that_of_the_reference() {
    let activations = [
        Activation::Relu,
        Activation::LeakyRelu { slope: 0.2 },
        Activation::Elu { alpha: 0.7 },
        Activation::Tanh,
        Activation::Sigmoid,
        Activation::Silu,
        Activation::Softplus,
        Activation::GeluTanh,
        Activation::Mish,
        Activation::Selu,
        Activation::Hardtanh {
            min: -0.5,
            max: 0.8,
        },
        Activation::Hardswish,
        Activation::Softsign,
        Activation::Atan,
    ];
    for activation in activations {
        assert_is_reference(vec![coupling(None, false, activation)], Prior::Normal);
    }
}

#[test]
fn every_prior_is_that_of_the_reference() {
    let one = |mean: f64| DiagonalNormal {
        mean: vec![mean, 0.5, -mean],
        precision: vec![0.5, 2.0, 1.25],
    };
    let full = |mean: f64| FullNormal {
        mean: vec![mean, 0.5, -mean],
        factor: (linear(3, 3).weight + DMatrix::identity(3, 3)).lower_triangle(),
    };
    let log_weights = [0.25f64, 0.75].map(f64::ln).to_vec();
    let priors = [
        Prior::DiagonalNormal(one(1.0)),
        Prior::Logistic,
        Prior::Mixture {
            log_weights: log_weights.clone(),
            components: vec![one(1.0), one(-2.0)],
        },
        Prior::StudentT(StudentT {
            location: vec![1.0, 0.5, -1.0],
            precision: vec![0.5, 2.0, 1.25],
            degrees: vec![1.0, 2.5, 30.0],
        }),
        Prior::FullMixture {
            log_weights,
            components: vec![full(1.0), full(-2.0)],
        },
    ];
    for prior in priors {
        assert_is_reference(vec![], prior);
    }
}
