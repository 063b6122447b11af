use super::super::{
    Activation, DiagonalNormal, FullNormal, Layer, Linear, Network, Prior, Stage, StudentT,
};
use super::*;

use nalgebra::{DMatrix, DVector};

fn linear(outputs: usize, inputs: usize) -> Stage {
    Stage::Linear(Linear {
        weight: DMatrix::from_fn(outputs, inputs, |o, i| (o + 2 * i) as f64),
        bias: DVector::from_element(outputs, 0.5),
    })
}

fn coupling() -> Coupling {
    let relu = Stage::Activation(Activation::Relu);
    Coupling {
        kept: vec![0, 2],
        changed: vec![1],
        conditioner: Parameters::Joint(Network(vec![linear(4, 2), relu, linear(1, 4)])),
        scale: None,
        backwards: false,
    }
}

/// A flow of three elements whose second layer is the one given.
fn flow(layer: Layer) -> Flow {
    Flow {
        dim: 3,
        layers: vec![Layer::Permute(vec![2, 0, 1]), layer],
        prior: Prior::Normal,
    }
}

fn error(layer: Layer) -> String {
    flow(layer).check().unwrap_err().to_string()
}

fn broken(change: impl Fn(&mut Coupling)) -> String {
    let mut coupling = coupling();
    change(&mut coupling);
    error(Layer::Coupling(coupling))
}

#[test]
fn a_sound_flow_passes() {
    flow(Layer::Coupling(coupling())).check().unwrap();
}

/// A change that makes a valid coupling invalid.
type Change = fn(&mut Coupling);

#[test]
fn indices_are_a_partition() {
    let at = "layers.1.kept and layers.1.changed: expected";
    let once = format!("{at} each of 0 to 2 once, but");
    let cases: [(Change, String); 4] = [
        (|c| c.changed = vec![3], format!("{once} 3 is out of range")),
        (|c| c.changed = vec![2], format!("{once} 2 appears twice")),
        (|c| c.kept = vec![0], format!("{at} 3 elements, found 2")),
        (
            |c| c.kept.clear(),
            "layers.1: expected kept and changed elements, found 0 and 1".into(),
        ),
    ];
    for (change, expected) in cases {
        assert_eq!(broken(change), expected);
    }
}

#[test]
fn widths_chain() {
    let cases: [(Vec<Stage>, &str); 6] = [
        (
            vec![linear(4, 3), linear(1, 4)],
            "layers.1.conditioner.0.weight: expected shape [4, 2], found [4, 3]",
        ),
        (
            vec![linear(4, 2), linear(1, 5)],
            "layers.1.conditioner.1.weight: expected shape [1, 4], found [1, 5]",
        ),
        (
            vec![linear(4, 2)],
            "layers.1.conditioner: expected 1 outputs, found 4",
        ),
        (
            vec![Stage::Skip(Network(vec![linear(3, 2)]))],
            "layers.1.conditioner.0.skip: expected 2 outputs, found 3",
        ),
        (
            vec![Stage::Scale {
                factor: DVector::zeros(2),
                shift: DVector::zeros(3),
            }],
            "layers.1.conditioner.0.shift: expected 2 elements, found 3",
        ),
        (
            vec![Stage::Activation(Activation::Elu { alpha: f64::NAN })],
            "layers.1.conditioner.0.alpha: element 0: expected a finite number, found NaN",
        ),
    ];
    for (stages, expected) in cases {
        let message = broken(|c| c.conditioner = Parameters::Joint(Network(stages.clone())));
        assert_eq!(message, expected);
    }
}

#[test]
fn an_affine_coupling_needs_twice_the_outputs() {
    assert_eq!(
        broken(|c| c.scale = Some(ScaleMap::Exp)),
        "layers.1.conditioner: expected 2 outputs, found 1"
    );
    let network = || Network(vec![linear(1, 2)]);
    let message = broken(|c| {
        c.conditioner = Parameters::Separate {
            shift: network(),
            scale: network(),
        };
    });
    assert!(message.contains("additive coupling"), "{message}");
}

#[test]
fn scales_are_positive() {
    let maps = [
        ScaleMap::Sigmoid {
            bias: 2.0,
            eps: -0.1,
        },
        ScaleMap::Softplus {
            bias: 0.0,
            eps: 0.0,
            max: f64::NAN,
        },
        ScaleMap::SoftplusBeta {
            beta: 0.0,
            gain: 1.0,
        },
        ScaleMap::ExpSoftclip { bound: 0.0 },
        ScaleMap::ExpTanh {
            clamp: f64::INFINITY,
            inner: 1.0,
        },
        ScaleMap::ExpClip { min: 2.0, max: 1.0 },
    ];
    for map in maps {
        let message = broken(|c| c.scale = Some(map.clone()));
        assert!(message.starts_with("layers.1.scale: expected"), "{message}");
    }
}

