//! Writes a model as a header and tensors. The name of a tensor is the path of its value in the model.

use super::header::{self, FORMAT_VERSION, Header};
use super::tensors::Writer;
use crate::Model;
use crate::flow::ir::{
    Autoregressive, Coupling, Diagonal, DiagonalNormal, FullNormal, Layer, Linear, Network,
    Parameters, Prior, Stage,
};
use crate::model::p_values::PValues;
use crate::model::{Calibration, Member};

/// The header of a model; its numbers are added to `tensors`.
pub(super) fn header(model: &Model, tensors: &mut Writer) -> Header {
    let mut members = vec![];
    for (index, one) in model.members.iter().enumerate() {
        if model.combine.is_some() {
            tensors.prefix = format!("members.{index}.");
        }
        members.push(member(one, tensors));
    }
    tensors.prefix.clear();
    let calibrated = model.calibration.as_ref();
    let mut header = Header {
        format_version: FORMAT_VERSION,
        name: model.name.clone(),
        dim: model.dim(),
        features: model.features.clone(),
        channels: Some(model.channels).filter(|channels| *channels != model.dim()),
        front_end: model.front_end.clone(),
        missing: model.missing,
        baseline: model.baseline,
        members,
        combine: model.combine,
        threshold: model.threshold,
        p_values: model.p_values.as_ref().map(|p| p_values(p, tensors)),
        debounce: model.debounce,
        calibration: calibrated.map(|c| calibration(c, model.dim(), tensors)),
        biases: model.biases,
        origin: model.origin.clone(),
    };
    header.format_version = header.version();
    header
}

fn member(member: &Member, tensors: &mut Writer) -> header::Member {
    let preprocessing = member.preprocessing.as_ref();
    let layers = member.flow.layers.iter().enumerate();
    header::Member {
        preprocessing: preprocessing.map(|d| standardise(d, tensors)),
        layers: layers
            .map(|(index, l)| layer(l, &format!("layers.{index}"), tensors))
            .collect(),
        prior: prior(&member.flow.prior, tensors),
        tail: member.tail,
        training: member.training.clone(),
    }
}

/// The header entry of p-values; their numbers are added to `tensors`.
fn p_values(values: &PValues, tensors: &mut Writer) -> header::PValues {
    header::PValues {
        count: values.scores.len(),
        scores: tensors.vector("p_values.scores".into(), &values.scores),
        p_values: tensors.vector("p_values.p_values".into(), &values.p_values),
    }
}

fn calibration(value: &Calibration, dim: usize, tensors: &mut Writer) -> header::Calibration {
    header::Calibration {
        count: value.rows.len() / dim.max(1),
        rows: tensors.rows("calibration.rows".into(), dim, &value.rows),
        i16: value.i16,
        i8: value.i8,
    }
}

fn layer(layer: &Layer, path: &str, tensors: &mut Writer) -> header::LayerEntry {
    match layer {
        Layer::Coupling(layer) => coupling(layer, path, tensors),
        Layer::Autoregressive(layer) => autoregressive(layer, path, tensors),
        Layer::Diagonal(layer) => header::LayerEntry::Diagonal(diagonal(layer, path, tensors)),
        Layer::Permute(order) => header::LayerEntry::Permute {
            order: order.clone(),
        },
        Layer::Triangular(layer) => header::LayerEntry::Triangular {
            side: layer.side,
            matrix: tensors.matrix(format!("{path}.matrix"), &layer.matrix),
        },
        Layer::Dense(layer) => header::LayerEntry::Dense {
            matrix: tensors.matrix(format!("{path}.matrix"), &layer.matrix),
            shift: tensors.vector(format!("{path}.shift"), layer.shift.as_slice()),
            log_det: layer.log_det,
        },
    }
}

fn diagonal(diagonal: &Diagonal, path: &str, tensors: &mut Writer) -> header::Diagonal {
    header::Diagonal {
        center: tensors.vector(format!("{path}.center"), &diagonal.center),
        factor: tensors.vector(format!("{path}.factor"), &diagonal.factor),
    }
}

fn standardise(diagonal: &Diagonal, tensors: &mut Writer) -> header::Preprocessing {
    let scale: Vec<f64> = diagonal.factor.iter().map(|f| divisor(*f)).collect();
    header::Preprocessing::Standardise {
        mean: tensors.vector("preprocessing.mean".into(), &diagonal.center),
        scale: tensors.vector("preprocessing.scale".into(), &scale),
    }
}

/// A number whose reciprocal is exactly `factor`, if there is one; there always is for a factor that was computed as a
/// reciprocal.
fn divisor(factor: f64) -> f64 {
    let near = 1.0 / factor;
    let neighbours = [near, near.next_up(), near.next_down()];
    let exact = neighbours.into_iter().find(|scale| 1.0 / scale == factor);
    exact.unwrap_or(near)
}

