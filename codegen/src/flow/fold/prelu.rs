//! Writes PReLUs of one slope a unit as ReLUs of twice as many units.

use crate::flow::ir::{Activation, Linear, Network, Stage};
use nalgebra::{DMatrix, DVector};

/// The same network with `relu(h)` and `relu(−h)` in place of `h + factor · relu(−h) + shift` between two linear layers, the second
/// of which reads them as `relu(h) + (factor − 1) · relu(−h)`.
pub fn as_relus(mut network: Network) -> Network {
    for stage in &mut network.0 {
        if let Stage::Skip(branch) = stage {
            *branch = as_relus(Network(std::mem::take(&mut branch.0)));
        }
    }
    for at in 2..network.0.len() {
        let [Stage::Linear(before), middle, Stage::Linear(behind)] = &mut network.0[at - 2..=at]
        else {
            continue;
        };
        if let Some((factor, shift)) = prelu(middle) {
            *before = twice(before);
            *behind = reads(behind, &factor, &shift);
            *middle = Stage::Activation(Activation::Relu);
        }
    }
    network
}

/// `factor` and `shift`, if the stage is `h + factor · relu(−h) + shift`.
fn prelu(stage: &Stage) -> Option<(DVector<f64>, DVector<f64>)> {
    let Stage::Skip(Network(branch)) = stage else {
        return None;
    };
    match branch.as_slice() {
        [
            Stage::Scale {
                factor: minus,
                shift: zero,
            },
            Stage::Activation(Activation::Relu),
            Stage::Scale { factor, shift },
        ] if minus.iter().all(|one| *one == -1.0) && zero.iter().all(|zero| *zero == 0.0) => {
            Some((factor.clone(), shift.clone()))
        }
        _ => None,
    }
}

/// `h`, and `−h` behind it.
fn twice(layer: &Linear) -> Linear {
    let (outputs, inputs) = layer.weight.shape();
    let sign = |i: usize| if i < outputs { 1.0 } else { -1.0 };
    Linear {
        weight: DMatrix::from_fn(2 * outputs, inputs, |i, j| {
            sign(i) * layer.weight[(i % outputs, j)]
        }),
        bias: DVector::from_fn(2 * outputs, |i, _| sign(i) * layer.bias[i % outputs]),
    }
}

/// The layer that reads both.
fn reads(layer: &Linear, factor: &DVector<f64>, shift: &DVector<f64>) -> Linear {
    let (outputs, inputs) = layer.weight.shape();
    let times = |j: usize| match j < inputs {
        true => 1.0,
        false => factor[j - inputs] - 1.0,
    };
    Linear {
        weight: DMatrix::from_fn(outputs, 2 * inputs, |i, j| {
            times(j) * layer.weight[(i, j % inputs)]
        }),
        bias: &layer.weight * shift + &layer.bias,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{agree, linear, scale};
    use super::*;

    /// With a shift and factors of its own for each unit.
    fn of(width: usize, seed: f64) -> Stage {
        Stage::Skip(Network(vec![
            Stage::Scale {
                factor: DVector::from_element(width, -1.0),
                shift: DVector::zeros(width),
            },
            Stage::Activation(Activation::Relu),
            scale(width, seed),
        ]))
    }

    #[test]
    fn every_prelu_between_linear_layers_becomes_relus() {
        let network = Network(vec![
            linear(3, 5, 0.1),
            of(5, 0.2),
            linear(5, 4, 0.3),
            of(4, 0.4),
            linear(4, 2, 0.5),
        ]);
        let folded = as_relus(network.clone());
        let relus = [1, 3].map(|at| folded.0[at].clone());
        assert_eq!(relus, [(); 2].map(|()| Stage::Activation(Activation::Relu)));
        agree(&network, &folded, 3);
    }

    #[test]
    fn only_what_adds_to_the_positive_part_of_its_negative_is_one() {
        let of = |minus: f64, zero: f64| {
            prelu(&Stage::Skip(Network(vec![
                Stage::Scale {
                    factor: DVector::from_element(2, minus),
                    shift: DVector::from_element(2, zero),
                },
                Stage::Activation(Activation::Relu),
                scale(2, 0.1),
            ])))
        };
        assert!(of(-1.0, 0.0).is_some());
        assert_eq!(
            [of(-2.0, 0.0), of(-1.0, 0.5), of(-2.0, 0.5)],
            [None, None, None]
        );
    }
}
