//! The numbers of a graph are those of the reference: of every layer, scale, activation and prior.

use super::run::{Extremes, assert_near, outputs};
use super::*;
use nice_flow_codegen::flow::ir::{
    Autoregressive, Dense, Diagonal, DiagonalNormal, Form, FullNormal, Side, StudentT, Triangular,
};

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
