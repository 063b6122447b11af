//! Builds the model from a header and its tensors.

use super::header::{self, Header};
use super::tensors::Reader;
use crate::flow::ir::{
    Autoregressive, Coupling, Dense, Diagonal, DiagonalNormal, Flow, FullNormal, Layer, Linear,
    Network, Parameters, Prior, Stage, Steer, StudentT, Triangular,
};
use crate::model::p_values::PValues;
use crate::model::{Calibration, Member};
use crate::{Error, Model, Result};

/// The model; an error if a tensor does not have the shape that the header states.
pub(super) fn model(header: Header, tensors: &Reader) -> Result<Model> {
    let dim = header.dim;
    let members = header.members.into_iter();
    Ok(Model {
        name: header.name,
        features: header.features,
        channels: header.channels.unwrap_or(dim),
        front_end: header.front_end,
        missing: header.missing,
        baseline: header.baseline,
        members: members
            .map(|m| member(m, dim, tensors))
            .collect::<Result<_>>()?,
        combine: header.combine,
        threshold: header.threshold,
        p_values: header
            .p_values
            .map(|names| p_values(&names, tensors))
            .transpose()?,
        debounce: header.debounce,
        calibration: header
            .calibration
            .map(|c| calibration(&c, dim, tensors))
            .transpose()?,
        biases: header.biases,
        origin: header.origin,
    })
}

fn member(member: header::Member, dim: usize, tensors: &Reader) -> Result<Member> {
    let layers = member.layers.into_iter();
    Ok(Member {
        preprocessing: member
            .preprocessing
            .map(|p| standardise(&p, dim, tensors))
            .transpose()?,
        flow: Flow {
            dim,
            layers: layers
                .map(|l| layer(l, dim, tensors))
                .collect::<Result<_>>()?,
            prior: prior(&member.prior, dim, tensors)?,
        },
        tail: member.tail,
        training: member.training,
    })
}

fn standardise(names: &header::Preprocessing, dim: usize, tensors: &Reader) -> Result<Diagonal> {
    let header::Preprocessing::Standardise { mean, scale } = names;
    let (mean, numbers) = (tensors.vector(mean, dim)?, tensors.vector(scale, dim)?);
    if let Some(index) = numbers.iter().position(|number| *number == 0.0) {
        let message = format!("element {index}: expected a number other than zero, found 0");
        return Err(Error::input(scale, message));
    }
    Ok(Diagonal::standardise(mean, &numbers))
}

fn p_values(names: &header::PValues, tensors: &Reader) -> Result<PValues> {
    Ok(PValues {
        scores: tensors.vector(&names.scores, names.count)?,
        p_values: tensors.vector(&names.p_values, names.count)?,
    })
}

fn calibration(names: &header::Calibration, dim: usize, tensors: &Reader) -> Result<Calibration> {
    Ok(Calibration {
        rows: tensors.rows(&names.rows, names.count, dim)?,
        i16: names.i16,
        i8: names.i8,
    })
}

fn layer(layer: header::LayerEntry, dim: usize, tensors: &Reader) -> Result<Layer> {
    Ok(match layer {
        header::LayerEntry::Coupling {
            kept,
            changed,
            backwards,
            scale,
            conditioner,
        } => Layer::Coupling(Coupling {
            kept,
            changed,
            conditioner: parameters(&conditioner, tensors)?,
            scale,
            backwards,
        }),
        header::LayerEntry::Autoregressive {
            order,
            backwards,
            form,
            scale,
            conditioner,
        } => Layer::Autoregressive(Autoregressive {
            order,
            conditioner: parameters(&conditioner, tensors)?,
            scale,
            form,
            backwards,
        }),
        header::LayerEntry::Diagonal(names) => Layer::Diagonal(diagonal(&names, dim, tensors)?),
        header::LayerEntry::Permute { order } => Layer::Permute(order),
        header::LayerEntry::Triangular { side, matrix } => Layer::Triangular(Triangular {
            side,
            matrix: tensors.matrix(&matrix, dim, dim)?,
        }),
        header::LayerEntry::Dense {
            matrix,
            shift,
            log_det,
        } => Layer::Dense(Dense {
            matrix: tensors.matrix(&matrix, dim, dim)?,
            shift: tensors.column(&shift, dim)?,
            log_det,
        }),
    })
}

fn diagonal(names: &header::Diagonal, dim: usize, tensors: &Reader) -> Result<Diagonal> {
    Ok(Diagonal {
        center: tensors.vector(&names.center, dim)?,
        factor: tensors.vector(&names.factor, dim)?,
    })
}

