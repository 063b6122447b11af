//! A whole module: one flow or several, in any number type.

use super::align::align;
use super::{Module, Several, fixed, lower};
use crate::flow::fold;
use crate::flow::ir::{Flow, Layer};
use crate::model::ensemble::Stored;
use crate::module::quantise;
use crate::module::quantise::{Quantised, expect_additive, quantise, quantise_to};
use crate::numeric::Weights;
use crate::{Model, Numeric, Result};

/// A flow or an ensemble in the words of the runtime crate, in any of its number types.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Lowered {
    Float(Module),
    Fixed(fixed::Module),
    Several(Several),
}

impl Lowered {
    /// The type of the model.
    pub fn type_name(&self) -> String {
        match self {
            Self::Float(module) => module.type_name(),
            Self::Fixed(module) => module.type_name(),
            Self::Several(several) => several.type_of(&several.first().type_name()),
        }
    }

    /// Bytes of the numbers in flash.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Float(module) => module.bytes(),
            Self::Fixed(module) => module.bytes(),
            Self::Several(several) => several.bytes(),
        }
    }

    /// The number type.
    pub fn numeric(&self) -> Numeric {
        match self {
            Self::Float(_) => Numeric::F32,
            Self::Fixed(module) => match module.weights {
                Weights::I8 => Numeric::I8,
                Weights::I16 => Numeric::I16,
            },
            Self::Several(several) => several.first().numeric(),
        }
    }

    /// Of integers, the bits behind the binary point of a score.
    pub fn fraction(&self) -> Option<u32> {
        match self {
            Self::Float(_) => None,
            Self::Fixed(module) => Some(module.fraction),
            Self::Several(several) => several.first().fraction(),
        }
    }

    /// Whether inputs are a converter's counts.
    pub fn takes_counts(&self) -> bool {
        match self {
            Self::Float(_) => false,
            Self::Fixed(module) => matches!(module.encoder, fixed::Encoder::Counts(_)),
            Self::Several(several) => several.first().takes_counts(),
        }
    }
}

/// What the module of a model will hold: the flow on raw inputs, checked, folded, in `f32` or integers.
pub fn lowered(model: &Model, numeric: Numeric) -> Result<Lowered> {
    match numeric.weights() {
        None => float(&folded(model)?),
        Some(weights) => Ok(integer(&quantised(model, weights, &quantise)?)),
    }
}

/// What the module of a model or an ensemble will hold; an error names the member that is at fault.
pub fn lowered_stored(stored: &Stored, numeric: Numeric) -> Result<Lowered> {
    let ensemble = match stored {
        Stored::One(model) => return lowered(model, numeric),
        Stored::Several(ensemble) => ensemble,
    };
    let models = stored.models();
    let members = match numeric.weights() {
        None => floats(&models)?,
        Some(weights) => integers(&models, weights)?,
    };
    Several::new(members, ensemble.combination()).map(Lowered::Several)
}

/// Members of one type: all permute where one does.
fn floats(models: &[&Model]) -> Result<Vec<Lowered>> {
    let mut flows = each(models, |model| folded(model))?;
    let identity = Layer::Permute((0..flows.first().map_or(0, |flow| flow.dim)).collect());
    let permutes = |layer: &Layer| matches!(layer, Layer::Permute(_));
    align(
        flows.iter_mut().map(|flow| &mut flow.layers),
        permutes,
        &identity,
    );
    each(&flows, float)
}

/// The same of integers, of states with as many bits behind the point.
fn integers(models: &[&Model], weights: Weights) -> Result<Vec<Lowered>> {
    let mut flows = each(models, |model| quantised(model, weights, &quantise))?;
    let fractions = || flows.iter().map(|flow| flow.fraction);
    let fewest = fractions().min().unwrap_or_default();
    if fractions().any(|fraction| fraction != fewest) {
        let to_fewest: &Quantise = &|flow, rows, weights| quantise_to(flow, rows, weights, fewest);
        flows = each(models, |model| quantised(model, weights, to_fewest))?;
    }
    let dim = models.first().map_or(0, |model| model.flow.dim);
    let identity = quantise::Layer::Permute((0..dim).map(|i| i as u16).collect());
    let permutes = |layer: &quantise::Layer| matches!(layer, quantise::Layer::Permute(_));
    align(
        flows.iter_mut().map(|flow| &mut flow.layers),
        permutes,
        &identity,
    );
    Ok(flows.iter().map(integer).collect())
}

/// What `f` makes of each member; an error names it.
fn each<T, U>(members: &[T], f: impl Fn(&T) -> Result<U>) -> Result<Vec<U>> {
    let members = members.iter().enumerate();
    let members = members.map(|(index, member)| {
        f(member).map_err(|error| error.within(format_args!("member {index}")))
    });
    members.collect()
}

fn folded(model: &Model) -> Result<Flow> {
    let flow = model.raw_flow();
    flow.check()?;
    fold::fold(&flow)
}

fn float(folded: &Flow) -> Result<Lowered> {
    lower(folded).map(Lowered::Float)
}

/// The integers of a flow on raw inputs.
type Quantise<'a> = dyn Fn(&Flow, &[f64], Weights) -> Result<Quantised> + 'a;

fn quantised(model: &Model, weights: Weights, quantise: &Quantise) -> Result<Quantised> {
    let flow = model.raw_flow();
    flow.check()?;
    // Before rows are drawn for nothing.
    expect_additive(&flow)?;
    quantise(&flow, &model.normal_rows(), weights)
}

fn integer(quantised: &Quantised) -> Lowered {
    Lowered::Fixed(fixed::lower(quantised))
}
