//! The Rust module of a flow: it holds data only, and every expression is a `const fn new` or a literal.

mod code;
mod collector;
mod detector;
mod ensemble;
mod extras;
mod fixed;
mod float;
mod front_end;
mod head;
mod inputs;
mod number;
mod package;
mod path;
mod site;
mod tree;
mod words;

pub use extras::{Drift, Extras, Golden};
pub use site::{Site, site};

use super::lowered::{Lowered, LoweredFlow};
use crate::model::debounce::Debounce;
use crate::model::{Combination, Model, Threshold};
use crate::text::{escaped, listed};
use crate::{Error, Result};
use code::{Code, words};
use inputs::Inputs;
use number::{nats, nats_type};
use std::collections::BTreeSet;
use std::fmt::Write;

/// The source text of the module. The same model gives the same text.
pub fn emit(model: &Model, lowered: &Lowered) -> Result<String> {
    emit_with(model, lowered, &Extras::default())
}

/// The source text of the module, with what else was asked for.
pub fn emit_with(model: &Model, lowered: &Lowered, extras: &Extras) -> Result<String> {
    let (types, value) = (types(model, lowered), value(model, lowered));
    let threshold = lowered.threshold(model);
    let threshold = threshold.map(|limit| threshold_text(limit, lowered));
    let threshold = threshold.transpose()?.unwrap_or_default();
    let debounce = model.debounce.map_or_else(String::new, debounce_text);
    let detector = match &model.front_end {
        None => detector::detector(model, lowered, extras),
        Some(front) => front_end::detector(front, model, lowered, extras),
    };
    let extra = extras.text(model, lowered) + &package::package(model, lowered, extras)?;
    let code = [&types, &threshold, &extra, &detector];
    let mut names: BTreeSet<&str> = code.into_iter().flat_map(|text| words(text)).collect();
    value.names(&mut names);
    let mut text = head::head(model, lowered.numeric(), extras);
    text += &imports(lowered, &names);
    let features = model.features.iter().map(|name| format!("{name:?}"));
    let features = features.collect::<Vec<_>>().join(", ");
    let context = context_text(model);
    let _ = write!(
        text,
        "
/// Length of the input vector.
pub const D: usize = {};

/// Name of each input.
#[rustfmt::skip]
#[allow(dead_code)]
pub const FEATURES: [&str; D] = [{features}];
{context}{threshold}{debounce}{types}
/// The weights, {} bytes of numbers.
#[rustfmt::skip]
#[allow(clippy::approx_constant)]
pub static MODEL: Model = {};
{}{}",
        model.dim(),
        lowered.bytes(),
        value.text(),
        extra,
        detector,
    );
    Ok(text)
}

/// The type of the model; for an ensemble, the type of its members first.
fn types(model: &Model, lowered: &Lowered) -> String {
    // Without those that standardise, which are the encoder's in integers.
    let members = model.members.iter();
    let macs: usize = members.map(|member| member.flow.macs()).sum();
    let given = if model.context().is_empty() {
        ""
    } else {
        " given [`CONTEXT`]"
    };
    let inputs = match lowered.takes_counts() {
        true if model.front_end.is_some() => {
            "of what a front end gives, Q16, in units of the model"
        }
        true => "in raw units, of inputs in counts, `i16` or `i32`",
        false => "of inputs in raw units",
    };
    let flow = lowered.first().type_name();
    let member = format!("\n/// One flow.\n#[rustfmt::skip]\npub type Member = {flow};\n");
    let (member, what) = match lowered.combination() {
        None => (String::new(), "`ln p`"),
        Some(Combination::Tails(_)) => (member, "Minus the mean tail score of the members,"),
        Some(Combination::HighestTail(_)) => {
            (member, "Minus the highest tail score of the members,")
        }
        Some(Combination::MeanDensity(_)) => (member, "`ln p`, the mean density of the members,"),
    };
    let ty = lowered.type_of(if member.is_empty() { &flow } else { "Member" });
    format!(
        "{member}
/// {what}{given} {inputs}, {macs} multiply-accumulates.
#[rustfmt::skip]
pub type Model = {ty};
"
    )
}

fn value(model: &Model, lowered: &Lowered) -> Code {
    let flow = |flow| flow_value(flow, &mut Inputs::new(&model.features));
    match lowered.combination() {
        None => flow(lowered.first()),
        Some(combination) => {
            let flows = lowered.flows().iter().map(flow).collect();
            ensemble::ensemble(flows, combination, lowered.fraction())
        }
    }
}

fn flow_value(flow: &LoweredFlow, inputs: &mut Inputs) -> Code {
    match flow {
        LoweredFlow::Float(module) => float::module(module, inputs),
        LoweredFlow::Fixed(module) => fixed::module(module, inputs),
    }
}

