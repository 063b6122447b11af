//! The content of a module: one flow or several, in any number type.

use super::align::align;
use super::fixed::{self, Scale};
use super::float;
use super::quantise::{self, Precision, Quantised, expect_integers, quantise, quantise_to};
use crate::flow::fold;
use crate::flow::ir::{Flow, Layer};
use crate::model::{Combination, Member, Threshold, tail};
use crate::numeric::Weights;
use crate::{Error, Model, Numeric, Result};

/// A model as values of the runtime crate's types, in any of its number types.
#[derive(Clone, Debug, PartialEq)]
pub struct Lowered {
    /// The flows: at least one, all of the same type.
    flows: Vec<LoweredFlow>,
    /// The way that `nice_flow::Ensemble` combines scores; `None` for a single flow.
    combination: Option<Combination>,
}

/// One flow of the module.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum LoweredFlow {
    Float(float::Module),
    Fixed(fixed::Module),
}

impl From<LoweredFlow> for Lowered {
    fn from(only: LoweredFlow) -> Self {
        Self {
            flows: vec![only],
            combination: None,
        }
    }
}

/// The module of a model: its flows on raw inputs, checked, folded, and lowered to `f32` or integers.
///
/// An error names the member in which it occurred. Integers behind a front end take its outputs as they are.
pub fn lowered(model: &Model, numeric: Numeric) -> Result<Lowered> {
    let flows = match numeric.weights() {
        None => floats(model)?,
        Some(weights) => integers(model, weights)?,
    };
    let lowered = Lowered::new(flows, model.combination())?;
    match (&model.front_end, numeric.weights()) {
        (Some(_), Some(_)) => lowered.taking_counts(&Scale::front_end(), model),
        _ => Ok(lowered),
    }
}

impl Lowered {
    /// An error unless the number of flows fits `combination` and all flows have the same type.
    pub fn new(flows: Vec<LoweredFlow>, combination: Option<Combination>) -> Result<Self> {
        let expected = combination.as_ref().map_or(1, Combination::members).max(1);
        if flows.len() != expected {
            let message = format!("expected {expected} members, found {}", flows.len());
            return Err(Error::input("ensemble", message));
        }
        let types: Vec<_> = flows.iter().map(LoweredFlow::type_name).collect();
        if let Some(index) = types.iter().position(|name| *name != types[0]) {
            let (expected, found) = (&types[0], &types[index]);
            let message = format!("expected the type of member 0, {expected}, found {found}");
            return Err(Error::input(format!("member {index}"), message));
        }
        Ok(Self { flows, combination })
    }

    /// The same with a layout in memory that does not depend on the compiler, as a blob needs it.
    pub fn in_order(mut self) -> Self {
        for flow in &mut self.flows {
            match flow {
                LoweredFlow::Float(module) => module.layers = module.layers.clone().in_order(),
                LoweredFlow::Fixed(module) => module.layers = module.layers.clone().in_order(),
            }
        }
        self
    }

    /// The flows, in the order of the members.
    pub fn flows(&self) -> &[LoweredFlow] {
        &self.flows
    }

    /// The first flow; all flows have its type.
    pub fn first(&self) -> &LoweredFlow {
        &self.flows[0]
    }

    /// How the scores of several flows become one; `None` for a single flow.
    pub fn combination(&self) -> Option<&Combination> {
        self.combination.as_ref()
    }

    /// The threshold that a model has for scores of this module.
    pub fn threshold(&self, model: &Model) -> Option<Threshold> {
        let threshold = model.threshold_of(self.numeric())?;
        let fraction = self.fraction();
        Some(fraction.map_or(threshold, |fraction| threshold.in_integers(fraction)))
    }

    /// The type of the model.
    pub fn type_name(&self) -> String {
        self.type_of(&self.first().type_name())
    }

    /// The type of the model, if the type of its flows is called `flow`.
    pub fn type_of(&self, flow: &str) -> String {
        let count = self.flows.len();
        match self.combination {
            None => flow.into(),
            Some(Combination::Tails(_)) => format!("Ensemble<{flow}, Tails<{count}>, {count}>"),
            Some(Combination::HighestTail(_)) => {
                format!("Ensemble<{flow}, HighestTail<{count}>, {count}>")
            }
            Some(Combination::MeanDensity(_)) => format!("Ensemble<{flow}, MeanDensity, {count}>"),
        }
    }

    /// Bytes of the numbers in flash.
    pub fn bytes(&self) -> usize {
        let tails = self.combination.as_ref().map_or(0, |it| it.tails().len());
        self.flows.iter().map(LoweredFlow::bytes).sum::<usize>() + tails * TAIL
    }

    /// The number type.
    pub fn numeric(&self) -> Numeric {
        match self.first() {
            LoweredFlow::Float(_) => Numeric::F32,
            LoweredFlow::Fixed(module) => module.weights.into(),
        }
    }

    /// The fractional bits of an integer score; `None` for `f32`.
    pub fn fraction(&self) -> Option<u32> {
        match self.first() {
            LoweredFlow::Float(_) => None,
            LoweredFlow::Fixed(module) => Some(module.fraction),
        }
    }

