//! The integer scheme against an independent implementation of it, number by number.
#![cfg(feature = "cli")]

use nice_flow_codegen::checkpoint::Checkpoint;
use nice_flow_codegen::quantise::{Dense, Layer, Network, Part, Quantised, Weights, quantise};
use nice_flow_codegen::{Model, host, model_file, module};
use std::path::{Path, PathBuf};

const FIXTURES: [&str; 3] = ["zuko_d4", "daksh_d4", "nflows_d13"];

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/quantised")
        .join(name)
}

/// A model, and what is expected of it.
struct Case {
    model: Model,
    expected: Checkpoint,
}

impl Case {
    fn open(name: &str) -> Self {
        Self {
            model: model_file::read(&fixture(name).with_extension("safetensors")).unwrap(),
            expected: Checkpoint::open(&fixture(name).with_extension("npz")).unwrap(),
        }
    }

    fn array(&self, name: &str) -> &[f64] {
        &self.expected.tensors[name].data
    }

    fn integers(&self, name: &str) -> Vec<i64> {
        self.array(name).iter().map(|x| *x as i64).collect()
    }

    fn quantised(&self, weights: Weights) -> Quantised {
        quantise(&self.model.raw_flow(), self.array("calibration"), weights).unwrap()
    }
}

fn networks(quantised: &Quantised) -> impl Iterator<Item = &Network> {
    quantised.layers.iter().filter_map(|layer| match layer {
        Layer::Coupling { network, .. } => Some(network),
        _ => None,
    })
}

fn integers<T: Copy + Into<i64>>(values: &[T]) -> Vec<i64> {
    values.iter().map(|value| (*value).into()).collect()
}

/// The integers of a flow by the names that the fixtures give them.
fn found(quantised: &Quantised) -> Vec<(&'static str, Vec<i64>)> {
    let parts = || networks(quantised).flat_map(Network::parts);
    let layers = |of: fn(&Dense) -> Vec<i64>| -> Vec<i64> {
        parts().flat_map(Part::layers).flat_map(of).collect()
    };
    let triangles = quantised.layers.iter().flat_map(|layer| match layer {
        Layer::Triangle(t) => [integers(&t.coefficients), vec![t.shift.into()]].concat(),
        _ => vec![],
    });
    let prior = &quantised.prior;
    let components = || prior.components.iter();
    vec![
        ("weights", layers(|layer| integers(&layer.weights))),
        ("bias", layers(|layer| integers(&layer.bias))),
        ("shifts", layers(|layer| integers(&layer.shifts))),
        ("narrow", parts().map(|part| part.shift.into()).collect()),
        ("triangles", triangles.collect()),
        (
            "factor",
            components().flat_map(|one| integers(&one.factor)).collect(),
        ),
        (
            "offset",
            components().flat_map(|one| integers(&one.offset)).collect(),
        ),
        (
            "constant",
            components().map(|one| one.constant.into()).collect(),
        ),
        ("prior_shift", vec![prior.shift.into()]),
    ]
}

#[test]
fn every_integer_is_that_of_the_specification() {
    for name in FIXTURES {
        let case = Case::open(name);
        for (weights, label) in [(Weights::I8, "i8"), (Weights::I16, "i16")] {
            let quantised = case.quantised(weights);
            assert_eq!(quantised.fraction, 16);
            for (part, found) in found(&quantised) {
                let mut expected = case.integers(&format!("{label}.{part}"));
                if part == "triangles" && found.is_empty() {
                    // An npz of ours holds no empty arrays.
                    expected.clear();
                }
                assert!(
                    found == expected,
                    "{name} {label} {part}: {found:?}, expected {expected:?}"
                );
            }
        }
    }
}

#[test]
fn every_state_and_score_is_that_of_the_specification() {
    for name in FIXTURES {
        let case = Case::open(name);
        let rows: Vec<f32> = case.array("rows").iter().map(|x| *x as f32).collect();
        for (weights, label) in [(Weights::I8, "i8"), (Weights::I16, "i16")] {
            let module = module::fixed::lower(&case.quantised(weights));
            let states = rows.chunks(module.dim).flat_map(|row| {
                let state = host::fixed::latent::<16>(&module, row);
                state.into_iter().map(|u| i64::from(u.to_bits()))
            });
            assert!(
                states.eq(case.integers(&format!("{label}.state"))),
                "{name} {label}"
            );
            let scores = integers(&host::fixed::score(&module, &rows, &|_| ()));
            assert_eq!(
                scores,
                case.integers(&format!("{label}.score")),
                "{name} {label}"
            );
        }
    }
}
