//! A whole module: one flow or several, in any number type.

use super::{Module, Several, fixed, lower};
use crate::ensemble::Stored;
use crate::ir::Flow;
use crate::quantise::{Quantised, Weights, expect_additive, quantise, quantise_to};
use crate::{Model, Numeric, Result, fold};

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
    lowered_by(model, numeric, &quantise)
}

/// What the module of a model or an ensemble will hold; an error names the member that is at fault.
pub fn lowered_stored(stored: &Stored, numeric: Numeric) -> Result<Lowered> {
    let ensemble = match stored {
        Stored::One(model) => return lowered(model, numeric),
        Stored::Several(ensemble) => ensemble,
    };
    let each = |quantise: &Quantise| -> Result<Vec<_>> {
        let members = ensemble.members.iter().enumerate();
        let lowered = members.map(|(index, member)| {
            lowered_by(&member.model, numeric, quantise)
                .map_err(|error| error.within(format_args!("member {index}")))
        });
        lowered.collect()
    };
    let mut members = each(&quantise)?;
    // A state of fewer bits behind the point is another type: then all have it.
    let fewest = members.iter().filter_map(Lowered::fraction).min();
    if let Some(fraction) = fewest.filter(|_| members.iter().any(|m| m.fraction() != fewest)) {
        members = each(&|flow, rows, weights| quantise_to(flow, rows, weights, fraction))?;
    }
    Several::new(members, ensemble.combination()).map(Lowered::Several)
}

/// The integers of a flow on raw inputs.
type Quantise<'a> = dyn Fn(&Flow, &[f64], Weights) -> Result<Quantised> + 'a;

fn lowered_by(model: &Model, numeric: Numeric, quantise: &Quantise) -> Result<Lowered> {
    let flow = model.raw_flow();
    flow.check()?;
    match numeric.weights() {
        None => lower(&fold::fold(&flow)?).map(Lowered::Float),
        Some(weights) => {
            // Before rows are drawn for nothing.
            expect_additive(&flow)?;
            let quantised = quantise(&flow, &model.normal_rows(), weights)?;
            Ok(Lowered::Fixed(fixed::lower(&quantised)))
        }
    }
}