    /// Whether the inputs are counts of an analog-to-digital converter.
    pub fn takes_counts(&self) -> bool {
        match self.first() {
            LoweredFlow::Float(_) => false,
            LoweredFlow::Fixed(module) => matches!(module.encoder, fixed::Encoder::Counts(_)),
        }
    }

    /// The scale of the inputs that this module of a model takes: that of a front end, or the one that was asked for; without
    /// either they are in raw units.
    pub fn scale(&self, model: &Model, asked: Option<&Scale>) -> Option<Scale> {
        match model.front_end.is_some() && self.takes_counts() {
            true => Some(Scale::front_end()),
            false => asked.cloned(),
        }
    }

    /// The module that takes counts; an error for `f32`. `model` must be the model of this module.
    ///
    /// An error names a channel whose counts do not cover the model's normal rows, or are too coarse for them.
    pub fn taking_counts(self, scale: &Scale, model: &Model) -> Result<Self> {
        let rows = model.normal_rows(&model.members[0]);
        let scale = &scale.above(model.baseline);
        let flows = self.flows.into_iter().map(|flow| match flow {
            LoweredFlow::Float(_) => Err(fixed::no_counts("f32")),
            LoweredFlow::Fixed(module) => module
                .taking_counts(scale, &model.features, &rows)
                .map(LoweredFlow::Fixed),
        });
        Self::new(flows.collect::<Result<_>>()?, self.combination)
    }
}

/// Bytes of a tail: knots, slopes and the step between knots, 4 each.
const TAIL: usize = 4 * (2 * tail::KNOTS + 1);

impl LoweredFlow {
    /// The type of the flow.
    pub fn type_name(&self) -> String {
        match self {
            Self::Float(module) => module.type_name(),
            Self::Fixed(module) => module.type_name(),
        }
    }

    /// Bytes of the numbers in flash.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Float(module) => module.bytes(),
            Self::Fixed(module) => module.bytes(),
        }
    }
}

/// Flows in `f32`; where one has a permutation, all get one, so that their types are equal.
fn floats(model: &Model) -> Result<Vec<LoweredFlow>> {
    let mut flows = each(model, |member| fold::fold(&checked(member)?))?;
    let identity = Layer::Permute((0..model.dim()).collect());
    let permutes = |layer: &Layer| matches!(layer, Layer::Permute(_));
    align(
        flows.iter_mut().map(|flow| &mut flow.layers),
        permutes,
        &identity,
    );
    let lower = |(index, flow)| {
        let lowered = float::lower(flow).map(LoweredFlow::Float);
        lowered.map_err(|error| of_member(model, index, error))
    };
    flows.iter().enumerate().map(lower).collect()
}

/// Integer flows; all have a permutation where one has, and states with the same number of fractional bits.
fn integers(model: &Model, weights: Weights) -> Result<Vec<LoweredFlow>> {
    let precision = Precision {
        weights,
        biases: model.biases,
    };
    let mut flows = quantised(model, &|flow, rows| quantise(flow, rows, precision))?;
    let fractions = || flows.iter().map(|flow| flow.fraction);
    let fewest = fractions().min().unwrap_or_default();
    if fractions().any(|fraction| fraction != fewest) {
        flows = quantised(model, &|flow, rows| {
            quantise_to(flow, rows, precision, fewest)
        })?;
    }
    let identity = quantise::QuantisedLayer::Permute((0..model.dim()).map(|i| i as u16).collect());
    let permutes =
        |layer: &quantise::QuantisedLayer| matches!(layer, quantise::QuantisedLayer::Permute(_));
    align(
        flows.iter_mut().map(|flow| &mut flow.layers),
        permutes,
        &identity,
    );
    let lower = |flow| LoweredFlow::Fixed(fixed::lower(flow));
    Ok(flows.iter().map(lower).collect())
}

/// Quantises a flow on raw inputs, with scales from the rows.
type Quantise<'a> = dyn Fn(&Flow, &[f64]) -> Result<Quantised> + 'a;

fn quantised(model: &Model, quantise: &Quantise) -> Result<Vec<Quantised>> {
    each(model, |member| {
        let flow = checked(member)?;
        // Checked before rows are sampled, which takes time.
        expect_integers(&flow)?;
        model.expect_known_context("calibration rows")?;
        quantise(&flow, &model.normal_rows(member))
    })
}

/// The result of `f` for each member; an error names the member.
fn each<T>(model: &Model, f: impl Fn(&Member) -> Result<T>) -> Result<Vec<T>> {
    let members = model.members.iter().enumerate();
    let members =
        members.map(|(index, member)| f(member).map_err(|error| of_member(model, index, error)));
    members.collect()
}

/// Adds the member to the error, if there are several.
fn of_member(model: &Model, index: usize, error: Error) -> Error {
    match model.combine {
        None => error,
        Some(_) => error.within(format_args!("member {index}")),
    }
}

fn checked(member: &Member) -> Result<Flow> {
    let flow = member.raw_flow();
    flow.check()?;
    flow.check_context()?;
    Ok(flow)
}
