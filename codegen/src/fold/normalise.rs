//! Networks of any stages as linear layers with activations between them.

use crate::ir::{Activation, Coupling, Flow, Layer, Linear, Network, Parameters, ScaleMap, Stage};
use nalgebra::{DMatrix, DVector};

/// Batch normalisation goes into the linear layer before or after it, neighbouring linear layers become one,
/// and a network that begins or ends otherwise gets the identity there.
pub fn normalise(flow: &Flow) -> Flow {
    let layers = flow.layers.iter().map(|layer| match layer {
        Layer::Coupling(coupling) => Layer::Coupling(normal(coupling)),
        other => other.clone(),
    });
    Flow {
        layers: layers.collect(),
        ..flow.clone()
    }
}

fn normal(coupling: &Coupling) -> Coupling {
    let mut coupling = coupling.clone();
    if let (Parameters::Separate { scale, .. }, Some(ScaleMap::Exp)) =
        (&mut coupling.conditioner, &coupling.scale)
        && scale.0.last() == Some(&Stage::Activation(Activation::Tanh))
    {
        scale.0.pop();
        coupling.scale = Some(ScaleMap::ExpTanh {
            clamp: 1.0,
            inner: 1.0,
        });
    }
    let inputs = coupling.kept.len();
    match &mut coupling.conditioner {
        Parameters::Joint(network) => *network = whole(network, inputs),
        Parameters::Separate { shift, scale } => {
            *shift = whole(shift, inputs);
            *scale = whole(scale, inputs);
        }
    }
    coupling
}

/// A network that begins and ends with a linear layer, no scale left outside of its skips.
fn whole(network: &Network, inputs: usize) -> Network {
    let mut stages = merged(&network.0);
    for stage in &mut stages {
        if let Stage::Scale { factor, shift } = stage {
            *stage = Stage::Linear(Linear {
                weight: DMatrix::from_diagonal(factor),
                bias: shift.clone(),
            });
        }
    }
    if !matches!(stages.first(), Some(Stage::Linear(_))) {
        stages.insert(0, identity(inputs));
    }
    if !matches!(stages.last(), Some(Stage::Linear(_))) {
        let widths = stages.iter().rev().find_map(|stage| match stage {
            Stage::Linear(layer) => Some(layer.bias.len()),
            _ => None,
        });
        stages.push(identity(widths.unwrap_or(inputs)));
    }
    Network(stages)
}

fn identity(width: usize) -> Stage {
    Stage::Linear(Linear {
        weight: DMatrix::identity(width, width),
        bias: DVector::zeros(width),
    })
}

fn merged(stages: &[Stage]) -> Vec<Stage> {
    let mut done: Vec<Stage> = Vec::with_capacity(stages.len());
    for stage in stages {
        let mut stage = match stage {
            Stage::Skip(branch) => Stage::Skip(Network(merged(&branch.0))),
            other => other.clone(),
        };
        while let Some(both) = done.last().and_then(|before| merge(before, &stage)) {
            done.pop();
            stage = both;
        }
        done.push(stage);
    }
    done
}

/// One stage that does what two do in turn, if there is one.
fn merge(first: &Stage, second: &Stage) -> Option<Stage> {
    let linear = |weight, bias| Some(Stage::Linear(Linear { weight, bias }));
    match (first, second) {
        (Stage::Linear(first), Stage::Linear(second)) => linear(
            &second.weight * &first.weight,
            &second.weight * &first.bias + &second.bias,
        ),
        (Stage::Linear(first), Stage::Scale { factor, shift }) => linear(
            DMatrix::from_diagonal(factor) * &first.weight,
            first.bias.component_mul(factor) + shift,
        ),
        (Stage::Scale { factor, shift }, Stage::Linear(second)) => linear(
            &second.weight * DMatrix::from_diagonal(factor),
            &second.weight * shift + &second.bias,
        ),
        (
            Stage::Scale { factor, shift },
            Stage::Scale {
                factor: next,
                shift: add,
            },
        ) => Some(Stage::Scale {
            factor: factor.component_mul(next),
            shift: shift.component_mul(next) + add,
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::Prior;

    /// Numbers between −1 and 1 without pattern.
    fn numbers(seed: usize) -> impl FnMut(usize) -> Vec<f64> {
        let mut state = seed as u64;
        move |count| {
            let mut next = || {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                (state >> 33) as f64 / (1_u64 << 30) as f64 - 1.0
            };
            (0..count).map(|_| next()).collect()
        }
    }

    fn linear(seed: usize, inputs: usize, outputs: usize) -> Stage {
        let mut numbers = numbers(seed);
        Stage::Linear(Linear {
            weight: DMatrix::from_vec(outputs, inputs, numbers(inputs * outputs)),
            bias: DVector::from_vec(numbers(outputs)),
        })
    }

    fn scale(seed: usize, width: usize) -> Stage {
        let mut numbers = numbers(seed);
        Stage::Scale {
            factor: DVector::from_vec(numbers(width)),
            shift: DVector::from_vec(numbers(width)),
        }
    }

    /// Densities before and after; the normal network.
    fn folded(conditioner: Parameters, scale: Option<ScaleMap>) -> Flow {
        let coupling = Coupling {
            kept: vec![0, 3, 4],
            changed: vec![2, 1],
            conditioner,
            scale,
            backwards: false,
        };
        let flow = Flow {
            dim: 5,
            layers: vec![Layer::Coupling(coupling)],
            prior: Prior::Logistic,
        };
        flow.check().unwrap();
        let normal = normalise(&flow);
        normal.check().unwrap();
        for seed in 0..20 {
            let x = numbers(seed)(5);
            let (before, after) = (flow.log_density(&x), normal.log_density(&x));
            assert!((before - after).abs() <= 1e-12 * (1.0 + before.abs()));
        }
        crate::module::lower(&crate::fold::fold(&flow).unwrap()).unwrap();
        normal
    }

    fn stages(flow: &Flow) -> usize {
        let Layer::Coupling(coupling) = &flow.layers[0] else {
            return 0;
        };
        coupling.conditioner.networks().map(|n| n.0.len()).sum()
    }

    #[test]
    fn batch_normalisation_and_linear_layers_merge() {
        let relu = Stage::Activation(Activation::Relu);
        let network = vec![
            scale(1, 3),
            linear(2, 3, 7),
            linear(3, 7, 4),
            scale(4, 4),
            relu.clone(),
            scale(5, 4),
            scale(6, 4),
            linear(7, 4, 6),
            relu,
            linear(8, 6, 2),
            scale(9, 2),
        ];
        assert_eq!(
            stages(&folded(Parameters::Joint(Network(network)), None)),
            5
        );
    }

    #[test]
    fn networks_begin_and_end_with_a_linear_layer() {
        let tanh = Stage::Activation(Activation::Tanh);
        let network = vec![
            tanh.clone(),
            linear(1, 3, 4),
            tanh.clone(),
            scale(2, 4),
            tanh.clone(),
        ];
        let network = [network, vec![linear(3, 4, 2), tanh]].concat();
        folded(Parameters::Joint(Network(network)), None);
    }

    #[test]
    fn a_tanh_before_an_exponential_becomes_the_scale_map() {
        let tanh = Stage::Activation(Activation::Tanh);
        let separate = Parameters::Separate {
            shift: Network(vec![linear(1, 3, 2)]),
            scale: Network(vec![linear(2, 3, 2), tanh]),
        };
        assert_eq!(stages(&folded(separate, Some(ScaleMap::Exp))), 2);
    }
}
