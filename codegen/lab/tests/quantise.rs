//! The integer scheme against an independent implementation of it, number by number.

use nice_flow::Density;
use nice_flow_codegen::flow::ir;
use nice_flow_codegen::flow::ir::{Activation, Flow, Linear, Parameters, Stage};
use nice_flow_codegen::model::file;
use nice_flow_codegen::model::{Calibration, Threshold};
use nice_flow_codegen::model::{Combine, Member};
use nice_flow_codegen::module::LoweredFlow;
use nice_flow_codegen::module::emit;
use nice_flow_codegen::module::quantise::{
    Network, Part, Prior, Quantised, QuantisedDense, QuantisedLayer, Triangle, quantise,
};
use nice_flow_codegen::numeric::Weights;
use nice_flow_codegen::{Builder, Error, Lowered, Model, Numeric};
use nice_flow_codegen::{generate, lowered, module};
use nice_flow_import::checkpoint::Checkpoint;
use nice_flow_lab::host;
use nice_flow_lab::host::arithmetic::Arithmetic;
use nice_flow_lab::host::score::{score, score_lowered};
use nice_flow_lab::judge::tail::tail_of;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use std::path::{Path, PathBuf};

#[path = "../../tests/fixtures/quantised/daksh_d4_i16.rs"]
mod daksh_d4_i16;
#[path = "../../tests/fixtures/quantised/nflows_d13_i8.rs"]
mod nflows_d13_i8;
#[path = "../../tests/fixtures/specification.rs"]
mod specification;
#[path = "../../tests/fixtures/quantised/zuko_d4_i8_counts.rs"]
mod zuko_d4_i8_counts;

const FIXTURES: [&str; 3] = ["zuko_d4", "daksh_d4", "nflows_d13"];

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/fixtures/quantised")
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
            model: file::read(&fixture(name).with_extension("safetensors")).unwrap(),
            expected: Checkpoint::open(&fixture(name).with_extension("npz")).unwrap(),
        }
    }

    fn array(&self, name: &str) -> &[f64] {
        &self.expected.tensors[name].data
    }

    fn integers(&self, name: &str) -> Vec<i64> {
        self.array(name).iter().map(|x| *x as i64).collect()
    }

    /// Calibrated on the rows of the fixture.
    fn calibrated(&self) -> Model {
        let mut calibration =
            Calibration::new(self.array("calibration"), self.model.members[0].flow.dim);
        calibration.set_threshold(Weights::I8, 12.25);
        Model {
            threshold: Some(Threshold {
                score: 12.3,
                false_alarm_rate: 0.01,
            }),
            calibration: Some(calibration),
            ..self.model.clone()
        }
    }

    fn quantised(&self, weights: Weights) -> Quantised {
        quantise(
            &self.model.members[0].raw_flow(),
            self.array("calibration"),
            weights,
        )
        .unwrap()
    }
}

fn networks(quantised: &Quantised) -> impl Iterator<Item = &Network> {
    quantised.layers.iter().filter_map(|layer| match layer {
        QuantisedLayer::Coupling { network, .. } => Some(network.as_ref()),
        _ => None,
    })
}

fn integers<T: Copy + Into<i64>>(values: &[T]) -> Vec<i64> {
    values.iter().map(|value| (*value).into()).collect()
}

/// The matrix of a triangle, row by row, with zeros on the diagonal and beyond it.
fn square(triangle: &Triangle) -> Vec<i64> {
    let mut square = vec![0; triangle.dim * triangle.dim];
    let rows = triangle.side.rows(&triangle.strict, triangle.dim);
    for ((i, row), line) in rows.enumerate().zip(square.chunks_mut(triangle.dim)) {
        line[triangle.side.of_row(i, triangle.dim)].copy_from_slice(&integers(row));
    }
    square
}

