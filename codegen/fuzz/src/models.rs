//! Model files to begin with: each kind of layer, network, scale and prior, one flow and several.

mod priors;

use crate::seeds::fixture_path;
use nalgebra::{DMatrix, DVector};
use nice_flow_codegen::Model;
use nice_flow_codegen::flow::ir::{
    Activation, Coupling, Dense, Diagonal, Flow, Layer, Linear, Network, Parameters, Prior,
    ScaleMap, Side, Stage, Triangular,
};
use nice_flow_codegen::model::p_values::PValues;
use nice_flow_codegen::model::{
    Biases, Calibration, Combine, Member, Missing, Origin, Tail, Threshold,
};
use nice_flow_import::checkpoint::Checkpoint;
use nice_flow_import::import::import;

/// Inputs of the models made here.
const FEATURES: [&str; DIM] = ["flow", "pressure", "current", "°C"];
const DIM: usize = 4;

/// Small models that have everything between them, a checkpoint's and an ensemble among them.
pub fn all() -> Vec<Model> {
    let couplings = vec![additive(), Layer::Permute(vec![2, 0, 3, 1]), additive()];
    let affine = scales().into_iter().map(affine).collect();
    let several = Model {
        members: vec![member(0.0), member(1.0)],
        combine: Some(Combine::Tail),
        debounce: Some("3/5".parse().expect("a debounce")),
        calibration: None,
        ..model(vec![], Prior::Normal)
    };
    let density = Model {
        combine: Some(Combine::Density),
        calibration: Some(calibration()),
        ..several.clone()
    };
    vec![
        model(couplings, Prior::Normal),
        model(affine, Prior::Logistic),
        model(linear(), priors::mixture()),
        zuko(),
        several,
        density,
        model(vec![additive()], priors::student_t()),
        model(vec![additive()], priors::full_mixture()),
    ]
}

/// A checkpoint of zuko, four inputs, as it is imported.
///
/// # Panics
/// If the fixture is not as it was.
pub fn zuko() -> Model {
    let checkpoint =
        Checkpoint::open(&fixture_path("zuko_d4/nice.safetensors")).expect("a checkpoint");
    import(&checkpoint, None, &[]).expect("a layout").model
}

/// A flow of these layers with all that a user may know of it.
pub fn model(layers: Vec<Layer>, prior: Prior) -> Model {
    Model {
        name: "pump".into(),
        features: FEATURES.map(String::from).to_vec(),
        channels: DIM,
        missing: Missing::Alarm,
        front_end: None,
        baseline: None,
        members: vec![flow(layers, prior)],
        combine: None,
        threshold: threshold(),
        p_values: Some(p_values()),
        debounce: Some("1/2".parse().expect("a debounce")),
        calibration: Some(calibration()),
        biases: Biases::Weights,
        origin: Origin {
            file: "pump.pt".into(),
            sha256: "0123456789abcdef".repeat(4),
            layout: "zuko".into(),
        },
    }
}

fn flow(layers: Vec<Layer>, prior: Prior) -> Member {
    let flow = Flow {
        dim: DIM,
        layers,
        prior,
    };
    Member {
        preprocessing: Some(diagonal()),
        training: [("epochs".to_owned(), "200".to_owned())].into(),
        ..Member::new(flow)
    }
}

/// A flow of an ensemble.
fn member(shift: f64) -> Member {
    let knots = std::array::from_fn(|j| shift + j as f64);
    Member {
        tail: Some(Tail { knots, excess: 0.5 }),
        ..flow(vec![additive(), Layer::Diagonal(diagonal())], Prior::Normal)
    }
}

fn threshold() -> Option<Threshold> {
    Some(Threshold {
        score: 12.5,
        false_alarm_rate: 0.01,
    })
}

fn p_values() -> PValues {
    PValues::of_normal(&[3.0, 4.0, 5.0, 8.0, 2.0])
}

fn calibration() -> Calibration {
    let rows: Vec<f64> = (0..8 * DIM).map(number).collect();
    Calibration {
        i16: Some(12.5),
        ..Calibration::new(&rows, DIM)
    }
}