fn coupling(coupling: &Coupling, path: &str, tensors: &mut Writer) -> header::LayerEntry {
    header::LayerEntry::Coupling {
        kept: coupling.kept.clone(),
        changed: coupling.changed.clone(),
        backwards: coupling.backwards,
        scale: coupling.scale.clone(),
        conditioner: parameters(&coupling.conditioner, path, tensors),
    }
}

fn autoregressive(layer: &Autoregressive, path: &str, tensors: &mut Writer) -> header::LayerEntry {
    header::LayerEntry::Autoregressive {
        order: layer.order.clone(),
        backwards: layer.backwards,
        form: layer.form,
        scale: layer.scale.clone(),
        conditioner: parameters(&layer.conditioner, path, tensors),
    }
}

fn parameters(parameters: &Parameters, path: &str, tensors: &mut Writer) -> header::Parameters {
    let path = format!("{path}.conditioner");
    match parameters {
        Parameters::Joint(joint) => header::Parameters::Joint(network(joint, &path, tensors)),
        Parameters::Separate { shift, scale } => header::Parameters::Separate {
            shift: network(shift, &format!("{path}.shift"), tensors),
            scale: network(scale, &format!("{path}.scale"), tensors),
        },
    }
}

fn network(network: &Network, path: &str, tensors: &mut Writer) -> Vec<header::Stage> {
    let stages = network.0.iter().enumerate();
    stages
        .map(|(index, s)| stage(s, &format!("{path}.{index}"), tensors))
        .collect()
}

fn stage(stage: &Stage, path: &str, tensors: &mut Writer) -> header::Stage {
    match stage {
        Stage::Linear(layer) => header::Stage::Linear {
            inputs: layer.weight.ncols(),
            outputs: layer.weight.nrows(),
            weight: tensors.matrix(format!("{path}.weight"), &layer.weight),
            bias: tensors.vector(format!("{path}.bias"), layer.bias.as_slice()),
        },
        Stage::Activation(function) => header::Stage::Activation {
            function: *function,
        },
        Stage::Scale { factor, shift } => header::Stage::Scale {
            width: factor.len(),
            factor: tensors.vector(format!("{path}.factor"), factor.as_slice()),
            shift: tensors.vector(format!("{path}.shift"), shift.as_slice()),
        },
        Stage::Normalise { eps } => header::Stage::Normalise { eps: *eps },
        Stage::Skip(inner) => header::Stage::Skip {
            stages: network(inner, &format!("{path}.skip"), tensors),
        },
        Stage::Steer(steer) => header::Stage::Steer {
            width: steer.width,
            activation: steer.activation,
            offset: steer.offset,
            how: steer.how,
            branches: (steer.branches.iter().enumerate())
                .map(|(n, [first, second])| {
                    let mut layer = |layer: &Linear, name: &str| {
                        let path = format!("{path}.branches.{n}.{name}");
                        self::stage(&Stage::Linear(layer.clone()), &path, tensors)
                    };
                    [layer(first, "first"), layer(second, "second")]
                })
                .collect(),
        },
    }
}

fn prior(of: &Prior, tensors: &mut Writer) -> header::Prior {
    match of {
        Prior::Normal => header::Prior::Normal,
        Prior::Logistic => header::Prior::Logistic,
        Prior::DiagonalNormal(one) => header::Prior::DiagonalNormal(normal(one, "prior", tensors)),
        Prior::Mixture {
            log_weights,
            components,
        } => header::Prior::Mixture {
            log_weights: tensors.vector("prior.log_weights".into(), log_weights),
            components: (components.iter().enumerate())
                .map(|(k, one)| normal(one, &format!("prior.components.{k}"), tensors))
                .collect(),
        },
        Prior::StudentT(one) => header::Prior::StudentT {
            location: tensors.vector("prior.location".into(), &one.location),
            precision: tensors.vector("prior.precision".into(), &one.precision),
            degrees: tensors.vector("prior.degrees".into(), &one.degrees),
        },
        Prior::FullMixture {
            log_weights,
            components,
        } => header::Prior::FullMixture {
            log_weights: tensors.vector("prior.log_weights".into(), log_weights),
            components: (components.iter().enumerate())
                .map(|(k, one)| full_normal(one, &format!("prior.components.{k}"), tensors))
                .collect(),
        },
        Prior::Given { context, prior: of } => header::Prior::Given {
            context: context.clone(),
            prior: Box::new(prior(of, tensors)),
        },
    }
}

fn normal(normal: &DiagonalNormal, path: &str, tensors: &mut Writer) -> header::DiagonalNormal {
    header::DiagonalNormal {
        mean: tensors.vector(format!("{path}.mean"), &normal.mean),
        precision: tensors.vector(format!("{path}.precision"), &normal.precision),
    }
}

fn full_normal(normal: &FullNormal, path: &str, tensors: &mut Writer) -> header::FullNormal {
    header::FullNormal {
        mean: tensors.vector(format!("{path}.mean"), &normal.mean),
        factor: tensors.matrix(format!("{path}.factor"), &normal.factor),
    }
}