/// The integers of a flow by the names that the fixtures give them.
fn found(quantised: &Quantised) -> Vec<(&'static str, Vec<i64>)> {
    let parts = || networks(quantised).flat_map(Network::parts);
    let layers = |of: fn(&QuantisedDense) -> Vec<i64>| -> Vec<i64> {
        parts().flat_map(Part::layers).flat_map(of).collect()
    };
    let triangles = quantised.layers.iter().flat_map(|layer| match layer {
        QuantisedLayer::Triangle(t) => [square(t), vec![t.shift.into()]].concat(),
        _ => vec![],
    });
    let (Prior::Normal(prior) | Prior::Logistic(prior)) = &quantised.prior else {
        panic!("the specification has no mixtures");
    };
    vec![
        ("weights", layers(|layer| integers(&layer.weights))),
        ("bias", layers(|layer| integers(&layer.bias))),
        ("shifts", layers(|layer| integers(&layer.shifts))),
        ("narrow", parts().map(|part| part.shift.into()).collect()),
        ("triangles", triangles.collect()),
        ("factor", integers(&prior.factor)),
        ("offset", integers(&prior.offset)),
        ("constant", vec![prior.constant.into()]),
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
                let (state, _) = host::fixed::latent::<16>(&module, row);
                state.into_iter().map(|u| i64::from(u.to_bits()))
            });
            assert!(
                states.eq(case.integers(&format!("{label}.state"))),
                "{name} {label}"
            );
            let scores = host::fixed::score(&module, &rows, &|_| ());
            let (expected, saturated) = specification::scores(&case.expected, label);
            assert_eq!(scores, expected, "{name} {label}");
            assert_eq!((scores.len(), saturated), (70, 6));
        }
    }
}

/// The text is what it was in the last review; `BLESS=1` writes it anew.
fn is_committed(name: &str, text: String) {
    let path = fixture(name).with_extension("rs");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap();
    assert!(committed == text, "{} is stale", path.display());
}

#[test]
fn the_committed_modules_are_what_generate_writes() {
    let generate = |name, numeric| generate(&Case::open(name).calibrated(), numeric).unwrap();
    is_committed("nflows_d13_i8", generate("nflows_d13", Numeric::I8));
    is_committed("daksh_d4_i16", generate("daksh_d4", Numeric::I16));
    let counts = LoweredFlow::Fixed(counting()).into();
    let text = emit::emit(&Case::open("zuko_d4").calibrated(), &counts).unwrap();
    is_committed("zuko_d4_i8_counts", text);
    // Its own threshold where the calibration has one, else the flow's.
    assert_eq!(nflows_d13_i8::THRESHOLD.to_f32(), 12.25);
    assert_eq!(
        daksh_d4_i16::THRESHOLD.to_bits(),
        (12.3 * 65536.0_f64).round() as i32
    );
}

#[test]
fn a_build_script_writes_the_same_integers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nflows_d13.safetensors");
    let model = Case::open("nflows_d13").calibrated();
    std::fs::write(&path, file::write(&model).unwrap()).unwrap();
    let builder = Builder::new(&path).numeric(Numeric::I8);
    let module = builder.generate_to(folder.path()).unwrap();
    let committed = fixture("nflows_d13_i8").with_extension("rs");
    assert!(std::fs::read(module).unwrap() == std::fs::read(committed).unwrap());
}

fn on_host(name: &str, numeric: Numeric, rows: &[f32]) -> Vec<i32> {
    host::fixed::score(&fixed(name, numeric), rows, &|_| ())
}

#[test]
fn host_scores_equal_the_compiled_modules_in_every_bit() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    // Any bits at all, and numbers that a sensor might send.
    let number = prop_oneof![any::<u32>().prop_map(f32::from_bits), -50.0..50.0_f32];
    let rows = prop::collection::vec(number, 13 * 2000)
        .new_tree(&mut runner)
        .unwrap()
        .current();
    let residual = |row: &[f32; 13]| nflows_d13_i8::MODEL.score(row).to_bits();
    let compiled: Vec<i32> = rows.as_chunks().0.iter().map(residual).collect();
    assert_eq!(on_host("nflows_d13", Numeric::I8, &rows), compiled);
    let leaky = |row: &[f32; 4]| daksh_d4_i16::MODEL.score(row).to_bits();
    let compiled: Vec<i32> = rows.as_chunks().0.iter().map(leaky).collect();
    assert_eq!(on_host("daksh_d4", Numeric::I16, &rows), compiled);
}

