//! Integers of flows with affine couplings, with masked networks and with smooth activations, number by number, against an
//! independent implementation of the scheme.

#[path = "../../tests/fixtures/checkpoints.rs"]
#[allow(dead_code)]
mod checkpoints;

use checkpoints::{MANIFESTS, file_of, manifest_of, text_of};
use nice_flow_codegen::Model;
use nice_flow_codegen::model::file::read;
use nice_flow_codegen::module;
use nice_flow_codegen::module::quantise::{
    Network, Part, Prior, Quantised, QuantisedDense, QuantisedLayer, quantise,
};
use nice_flow_codegen::numeric::Weights;
use nice_flow_import::checkpoint::Checkpoint;
use nice_flow_lab::host;
use std::path::{Path, PathBuf};

/// Of affine couplings: a residual network with a sigmoid map, one with a soft clip that runs backwards, and two networks
/// with an exponential. Of smooth activations: checkpoints with these in place of their own, behind an underscore. Masked
/// autoregressive flows: with a soft clip, with a softplus and `tanh` networks, and one that divides, with ELU; more of them with
/// activations whose tables are no curve's mirror or exceed one. Residual networks of such activations.
const CASES: [&str; 17] = [
    "nflows_d8_realnvp",
    "zuko_d8_nice_default",
    "normflows_d6_masked_f64",
    "normflows_d6_masked_f64_tanh",
    "normflows_d6_masked_f64_sigmoid",
    "normflows_d6_masked_f64_silu",
    "normflows_d4_additive_softplus",
    "normflows_d4_additive_gelu",
    "normflows_d4_additive_elu",
    "maf_d6_relu",
    "maf_d6_tanh",
    "maf_d6_elu",
    "maf_d6_mish",
    "maf_d6_selu",
    "residual_d6_tanh",
    "residual_d6_silu",
    "residual_d6_selu",
];

/// The ends of names of cases that read activations from tables.
const SMOOTH: [&str; 8] = [
    "tanh", "sigmoid", "silu", "softplus", "gelu", "elu", "mish", "selu",
];

/// What the independent implementation made of a checkpoint.
struct Expected(Checkpoint);

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../tests/fixtures/quantised/{name}"))
}

impl Expected {
    fn open(name: &str) -> Self {
        Self(Checkpoint::open(&file(&format!("{name}.npz"))).unwrap())
    }

    fn array(&self, name: &str) -> &[f64] {
        &self.0.tensors[name].data
    }

    fn integers(&self, name: &str) -> Vec<i64> {
        self.array(name).iter().map(|x| *x as i64).collect()
    }
}

fn import(name: &str) -> Model {
    if name.contains("_d6_") && !name.starts_with("normflows") {
        return read(&file(&format!("{name}.safetensors"))).unwrap();
    }
    let of = |(case, ..): &&(&str, _, _)| name.starts_with(case);
    let (case, toml, file) = MANIFESTS.iter().find(of).unwrap();
    let mut text = text_of(&file_of(case, toml));
    if let Some(activation) = name.strip_prefix(case).unwrap().strip_prefix('_') {
        for own in [
            "fn = \"leaky_relu\", slope = 0.01",
            "fn = \"leaky_relu\", slope = 0.1",
            "fn = \"leaky_relu\"",
            "fn = \"relu\"",
        ] {
            text = text.replace(own, &format!("fn = \"{activation}\""));
        }
    }
    let checkpoint = Checkpoint::open(&file_of(case, file)).unwrap();
    manifest_of(&text)
        .unwrap()
        .import(&checkpoint)
        .unwrap()
        .model
}

fn quantised(name: &str, expected: &Expected, weights: Weights) -> Quantised {
    // The sketch knows nothing of raw units.
    let flow = import(name).members[0].flow.clone();
    quantise(&flow, expected.array("calibration"), weights).unwrap()
}

fn integers<T: Copy + Into<i64>>(values: &[T]) -> Vec<i64> {
    values.iter().map(|value| (*value).into()).collect()
}