fn parameters(conditioner: &header::Parameters, tensors: &Reader) -> Result<Parameters> {
    Ok(match conditioner {
        header::Parameters::Joint(stages) => Parameters::Joint(network(stages, tensors)?),
        header::Parameters::Separate { shift, scale } => Parameters::Separate {
            shift: network(shift, tensors)?,
            scale: network(scale, tensors)?,
        },
    })
}

/// The most branches within branches.
const DEEPEST: usize = 8;

/// A network and the branches in it.
fn network(stages: &[header::Stage], tensors: &Reader) -> Result<Network> {
    branch(stages, tensors, DEEPEST)
}

/// The stages of a network or branch, with at most so many branches within branches.
fn branch(stages: &[header::Stage], tensors: &Reader, deepest: usize) -> Result<Network> {
    let stages = stages.iter().map(|s| stage(s, tensors, deepest));
    stages.collect::<Result<_>>().map(Network)
}

fn stage(stage: &header::Stage, tensors: &Reader, deepest: usize) -> Result<Stage> {
    Ok(match stage {
        header::Stage::Linear {
            inputs,
            outputs,
            weight,
            bias,
        } => Stage::Linear(Linear {
            weight: tensors.matrix(weight, *outputs, *inputs)?,
            bias: tensors.column(bias, *outputs)?,
        }),
        header::Stage::Activation { function } => Stage::Activation(*function),
        header::Stage::Scale {
            width,
            factor,
            shift,
        } => Stage::Scale {
            factor: tensors.column(factor, *width)?,
            shift: tensors.column(shift, *width)?,
        },
        header::Stage::Normalise { eps } => Stage::Normalise { eps: *eps },
        header::Stage::Skip { stages } => {
            let message = || format!("expected at most {DEEPEST} skips within skips, found more");
            let deepest = deepest.checked_sub(1);
            let deepest = deepest.ok_or_else(|| Error::input("stages", message()))?;
            Stage::Skip(branch(stages, tensors, deepest)?)
        }
        header::Stage::Steer {
            width,
            activation,
            offset,
            how,
            branches,
        } => Stage::Steer(Steer {
            width: *width,
            activation: *activation,
            offset: *offset,
            how: *how,
            branches: (branches.iter())
                .map(|[first, second]| Ok([linear(first, tensors)?, linear(second, tensors)?]))
                .collect::<Result<_>>()?,
        }),
    })
}

/// A layer of a branch.
fn linear(of: &header::Stage, tensors: &Reader) -> Result<Linear> {
    match stage(of, tensors, 0)? {
        Stage::Linear(layer) => Ok(layer),
        _ => Err(Error::input(
            "branches",
            "expected linear layers in a branch, found another stage",
        )),
    }
}

fn prior(of: &header::Prior, dim: usize, tensors: &Reader) -> Result<Prior> {
    Ok(match of {
        header::Prior::Normal => Prior::Normal,
        header::Prior::Logistic => Prior::Logistic,
        header::Prior::DiagonalNormal(names) => Prior::DiagonalNormal(normal(names, dim, tensors)?),
        header::Prior::Mixture {
            log_weights,
            components,
        } => Prior::Mixture {
            log_weights: tensors.vector(log_weights, components.len())?,
            components: (components.iter())
                .map(|names| normal(names, dim, tensors))
                .collect::<Result<_>>()?,
        },
        header::Prior::StudentT {
            location,
            precision,
            degrees,
        } => Prior::StudentT(StudentT {
            location: tensors.vector(location, dim)?,
            precision: tensors.vector(precision, dim)?,
            degrees: tensors.vector(degrees, dim)?,
        }),
        header::Prior::FullMixture {
            log_weights,
            components,
        } => Prior::FullMixture {
            log_weights: tensors.vector(log_weights, components.len())?,
            components: (components.iter())
                .map(|names| full_normal(names, dim, tensors))
                .collect::<Result<_>>()?,
        },
        header::Prior::Given { context, prior: of } => Prior::Given {
            context: context.clone(),
            prior: Box::new(prior(of, dim.saturating_sub(context.len()), tensors)?),
        },
    })
}

fn normal(names: &header::DiagonalNormal, dim: usize, tensors: &Reader) -> Result<DiagonalNormal> {
    Ok(DiagonalNormal {
        mean: tensors.vector(&names.mean, dim)?,
        precision: tensors.vector(&names.precision, dim)?,
    })
}

fn full_normal(names: &header::FullNormal, dim: usize, tensors: &Reader) -> Result<FullNormal> {
    Ok(FullNormal {
        mean: tensors.vector(&names.mean, dim)?,
        factor: tensors.matrix(&names.factor, dim, dim)?,
    })
}