fn fixed(name: &str, numeric: Numeric) -> module::fixed::Module {
    integers_of(lowered(&Case::open(name).calibrated(), numeric).unwrap())
}

fn integers_of(lowered: Lowered) -> module::fixed::Module {
    match lowered.first() {
        LoweredFlow::Fixed(module) => module.clone(),
        LoweredFlow::Float(_) => panic!("a module of integers"),
    }
}

/// Of counts of a hundredth of a raw unit, around 2048 and 0.
const SCALE: &str = "unit=0.01;zero=2048,0";

fn counting() -> module::fixed::Module {
    integers_of(taking(SCALE).unwrap())
}

fn taking(scale: &str) -> nice_flow_codegen::Result<Lowered> {
    let model = Case::open("zuko_d4").calibrated();
    lowered(&model, Numeric::I8)?.taking_counts(&scale.parse()?, &model)
}

#[test]
fn counts_score_as_their_raw_units_do() {
    let case = Case::open("zuko_d4");
    let raw: Vec<f32> = case
        .array("calibration")
        .iter()
        .map(|x| *x as f32)
        .collect();
    let zero = |i: usize| if i.is_multiple_of(2) { 2048.0 } else { 0.0 };
    let counts: Vec<f32> = (raw.iter().enumerate())
        .map(|(i, x)| (x / 0.01 + zero(i)).round())
        .collect();
    let raw: Vec<f32> = (counts.iter().enumerate())
        .map(|(i, count)| (count - zero(i)) * 0.01)
        .collect();
    let score = |module, rows: &[f32]| host::fixed::score(module, rows, &|_| ());
    let (ours, theirs) = (
        score(&counting(), &counts),
        score(&fixed("zuko_d4", Numeric::I8), &raw),
    );
    // One step of 2⁻¹⁶ deviations in the state, rounded the one way or the other, may move an activation by one of its steps.
    let near = |(a, b): (&i32, &i32)| (a - b).abs() <= 6554;
    assert!(ours.iter().zip(&theirs).all(near), "{ours:?} {theirs:?}");

    let compiled = |row: &[f32; 4]| {
        zuko_d4_i8_counts::MODEL
            .score(&row.map(|x| x as i16))
            .to_bits()
    };
    let compiled: Vec<i32> = counts.as_chunks().0.iter().map(compiled).collect();
    assert_eq!(ours, compiled);
}

#[test]
fn a_stuck_counter_has_the_largest_score() {
    for count in [i32::MIN, -32768, 32767, i32::MAX] {
        let row = nalgebra::SVector::from([count, 0, 2048, 0]);
        let score = zuko_d4_i8_counts::MODEL.score(&row);
        assert_eq!(score.to_bits(), i32::MAX, "{count}");
        let row = [count as f32, 0.0, 2048.0, 0.0];
        assert_eq!(host::fixed::score(&counting(), &row, &|_| ()), [i32::MAX]);
    }
}

#[test]
fn a_wrong_scale_of_counts_is_an_error_that_says_why() {
    let says = |text: &str| taking(text).unwrap_err().to_string();
    assert_eq!(says("scale=1"), "scale=1: expected unit=…;zero=…");
    assert!(says("unit=x").contains("expected a finite number, found `x`"));
    assert!(says("unit=1,2,3").contains("numbers that go into 4 inputs, found 3"));
    assert!(says("unit=NaN").contains("expected a finite number, found `NaN`"));
    let names = Case::open("zuko_d4").calibrated().features;
    let zero = format!(
        "--counts: {}: expected a unit other than 0, found 0.0",
        names[0]
    );
    assert_eq!(says("unit=0.01,0"), zero.replace(&names[0], &names[1]));
    assert_eq!(says("unit=0"), zero);
}

