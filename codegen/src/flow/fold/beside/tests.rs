use super::super::tests::{agree, linear, relu, scale};
use super::*;

fn act(activation: Activation) -> Stage {
    Stage::Activation(activation)
}

/// Each activation that hands numbers on.
const PASSING: [Activation; 7] = [
    Activation::Relu,
    Activation::LeakyRelu { slope: 0.2 },
    Activation::Silu,
    Activation::Softplus,
    Activation::Gelu,
    Activation::GeluTanh,
    Activation::Hardswish,
];

/// `[network(h) | passed(h)]`, with a skip around the numbers that are passed on, as an independent reckoning.
fn expected(network: &Network, passed: &Linear, h: &DVector<f64>) -> DVector<f64> {
    let both = [network.eval(h), &passed.weight * h + &passed.bias];
    DVector::from_iterator(
        both[0].len() + both[1].len(),
        both.iter().flat_map(|part| part.iter().copied()),
    )
}

fn layer(inputs: usize, outputs: usize, seed: f64) -> Linear {
    match linear(inputs, outputs, seed) {
        Stage::Linear(layer) => layer,
        _ => unreachable!("a linear layer"),
    }
}

/// With scales, with skips that begin and end in every way, and a PReLU.
fn networks(activation: Activation) -> Vec<Network> {
    let prelu = Stage::Skip(Network(vec![
        Stage::Scale {
            factor: DVector::from_element(4, -1.0),
            shift: DVector::zeros(4),
        },
        relu(),
        scale(4, 0.3),
    ]));
    let skip = |stages: Vec<Stage>| Stage::Skip(Network(stages));
    vec![
        Network(vec![linear(3, 4, 0.1), act(activation), linear(4, 2, 0.2)]),
        Network(vec![act(activation), linear(3, 4, 0.3), act(activation)]),
        Network(vec![
            linear(3, 4, 0.1),
            scale(4, 0.2),
            skip(vec![
                act(activation),
                linear(4, 5, 0.4),
                act(activation),
                linear(5, 4, 0.6),
            ]),
            skip(vec![linear(4, 4, 0.5), act(activation)]),
            skip(vec![act(Activation::Softplus)]),
            skip(vec![skip(vec![linear(4, 4, 0.8)])]),
            prelu,
            act(activation),
            linear(4, 2, 0.7),
        ]),
    ]
}

#[test]
fn numbers_are_handed_on_exactly() {
    for activation in PASSING {
        for network in networks(activation) {
            for passed in [identity(3), layer(3, 2, 0.9)] {
                let wide = beside(&network, &passed, false).unwrap();
                for n in 0..100 {
                    let h = DVector::from_fn(3, |i, _| 3.0 * (f64::from(n) + 1.3 * i as f64).sin());
                    let (found, expected) = (wide.eval(&h), expected(&network, &passed, &h));
                    assert!((&found - &expected).amax() <= 1e-12, "{found} {expected}");
                }
            }
        }
    }
}

#[test]
fn what_is_never_negative_takes_one_unit_of_a_relu() {
    let network = Network(vec![linear(3, 4, 0.1), relu(), linear(4, 2, 0.2)]);
    let wide = beside(&network, &identity(3), true).unwrap();
    let h = DVector::from_row_slice(&[0.5, 0.0, 2.0]);
    assert_eq!(wide.eval(&h).rows(2, 3), h);
    assert_eq!(wide.linears()[0].bias.len(), 4 + 3);
    let pairs = beside(&network, &identity(3), false).unwrap();
    assert_eq!(pairs.linears()[0].bias.len(), 4 + 6);
}

/// Blocks with the activation behind them, as `relu(h + W relu(V h))`.
#[test]
fn blocks_of_any_kind_become_layers() {
    for activation in PASSING {
        let network = Network(vec![
            linear(3, 4, 0.1),
            act(activation),
            Stage::Skip(Network(vec![
                linear(4, 4, 0.4),
                act(activation),
                linear(4, 4, 0.6),
            ])),
            act(activation),
            Stage::Skip(Network(vec![linear(4, 4, 0.7), act(activation)])),
            linear(4, 2, 0.9),
        ]);
        let plain = without_skips(network.clone());
        let is_plain = |stage: &Stage| matches!(stage, Stage::Linear(_) | Stage::Activation(_));
        assert!(plain.0.iter().all(is_plain));
        agree(&network, &plain, 3);
    }
}

#[test]
fn residual_networks_and_activations_that_hand_nothing_on_stay() {
    let network = |activation: Activation, length: usize| {
        let branch = [
            act(activation),
            linear(4, 4, 0.4),
            act(activation),
            linear(4, 4, 0.6),
        ];
        let branch = Network(branch[4 - length..].to_vec());
        Network(vec![
            linear(3, 4, 0.1),
            Stage::Skip(branch),
            linear(4, 2, 0.9),
        ])
    };
    for stays in [network(Activation::Relu, 4), network(Activation::Tanh, 3)] {
        assert_eq!(without_skips(stays.clone()), stays);
    }
    let tanh = &network(Activation::Tanh, 3).0[1..2];
    let Stage::Skip(branch) = &tanh[0] else {
        unreachable!("a skip")
    };
    let error = beside(branch, &identity(4), false).unwrap_err();
    assert!(error.contains("found Tanh"), "{error}");
}