/// The inputs that are context; nothing if there are none.
fn context_text(model: &Model) -> String {
    let context = model.context();
    if context.is_empty() {
        return String::new();
    }
    let names: Vec<String> = context.iter().map(|&i| model.features[i].clone()).collect();
    let names = escaped(&listed(&names, 40)).into_owned();
    format!(
        "
/// The places of the inputs that are context: {names}. The score is that of the other inputs given these, which are not scored
/// themselves. They are numbers of the sample like the others, and one that is missing makes the sample anomalous. A cause that
/// names one says that the others would be usual at another value of it: either it is wrong, or they are.
#[allow(dead_code)]
pub const CONTEXT: [usize; {}] = {context:?};
",
        context.len()
    )
}

fn threshold_text(threshold: Threshold, lowered: &Lowered) -> Result<String> {
    if !(threshold.score as f32).is_finite() {
        let message = format!(
            "expected a number within the range of f32, found {}",
            threshold.score
        );
        return Err(Error::input("threshold", message));
    }
    let fraction = lowered.fraction();
    let (ty, score) = (nats_type(fraction), nats(threshold.score, fraction));
    let scores = match lowered.combination() {
        Some(Combination::Tails(_)) => "Mean tail scores above it",
        Some(Combination::HighestTail(_)) => "Highest tail scores above it",
        _ => "Scores above it, in nats,",
    };
    Ok(format!(
        "
/// {scores} are anomalies.
#[allow(dead_code)]
pub const THRESHOLD: {ty} = {score};

/// The share of normal inputs that is expected above [`THRESHOLD`].
#[allow(dead_code)]
pub const FALSE_ALARM_RATE: f32 = {:?};
",
        threshold.false_alarm_rate as f32
    ))
}

fn debounce_text(debounce: Debounce) -> String {
    format!(
        "
/// Takes the verdicts; {debounce} of them anomalous are an alarm.
#[allow(dead_code)]
pub const DEBOUNCE: nice_flow::Debounce = {};
",
        debounce.expression()
    )
}

/// Names from `nice_flow::float`.
const FLOAT: &[&str] = &[
    "Adds",
    "AffineCoupling",
    "Autoregressive",
    "Both",
    "Branch",
    "Dense",
    "Diagonal",
    "DiagonalNormal",
    "Form",
    "FullMixture",
    "FullNormal",
    "Gates",
    "HighestTail",
    "Logistic",
    "MeanDensity",
    "Mixture",
    "Mlp",
    "Normal",
    "Residual",
    "Side",
    "Stack",
    "Steered",
    "StudentT",
    TAIL,
    "Tails",
    "Triangular",
    "activation",
    "scale",
];

/// Names from `nice_flow::fixed`.
const FIXED: &[&str] = &[
    "AffineCoupling",
    "Autoregressive",
    "Bent",
    "Both",
    "Branch",
    "Component",
    "Counts",
    "Curve",
    "Dense",
    "DiagonalNormal",
    "Elu",
    "EluAlpha",
    "Gated",
    "Encoded",
    "Exp",
    "First",
    "Fixed",
    "Form",
    "Gelu",
    "GeluTanh",
    "Hardswish",
    "Hardtanh",
    "Hidden",
    "HighestTail",
    "I16",
    "I8",
    "Joined",
    "Linear",
    "Logistic",
    "MeanDensity",
    "Mish",
    "Mixture",
    "Mlp",
    "Narrow",
    "Narrowing",
    "Offset",
    "OneWayFlow",
    "Rectified",
    "Rectifier",
    "Residual",
    "Selu",
    "Side",
    "Silu",
    "Smooth",
    "SmoothBranch",
    "Softplus",
    "Standardise",
    "Steered",
    "Table",
    TAIL,
    "Tails",
    "Tanh",
    "Triangular",
];

/// Names from `nice_flow`.
const CORE: &[&str] = &[
    "Coupling", "Ensemble", "Flow", "Half", "Inverse", "Permute", "Then",
];

/// The runtime's `Tail` type; also the name of a variant of `Half`.
const TAIL: &str = "Tail";

/// The `use` lines for those names of the runtime crate that occur.
fn imports(lowered: &Lowered, names: &BTreeSet<&str>) -> String {
    let present = |of: &[&'static str]| -> String {
        let present = of.iter().copied().filter(|name| match *name {
            TAIL => lowered.combination().is_some_and(Combination::is_tails),
            name => names.contains(name),
        });
        present.collect::<Vec<_>>().join(", ")
    };
    let (module, leaves) = match lowered.fraction() {
        None => ("float", FLOAT),
        Some(_) => ("fixed", FIXED),
    };
    format!(
        "#[rustfmt::skip]\nuse nice_flow::{module}::{{{}}};\n#[rustfmt::skip]\nuse nice_flow::{{{}}};\n",
        present(leaves),
        present(CORE)
    )
}