/// Too coarse, too fine for 32 bits, or too far from what the rows are.
#[test]
fn counts_that_blind_a_channel_are_refused_by_its_name() {
    let names = Case::open("zuko_d4").calibrated().features;
    let blind = [
        "unit=1,0.01,0.01,0.01",
        "unit=-1e9,0.01,0.01,0.01",
        "unit=1e-300,0.01,0.01,0.01",
        "unit=1e-10,0.01,0.01,0.01",
        "unit=1;zero=1e12,0,0,0",
        "unit=0.01;zero=2147484000,0,0,0",
    ];
    for scale in blind {
        let message = taking(scale).unwrap_err().to_string();
        let expected = format!("--counts: {}: expected counts of 32 bits", names[0]);
        assert!(message.starts_with(&expected), "{scale}: {message}");
        assert!(message.contains("which miss them by"), "{scale}: {message}");
    }
    let last = taking("unit=0.01,0.01,0.01,1e300").unwrap_err().to_string();
    assert!(
        last.contains(&format!("--counts: {}: ", names[3])),
        "{last}"
    );
    for scale in ["unit=0.01;zero=2147480000", "unit=-0.05", "unit=1e-8"] {
        taking(scale).unwrap();
    }
}

fn linear(outputs: usize, inputs: usize) -> Stage {
    let wave = |i: usize, j: usize| (1.7 * i as f64 + 2.9 * j as f64 + 0.3).sin();
    Stage::Linear(Linear {
        weight: nalgebra::DMatrix::from_fn(outputs, inputs, wave),
        bias: nalgebra::DVector::from_fn(outputs, |i, _| wave(i, 5)),
    })
}

fn coupling(activation: Activation) -> ir::Coupling {
    let stages = vec![linear(8, 2), Stage::Activation(activation), linear(2, 8)];
    ir::Coupling {
        kept: vec![0, 2],
        changed: vec![1, 3],
        conditioner: Parameters::Joint(ir::Network(stages)),
        scale: None,
        backwards: false,
    }
}

fn flow(layers: Vec<ir::Layer>) -> Flow {
    Flow {
        dim: 4,
        layers,
        prior: ir::Prior::Normal,
    }
}

fn rows() -> Vec<f64> {
    (0..400).map(|i| (1.3 * f64::from(i)).sin()).collect()
}

#[test]
fn what_has_no_integer_form_is_refused_by_layer_and_reason() {
    let says = |coupling: ir::Coupling| {
        let layers = vec![
            ir::Layer::Permute(vec![3, 2, 1, 0]),
            ir::Layer::Coupling(coupling),
        ];
        quantise(&flow(layers), &rows(), Weights::I8)
            .unwrap_err()
            .to_string()
    };
    for (activation, name) in [
        (Activation::Softsign, "Softsign"),
        (Activation::Elu { alpha: 16.0 }, "alpha: 16.0"),
        (Activation::Hardtanh { min: 0.5, max: 0.5 }, "Hardtanh"),
        (Activation::LeakyRelu { slope: 1.5 }, "slope: 1.5"),
    ] {
        let error = says(coupling(activation));
        assert!(
            error.starts_with("layers.1: expected relu") && error.contains(name),
            "{error}"
        );
    }
    // An activation of the last layer is part of the map in a network of its own only.
    let mut affine = coupling(Activation::Relu);
    affine.scale = Some(ir::ScaleMap::Exp);
    if let Parameters::Joint(ir::Network(stages)) = &mut affine.conditioner {
        stages[2] = linear(4, 8);
        stages.push(Stage::Activation(Activation::Softsign));
    }
    let error = says(affine);
    assert!(error.starts_with("layers.1: expected relu"), "{error}");
    // A sigmoid of a residual block becomes a tangent where all blocks have it.
    let mut residual = coupling(Activation::Relu);
    if let Parameters::Joint(ir::Network(stages)) = &mut residual.conditioner {
        let act = Stage::Activation;
        let block = |entry: Activation| {
            let inner = [linear(8, 8), act(Activation::Sigmoid), linear(8, 8)];
            let branch = [&[act(entry)][..], &inner].concat();
            Stage::Skip(ir::Network(branch))
        };
        stages.splice(1..2, [block(Activation::Sigmoid), block(Activation::Tanh)]);
    }
    assert!(says(residual).starts_with("layers.1: expected linear layers"));
}

