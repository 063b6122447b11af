//! What every coupling must do, whatever it scales by: go back the way it came, and say by how much volume changes.

use super::*;
use crate::flow::ir::{Activation, Linear, Stage};
use nalgebra::DMatrix;

const DIM: usize = 4;

/// Numbers that follow no pattern, within ±1.
fn numbers(seed: usize, count: usize) -> impl Iterator<Item = f64> {
    (0..count).map(move |n| (1.7 * n as f64 + 0.9 * seed as f64 + 0.4).sin())
}

fn linear(seed: usize, inputs: usize, outputs: usize) -> Stage {
    Stage::Linear(Linear {
        weight: DMatrix::from_iterator(outputs, inputs, numbers(seed, inputs * outputs)),
        bias: DVector::from_iterator(outputs, numbers(seed + 1, outputs)),
    })
}

fn network(seed: usize, outputs: usize) -> Network {
    let tanh = Stage::Activation(Activation::Tanh);
    Network(vec![linear(seed, 2, 3), tanh, linear(seed + 5, 3, outputs)])
}

fn coupling(scale: Option<ScaleMap>, conditioner: Parameters, backwards: bool) -> Coupling {
    Coupling {
        kept: vec![2, 0],
        changed: vec![1, 3],
        conditioner,
        scale,
        backwards,
    }
}

/// Every way to scale.
fn maps() -> Vec<ScaleMap> {
    vec![
        ScaleMap::Exp,
        ScaleMap::Sigmoid {
            bias: 2.0,
            eps: 0.01,
        },
        ScaleMap::Softplus {
            bias: 0.5,
            eps: 0.01,
            max: 10.0,
        },
        ScaleMap::SoftplusBeta {
            beta: 0.5,
            gain: 1.5,
        },
        ScaleMap::ExpSoftclip { bound: 1.5 },
        ScaleMap::ExpAtan {
            clamp: 2.0,
            gain: 0.5,
        },
        ScaleMap::ExpTanh {
            clamp: 1.5,
            inner: 0.5,
        },
        ScaleMap::ExpClip {
            min: -5.0,
            max: 3.0,
        },
        ScaleMap::Reciprocal {
            of: Box::new(ScaleMap::Exp),
        },
    ]
}

#[test]
fn scales_are_their_formulas() {
    let (e, ln2) = (1f64.exp(), 2f64.ln());
    // S(0) and S(1), by hand.
    let expected = [
        (1.0, e),
        (
            0.01 + 1.0 / (1.0 + (-2f64).exp()),
            0.01 + 1.0 / (1.0 + (-3f64).exp()),
        ),
        (0.01 + 0.5f64.exp().ln_1p(), 0.01 + 1.5f64.exp().ln_1p()),
        (3.0 * ln2, 3.0 * 0.5f64.exp().ln_1p()),
        (1.0, 0.6f64.exp()),
        (1.0, (std::f64::consts::FRAC_PI_4).exp()),
        (1.0, (1.5 * 0.5f64.tanh()).exp()),
        (1.0, e),
        (1.0, 1.0 / e),
    ];
    for (map, (at_zero, at_one)) in maps().into_iter().zip(expected) {
        for (r, expected) in [(0.0, at_zero), (1.0, at_one)] {
            let (scale, log) = map.eval(r);
            assert!((scale - expected).abs() < 1e-14, "{map:?} of {r}: {scale}");
            assert!((log - expected.ln()).abs() < 1e-14, "{map:?} of {r}: {log}");
        }
    }
    let limited = [&maps()[2], &maps()[7]].map(|map| map.eval(100.0).0);
    assert_eq!(limited, [10.0, 3f64.exp()]);
    assert_eq!(maps()[7].eval(-100.0).1, -5.0);
}

/// Every form of a coupling.
fn couplings() -> Vec<Coupling> {
    let forms = [false, true].into_iter().flat_map(|backwards| {
        let separate = Parameters::Separate {
            shift: network(2, 2),
            scale: network(3, 2),
        };
        let affine = move |map| coupling(Some(map), Parameters::Joint(network(4, 4)), backwards);
        let others = [
            coupling(None, Parameters::Joint(network(1, 2)), backwards),
            coupling(Some(ScaleMap::Exp), separate, backwards),
        ];
        others.into_iter().chain(maps().into_iter().map(affine))
    });
    forms.collect()
}

fn inputs() -> impl Iterator<Item = Vec<f64>> {
    (0..20).map(|seed| numbers(100 + seed, DIM).map(|x| 2.0 * x).collect())
}

/// A few roundings of `f64`.
fn is_near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-12 * (1.0 + a.abs())
}

fn are_near(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).all(|(a, b)| is_near(*a, *b))
}

#[test]
fn inverse_goes_back_and_returns_the_negative_of_what_forward_returned() {
    for coupling in couplings() {
        for x in inputs() {
            let mut there = x.clone();
            let log_det = coupling.forward(&mut there);
            let back = coupling.inverse(&mut there);
            assert!(are_near(&x, &there), "{coupling:?}: {x:?}, {there:?}");
            assert!(is_near(log_det, -back), "{coupling:?}: {log_det}, {back}");
        }
    }
}

/// By central differences, whose error is about 1e-9 here.
#[test]
fn forward_returns_the_logarithm_of_the_jacobian() {
    for coupling in couplings() {
        for x in inputs() {
            let log_det = coupling.forward(&mut x.clone());
            let columns = (0..DIM).map(|i| {
                let moved = |by: f64| {
                    let mut x = x.clone();
                    x[i] += by;
                    coupling.forward(&mut x);
                    DVector::from_vec(x)
                };
                (moved(1e-5) - moved(-1e-5)) / 2e-5
            });
            let columns: Vec<DVector<f64>> = columns.collect();
            let expected = DMatrix::from_columns(&columns).determinant().abs().ln();
            assert!(
                (log_det - expected).abs() < 1e-7,
                "{coupling:?}: {log_det}, expected {expected}"
            );
        }
    }
}