#[test]
fn linear_layers_are_invertible_and_finite() {
    let diagonal = |center: [f64; 3], factor: &[f64]| {
        Layer::Diagonal(Diagonal {
            center: center.to_vec(),
            factor: factor.to_vec(),
        })
    };
    let triangular = |matrix| {
        Layer::Triangular(Triangular {
            side: Side::Lower,
            matrix,
        })
    };
    let dense = |matrix| {
        Layer::Dense(Dense {
            matrix,
            shift: DVector::zeros(3),
            log_det: 0.0,
        })
    };
    let ones = DMatrix::from_element(3, 3, 1.0);
    let mut singular = DMatrix::identity(3, 3);
    singular[(1, 1)] = 0.0;
    let cases = [
        (
            diagonal([0.0; 3], &[1.0, 0.0, 2.0]),
            "layers.1.factor: element 1: expected a number other than zero, found 0",
        ),
        (
            diagonal([0.0; 3], &[1.0]),
            "layers.1.factor: expected 3 elements, found 1",
        ),
        (
            diagonal([0.0, 0.0, f64::INFINITY], &[1.0; 3]),
            "layers.1.center: element 2: expected a finite number, found inf",
        ),
        (
            triangular(singular.clone()),
            "layers.1.matrix, diagonal: element 1: expected a number other than zero, found 0",
        ),
        (
            triangular(ones.clone()),
            "layers.1.matrix: row 0, column 1: expected 0, found 1",
        ),
        (
            triangular(DMatrix::identity(3, 2)),
            "layers.1.matrix: expected shape [3, 3], found [3, 2]",
        ),
        (
            dense(ones),
            "layers.1.matrix: expected an invertible matrix",
        ),
    ];
    for (layer, expected) in cases {
        assert_eq!(error(layer), expected);
    }
}

#[test]
fn priors_are_densities() {
    let normal = |precision: [f64; 3]| DiagonalNormal {
        mean: vec![0.0; 3],
        precision: precision.to_vec(),
    };
    let mixture = |log_weights: &[f64], components| Prior::Mixture {
        log_weights: log_weights.to_vec(),
        components,
    };
    let student_t = |degrees: [f64; 3]| {
        let DiagonalNormal { mean, precision } = normal([1.0; 3]);
        Prior::StudentT(StudentT {
            location: mean,
            precision,
            degrees: degrees.to_vec(),
        })
    };
    let full = |factor: DMatrix<f64>| Prior::FullMixture {
        log_weights: vec![0.0],
        components: vec![FullNormal {
            mean: vec![0.0; 3],
            factor,
        }],
    };
    let cases = [
        (
            student_t([1.0, f64::INFINITY, 3.0]),
            "prior.degrees: element 1: expected a finite number, found inf",
        ),
        (
            student_t([1.0, 2.0, -3.0]),
            "prior.degrees: element 2: expected a positive number, found -3",
        ),
        (
            full(DMatrix::identity(2, 2)),
            "prior.components.0.factor: expected shape [3, 3], found [2, 2]",
        ),
        (
            full(DMatrix::from_element(3, 3, 1.0)),
            "prior.components.0.factor: row 0, column 1: expected 0, found 1",
        ),
        (
            full(-DMatrix::<f64>::identity(3, 3)),
            "prior.components.0.factor, diagonal: element 0: expected a positive number, found -1",
        ),
        (
            Prior::FullMixture {
                log_weights: vec![],
                components: vec![],
            },
            "prior.components: expected at least one, found none",
        ),
        (
            Prior::DiagonalNormal(normal([1.0, -1.0, 1.0])),
            "prior.precision: element 1: expected a positive number, found -1",
        ),
        (
            mixture(&[0.0, 0.0], vec![normal([1.0; 3])]),
            "prior.log_weights: expected 1 elements, found 2",
        ),
        (
            mixture(&[], vec![]),
            "prior.components: expected at least one, found none",
        ),
        (
            mixture(&[0.5], vec![normal([1.0; 3])]),
            "prior.log_weights: expected weights that sum to 1, found 1.6487212707001282",
        ),
        (
            mixture(&[0.0], vec![normal([1.0, 1.0, 0.0])]),
            "prior.components.0.precision: element 2: expected a positive number, found 0",
        ),
    ];
    for (prior, expected) in cases {
        let mut flow = flow(Layer::Coupling(coupling()));
        flow.prior = prior;
        assert_eq!(flow.check().unwrap_err().to_string(), expected);
    }
}