/// Sigmoids in residual blocks, and activations of straight lines and parabolas, in plain and residual networks.
#[test]
fn hard_activations_and_sigmoids_in_blocks_are_near_their_flows() {
    let relu6 = Activation::Hardtanh { min: 0.0, max: 6.0 };
    let hardtanh = Activation::Hardtanh {
        min: -1.0,
        max: 1.0,
    };
    let sigmoid = Activation::Sigmoid;
    for (activation, residual) in [
        (sigmoid, true),
        (relu6, false),
        (relu6, true),
        (hardtanh, false),
        (hardtanh, true),
        (Activation::Hardswish, false),
        (Activation::Hardswish, true),
    ] {
        let mut one = coupling(activation);
        if let (Parameters::Joint(ir::Network(stages)), true) = (&mut one.conditioner, residual) {
            let act = || Stage::Activation(activation);
            let branch = vec![act(), linear(8, 8), act(), linear(8, 8)];
            stages[1] = Stage::Skip(ir::Network(branch));
        }
        let flow = flow(vec![
            ir::Layer::Permute(vec![3, 2, 1, 0]),
            ir::Layer::Coupling(one),
        ]);
        for (weights, most) in [(Weights::I8, 0.2), (Weights::I16, 0.02)] {
            let quantised = quantise(&flow, &rows(), weights).unwrap();
            let module = module::fixed::lower(&quantised);
            let single: Vec<f32> = rows().iter().map(|x| *x as f32).collect();
            let scores = host::fixed::score(&module, &single, &|_| ());
            let mut off: Vec<f64> = rows()
                .chunks(4)
                .zip(scores)
                .map(|(row, score)| {
                    let score = f64::from(score) / f64::from(1 << module.fraction);
                    (score + flow.log_density(row)).abs()
                })
                .collect();
            off.sort_by(f64::total_cmp);
            let median = off[off.len() / 2];
            assert!(
                median < most,
                "{activation:?} {residual} {weights:?}: {median}"
            );
        }
    }
}

/// A flow with a matrix of that condition.
fn squeezed(condition: f64) -> Flow {
    let turn = |a: f64| {
        nalgebra::DMatrix::from_fn(4, 4, |i, j| match (i / 2 == j / 2, i == j) {
            (true, true) => a.cos(),
            (true, false) if i > j => a.sin(),
            (true, false) => -a.sin(),
            _ => 0.0,
        })
    };
    let mut squeeze = nalgebra::DMatrix::identity(4, 4);
    squeeze[(1, 1)] = 1.0 / condition;
    let matrix = turn(0.7) * squeeze * turn(-0.4);
    let dense = ir::Dense::new(matrix, nalgebra::DVector::zeros(4));
    let coupling = ir::Layer::Coupling(coupling(Activation::Relu));
    flow(vec![ir::Layer::Dense(dense), coupling])
}

#[test]
fn scores_of_every_fraction_are_in_nats() {
    for (condition, fraction) in [(1.0, 16), (1000.0, 14)] {
        let flow = squeezed(condition);
        let module = module::fixed::lower(&quantise(&flow, &rows(), Weights::I16).unwrap());
        assert_eq!(module.fraction, fraction);
        let singles: Vec<f32> = rows().iter().map(|x| *x as f32).collect();
        let scores = host::fixed::score(&module, &singles, &|_| ());
        for (row, score) in singles.chunks(4).zip(scores) {
            let row: Vec<f64> = row.iter().map(|x| f64::from(*x)).collect();
            let score = f64::from(score) / f64::from(1 << fraction);
            // The gate of 16-bit weights for one row in a hundred; an ill-conditioned matrix costs .16 (median).
            let limit = if fraction == 16 { 0.1 } else { 0.5 };
            assert!(
                (score + flow.log_density(&row)).abs() <= limit,
                "{condition} {score}"
            );
        }
    }
}