/// The integers of a flow by the names that the fixtures give them.
fn found(name: &str, quantised: &Quantised) -> Vec<(&'static str, Vec<i64>)> {
    let networks = quantised.layers.iter().flat_map(|layer| match layer {
        QuantisedLayer::Affine { networks, .. } => networks.iter().collect(),
        QuantisedLayer::Coupling { network, .. } => vec![network.as_ref()],
        _ => vec![],
    });
    let networks: Vec<&Network> = networks.collect();
    let parts = || networks.iter().flat_map(|network| network.parts());
    assert_eq!(
        parts().any(|part| part.curves.iter().any(Option::is_some)),
        SMOOTH.iter().any(|end| name.ends_with(&format!("_{end}"))),
        "{name} has curves"
    );
    let layers = |of: fn(&QuantisedDense) -> Vec<i64>| -> Vec<i64> {
        parts().flat_map(Part::layers).flat_map(of).collect()
    };
    let maps = quantised.maps.iter().flat_map(|map| {
        let head = [
            map.range[0],
            map.range[1],
            map.density.into(),
            map.fraction.into(),
        ];
        [integers(&head), integers(&map.knots)].concat()
    });
    let constants = quantised.layers.iter().flat_map(|layer| match layer {
        QuantisedLayer::Affine { constants, .. } => integers(constants.as_flattened()),
        _ => vec![],
    });
    let Prior::Normal(prior) = &quantised.prior else {
        panic!("{name} has a normal prior");
    };
    vec![
        ("narrow", parts().map(|part| part.shift.into()).collect()),
        ("constants", constants.collect()),
        ("maps", maps.collect()),
        ("shifts", layers(|layer| integers(&layer.shifts))),
        ("weights", layers(|layer| integers(&layer.weights))),
        ("bias", layers(|layer| integers(&layer.bias))),
        ("factor", integers(&prior.factor)),
        ("offset", integers(&prior.offset)),
        ("constant", vec![prior.constant.into()]),
        ("prior_shift", vec![prior.shift.into()]),
    ]
}

const WEIGHTS: [(Weights, &str); 2] = [(Weights::I8, "i8"), (Weights::I16, "i16")];

#[test]
fn every_integer_is_that_of_the_specification() {
    for name in CASES {
        let expected = Expected::open(name);
        for (weights, label) in WEIGHTS {
            for (part, found) in found(name, &quantised(name, &expected, weights)) {
                let mut expected = expected.integers(&format!("{label}.{part}"));
                if found.is_empty() && expected == [0] {
                    // An npz of ours holds no empty arrays.
                    expected.clear();
                }
                let pairs = found.iter().zip(&expected).enumerate();
                let differ: Vec<_> = pairs.filter(|(_, (a, b))| a != b).collect();
                assert_eq!(found.len(), expected.len(), "{name} {label} {part}");
                assert!(differ.is_empty(), "{name} {label} {part}: {differ:?}");
            }
        }
    }
}

/// The score of a row that is far: where the sketch of the scheme has 2³⁰, here it is the largest there is, for one rule
/// with the encoder's limit.
fn score(expected: i64, is_far: bool) -> i64 {
    if is_far { i32::MAX.into() } else { expected }
}

#[test]
fn every_state_exponent_and_score_is_that_of_the_specification() {
    for name in CASES {
        let expected = Expected::open(name);
        let rows: Vec<f32> = expected.array("rows").iter().map(|x| *x as f32).collect();
        for (weights, label) in WEIGHTS {
            let module = module::fixed::lower(&quantised(name, &expected, weights));
            let knots = module.knots.clone();
            let column = |part: &str| expected.integers(&format!("{label}.{part}"));
            let is_far: Vec<bool> = column("far").iter().map(|far| *far != 0).collect();
            let (states, logs) = (column("state"), column("log2"));
            for (row, far) in is_far.iter().enumerate() {
                let x = &rows[row * module.dim..][..module.dim];
                let place = format!("{name} {label} row {row}");
                let state = match &knots {
                    None => host::fixed::latent::<16>(&module, x).0,
                    Some(knots) => {
                        let (state, tally) = host::fixed::one_way::latent(&module, knots, x);
                        assert_eq!(tally.log2(), logs[row], "{place}");
                        assert_eq!(tally.is_far(), *far, "{place}");
                        state
                    }
                };
                let state: Vec<i64> = state.iter().map(|u| u.to_bits().into()).collect();
                assert_eq!(state, states[row * module.dim..][..module.dim], "{place}");
            }
            let found = host::fixed::score(&module, &rows, &|_| ());
            let found: Vec<i64> = found.into_iter().map(i64::from).collect();
            let scores = column("score");
            let scores = scores.iter().zip(&is_far).map(|(s, far)| score(*s, *far));
            assert_eq!(found, scores.collect::<Vec<_>>(), "{name} {label}");
            assert!(is_far.iter().filter(|far| **far).count() >= 3);
        }
    }
}