/// Numbers in ±1 without pattern.
fn number(i: usize) -> f64 {
    f64::from((i as f32 * 1.7).sin())
}

fn diagonal() -> Diagonal {
    Diagonal::standardise((0..DIM).map(number).collect(), &[1.0, 2.0, 0.5, 4.0])
}

fn stage(inputs: usize, outputs: usize) -> Stage {
    Stage::Linear(Linear {
        weight: DMatrix::from_fn(outputs, inputs, |i, j| number(7 * i + j)),
        bias: DVector::from_fn(outputs, |i, _| number(i)),
    })
}

fn network(activation: Activation, outputs: usize) -> Network {
    let scale = Stage::Scale {
        factor: DVector::from_element(3, 0.5),
        shift: DVector::from_element(3, 0.25),
    };
    let inner = Network(vec![Stage::Activation(activation), stage(3, 3)]);
    Network(vec![
        stage(2, 3),
        scale,
        Stage::Activation(activation),
        Stage::Skip(inner),
        stage(3, outputs),
    ])
}

fn coupling(conditioner: Parameters, scale: Option<ScaleMap>) -> Layer {
    Layer::Coupling(Coupling {
        kept: vec![0, 2],
        changed: vec![1, 3],
        conditioner,
        scale,
        backwards: false,
    })
}

fn additive() -> Layer {
    coupling(Parameters::Joint(network(Activation::Relu, 2)), None)
}

fn affine((index, scale): (usize, ScaleMap)) -> Layer {
    let activations = [
        Activation::LeakyRelu { slope: 0.1 },
        Activation::Elu { alpha: 1.0 },
        Activation::Tanh,
        Activation::Sigmoid,
        Activation::Silu,
        Activation::Softplus,
        Activation::Gelu,
        Activation::GeluTanh,
        Activation::Mish,
        Activation::Selu,
        Activation::Hardtanh {
            min: -1.0,
            max: 1.0,
        },
        Activation::Hardswish,
        Activation::Softsign,
        Activation::Atan,
    ];
    let activation = activations[index % activations.len()];
    let conditioner = match index % 2 {
        0 => Parameters::Joint(network(activation, 4)),
        _ => Parameters::Separate {
            shift: network(activation, 2),
            scale: network(activation, 2),
        },
    };
    coupling(conditioner, Some(scale))
}

fn scales() -> Vec<(usize, ScaleMap)> {
    let max = f64::INFINITY;
    let maps = [
        ScaleMap::Exp,
        ScaleMap::Sigmoid {
            bias: 2.0,
            eps: 1e-3,
        },
        ScaleMap::Softplus {
            bias: 0.5,
            eps: 0.01,
            max,
        },
        ScaleMap::SoftplusBeta {
            beta: 0.5,
            gain: 0.1,
        },
        ScaleMap::ExpSoftclip { bound: 6.9 },
        ScaleMap::ExpAtan {
            clamp: 2.0,
            gain: 0.636,
        },
        ScaleMap::ExpTanh {
            clamp: 2.0,
            inner: 1.0,
        },
        ScaleMap::ExpClip {
            min: -2.0,
            max: 2.0,
        },
        ScaleMap::Reciprocal {
            of: Box::new(ScaleMap::Exp),
        },
    ];
    maps.into_iter().enumerate().collect()
}

fn linear() -> Vec<Layer> {
    let matrix = DMatrix::from_fn(DIM, DIM, |i, j| {
        if i == j {
            2.0
        } else {
            0.25 * number(DIM * i + j)
        }
    });
    let (lower, upper) = (matrix.lower_triangle(), matrix.upper_triangle());
    let log_det = matrix.determinant().abs().ln();
    let triangular = |side, matrix| Layer::Triangular(Triangular { side, matrix });
    vec![
        triangular(Side::Lower, lower),
        triangular(Side::Upper, upper),
        Layer::Dense(Dense {
            matrix,
            shift: DVector::from_element(DIM, 0.5),
            log_det,
        }),
        Layer::Diagonal(diagonal()),
    ]
}