#[test]
fn members_share_the_fraction_of_the_one_that_needs_the_fewest_bits() {
    let member = |condition| Member {
        tail: Some(tail_of(&[1.0, 2.0, 4.0])),
        ..Member::new(squeezed(condition))
    };
    for (conditions, fraction) in [([1.0, 10.0], 16), ([1.0, 1000.0], 14)] {
        let ensemble = Model {
            members: conditions.map(member).into(),
            combine: Some(Combine::Density),
            calibration: Some(Calibration::new(&rows(), 4)),
            ..Case::open("zuko_d4").model
        };
        let lowered = lowered(&ensemble, Numeric::I16).unwrap();
        assert_eq!(lowered.fraction(), Some(fraction));
        let text = generate(&ensemble, Numeric::I16).unwrap();
        assert_eq!(text.contains("Standardise<4, 14>"), fraction == 14);
        let found = score_lowered(&lowered, &rows(), &|_| ()).to_f64();
        let expected = score(&ensemble, &rows(), Arithmetic::F64, &|_| ()).unwrap();
        for (found, expected) in found.iter().zip(expected.to_f64()) {
            // As of one flow.
            let limit = if fraction == 16 { 0.1 } else { 0.5 };
            assert!((found - expected).abs() <= limit, "{found} {expected}");
        }
    }
}

#[test]
fn an_ill_conditioned_matrix_costs_range_then_fraction_then_all() {
    let range_of = |condition| {
        let quantised = quantise(&squeezed(condition), &rows(), Weights::I16)?;
        let Quantised {
            encoder, fraction, ..
        } = quantised;
        Ok::<_, Error>((encoder.limit >> fraction, fraction))
    };
    assert_eq!(range_of(100.0).unwrap(), (128, 16));
    assert_eq!(range_of(400.0).unwrap(), (64, 16));
    assert_eq!(range_of(1000.0).unwrap(), (64, 14));
    let error = range_of(1e4).unwrap_err().to_string();
    assert!(
        error.starts_with("layers.0: the state could reach"),
        "{error}"
    );
    assert!(error.contains("ill-conditioned"), "{error}");
}

proptest! {
    /// Weights of any size, as a damaged file might hold: an error, or integers that score any row.
    #[test]
    fn absurd_numbers_cause_no_panic(
        exponents in prop::collection::vec(-300..300i32, 6),
        leaves in any::<[bool; 6]>(),
    ) {
        let size = |i: usize| if leaves[i] { 1.0 } else { 10.0_f64.powi(exponents[i]) };
        let mut coupling = coupling(Activation::LeakyRelu { slope: 0.1 });
        if let Parameters::Joint(ir::Network(stages)) = &mut coupling.conditioner {
            for (i, stage) in stages.iter_mut().enumerate() {
                if let Stage::Linear(Linear { weight, bias }) = stage {
                    *weight *= size(i);
                    *bias *= size(i + 1);
                }
            }
        }
        let diagonal = ir::Diagonal::scale(vec![size(4), 1.0, 1.0, -size(5)]);
        let mut affine = coupling.clone();
        if let Parameters::Joint(network) = &affine.conditioner {
            let (shift, scale) = (network.clone(), network.clone());
            affine.conditioner = Parameters::Separate { shift, scale };
        }
        affine.scale = Some(match leaves[0] {
            true => ir::ScaleMap::Exp,
            false => ir::ScaleMap::Sigmoid { bias: size(3), eps: 0.0 },
        });
        affine.backwards = leaves[1];
        for coupling in [coupling, affine] {
            let layers = vec![
                ir::Layer::Diagonal(diagonal.clone()),
                ir::Layer::Coupling(coupling),
            ];
            for weights in [Weights::I8, Weights::I16] {
                if let Ok(quantised) = quantise(&flow(layers.clone()), &rows()[..80], weights) {
                    let module = module::fixed::lower(&quantised);
                    // Sums wrap; that they fit is shown beside `quantise/dense.rs`.
                    host::fixed::score(&module, &[0.0, f32::NAN, -1e30, 1e30], &|_| ());
                }
            }
        }
    }
}
