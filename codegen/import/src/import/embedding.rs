//! What stands between the context and the networks of sbi's flows: a z-score, and an embedding net that is a plain perceptron.

use super::context::{Context, Inputs};
use super::ops::{Key as Name, Step, act};
use super::settings::{activation, named};
use super::{Key, Settings, Source, Weights};
use nalgebra::{DMatrix, DVector};
use nice_flow_codegen::error::Result;
use nice_flow_codegen::flow::ir::Activation;

/// The key for the activation of an embedding net, which files do not hold.
pub(super) const EMBEDDING: Key = Key {
    name: "embedding",
    values: "relu|leaky_relu:SLOPE|elu:ALPHA|tanh|sigmoid|silu|softplus|gelu",
    meaning: "between the linear layers of the embedding net of the context",
};

/// The key for the last layer of an embedding net, which files do not hold either.
pub(super) const EMBEDDING_END: Key = Key {
    name: "embedding_end",
    values: "linear|activation",
    meaning: "what the embedding net of the context ends in: a linear layer or, as sbi's FCEmbedding, its activation",
};

/// The net's place.
const NET: &str = "_embedding_net";

/// The context as networks read it, and the tensors that this took.
pub(super) fn embedded(
    weights: &Weights,
    settings: &mut Settings,
) -> Result<(Context, Vec<String>)> {
    let context = settings.context()?;
    if context.is_empty() {
        return Ok((context, vec![]));
    }
    let [mean, std] = ["_mean", "_std"].map(|name| format!("{NET}.0.{name}"));
    let scored = weights.has(&mean) && weights.has(&std);
    let net = match scored {
        true => format!("{NET}.1"),
        false => NET.into(),
    };
    let mut steps = vec![];
    if scored {
        settings.note("context: standardised by _embedding_net in the file");
        for name in [&mean, &std] {
            let extent = weights.shape(name)?.iter().product::<usize>();
            if extent != 1 && extent != context.len() {
                let message = format!(
                    "expected a context of {extent} numbers, found {}",
                    context.len()
                );
                return Err(weights.error(name, message));
            }
        }
        steps.push(Step::Standardise {
            mean: mean.into(),
            std: std.into(),
        });
    }
    let mut bends = None;
    if weights.holds_below(&net) {
        let parse = |word: &str| activation(word).or_else(|| named(word));
        let function = settings.choose(EMBEDDING.name, Source::DefaultOf("sbi", "relu"), parse)?;
        let mut layers = weights.net(&net, function, context.len());
        layers.extend(end(weights, settings, &net, &layers, function)?);
        bends = layers
            .iter()
            .any(|step| matches!(step, Step::Act { .. }))
            .then_some(function);
        steps.extend(layers);
    }
    match context {
        Context::Constant(values) => {
            let values = DVector::from_vec(values);
            let values = steps
                .iter()
                .try_fold(values, |h, step| step_of(weights, &net, step, bends, &h))?;
            let read = |name: &str| name.starts_with(&format!("{NET}."));
            let read = weights.names().filter(|name| read(name));
            let ignore = read.map(str::to_owned).collect();
            Ok((Context::Constant(values.as_slice().to_vec()), ignore))
        }
        Context::Inputs(inputs) => {
            if bends.is_some() {
                let message = "expected --set context=NUMBER,…, a constant context, for an embedding net with activations, which every network \
                               would have to repeat; found names of a context that changes (train without an embedding net)";
                return Err(weights.error(&net, message));
            }
            let width = width(weights, &steps, inputs.width)?;
            let embedding = steps;
            Ok((
                Context::Inputs(Inputs {
                    embedding,
                    width,
                    ..inputs
                }),
                vec![],
            ))
        }
    }
}

/// The activation that ends an embedding net, if it has one there.
fn end(
    weights: &Weights,
    settings: &mut Settings,
    net: &str,
    layers: &[Step],
    function: Activation,
) -> Result<Option<Step>> {
    // sbi's FCEmbedding keeps its layers in `net`.
    let is_sbi = weights.holds_below(&format!("{net}.net"));
    let is_given = settings.is_given(EMBEDDING_END.name);
    if !is_sbi && !is_given && !layers.iter().any(|step| matches!(step, Step::Act { .. })) {
        return Ok(None);
    }
    let usual = match is_sbi {
        true => "activation",
        false => "linear",
    };
    let source = Source::DefaultOf("sbi", usual);
    let bends = settings.choose(EMBEDDING_END.name, source, |word| match word {
        "activation" => Some(true),
        "linear" => Some(false),
        _ => None,
    })?;
    Ok(bends.then(|| act(function)))
}

/// How many numbers the steps give.
fn width(weights: &Weights, steps: &[Step], inputs: usize) -> Result<usize> {
    let last = steps.iter().rev().find_map(|step| match step {
        Step::Linear {
            w: Name::Whole(w), ..
        } => Some(w),
        _ => None,
    });
    match last {
        Some(w) => Ok(weights.shape(w)?.first().copied().unwrap_or(inputs)),
        None => Ok(inputs),
    }
}

/// A step of an embedding net applied to numbers.
fn step_of(
    weights: &Weights,
    net: &str,
    step: &Step,
    function: Option<Activation>,
    h: &DVector<f64>,
) -> Result<DVector<f64>> {
    let vector = |name: &str, width: usize| -> Result<DVector<f64>> {
        let numbers = weights.numbers(name, weights.shape(name)?)?;
        match numbers.len() {
            1 => Ok(DVector::from_element(width, numbers[0])),
            n if n == width => Ok(DVector::from_row_slice(numbers)),
            n => Err(weights.error(name, format!("expected {width} numbers, found {n}"))),
        }
    };
    match (step, function) {
        (
            Step::Standardise {
                mean: Name::Whole(mean),
                std: Name::Whole(std),
            },
            _,
        ) => Ok((h - vector(mean, h.len())?).component_div(&vector(std, h.len())?)),
        (
            Step::Linear {
                w: Name::Whole(w),
                b,
                ..
            },
            _,
        ) => {
            let outputs = weights.shape(w)?.first().copied().unwrap_or(0);
            let numbers = weights.numbers(w, &[outputs, h.len()])?;
            let product = DMatrix::from_row_slice(outputs, h.len(), numbers) * h;
            match b {
                Some(Name::Whole(b)) => Ok(product + vector(b, outputs)?),
                _ => Ok(product),
            }
        }
        (Step::Act { w: None, .. }, Some(function)) => Ok(h.map(|h| function.eval(h))),
        _ => Err(weights.error(
            net,
            "expected an embedding net of linear layers and activations, found another",
        )),
    }
}
