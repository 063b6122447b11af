//! [normflows](https://github.com/VincentStimper/normalizing-flows).
//!
//! Its list of flows runs from latent to data. So `x → z` runs the list from its end and inverts every flow, which
//! makes couplings subtract. The base distribution is trained. Flows without tensors, such as `Permute(mode='swap')`,
//! show only as gaps in the numbering.

mod kind;
mod layers;

use super::context::Context;
use super::ops::{Prior, PriorKind, Reading, permutation};
use super::settings::{ACTIVATION, CONTEXT};
use super::{Key, Layout, Settings, Source, Weights};
use nice_flow_codegen::error::Result;
use std::collections::BTreeSet;

pub(super) static LAYOUT: Layout = Layout {
    name: "normflows",
    library: "normflows",
    fingerprint: &[&["q0.loc", "flows."]],
    keys: &[
        ACTIVATION,
        CONTEXT,
        Key {
            name: "split",
            values: "channel|channel_inv|checkerboard|checkerboard_inv",
            meaning: "split_mode of AffineCouplingBlock",
        },
        Key {
            name: "scale",
            values: "exp|sigmoid|sigmoid_inv",
            meaning: "scale_map of AffineCouplingBlock",
        },
        Key {
            name: "gaps",
            values: "swap|identity",
            meaning: "the flows that store no tensors: Permute(mode='swap'), or none that does anything",
        },
        Key {
            name: "flows",
            values: "COUNT",
            meaning: "len(model.flows), where flows without tensors may follow the last stored",
        },
    ],
    read,
};

fn read(weights: &Weights, settings: &mut Settings) -> Result<Reading> {
    let dim = match *weights.shape("q0.loc")? {
        [1, dim] | [1, _, dim] if dim > 0 => dim,
        ref found => {
            let message = format!("expected shape [1, D], found {found:?}");
            return Err(weights.error("q0.loc", message));
        }
    };
    let activation = settings.activation(Source::Default("relu"))?;
    let stored = weights.indices("flows");
    let flows = length(weights, settings, &stored)?;
    let swaps = stored.len() < flows && swaps(settings)?;
    let context = context(weights, settings)?;
    let mut reader = layers::Reader {
        weights,
        context: &context,
        settings,
        dim,
        activation,
        split: None,
        scale: None,
        ignore: vec![],
    };
    let mut ops = vec![];
    for k in (0..flows).rev() {
        if stored.contains(&k) {
            ops.extend(reader.flow(&format!("flows.{k}"))?);
        } else if swaps {
            let half = dim.div_ceil(2);
            ops.push(permutation((half..dim).chain(0..half)));
        }
    }
    let mut ignore = reader.ignore;
    // The target distribution for a reverse KL divergence, which is saved with the model.
    let target = weights.names().filter(|name| name.starts_with("p."));
    ignore.extend(target.map(str::to_owned));
    settings.note("flows: run from the last to the first, subtracting (as normflows does)");
    let prior = prior(weights, settings);
    Ok(Reading {
        ignore,
        context: context.into_inputs(),
        ..Reading::new(dim, ops, prior)
    })
}

/// The context of a `ConditionalNormalizingFlow`, which shows as layers that read it.
fn context(weights: &Weights, settings: &mut Settings) -> Result<Context> {
    let reads = |name: &str| name.contains(".context_layer.");
    match weights.names().any(reads) {
        true => settings.context(),
        false => Ok(Context::NONE),
    }
}

/// A `DiagGaussian` or a `GaussianMixture`; another base is a doubt.
fn prior(weights: &Weights, settings: &mut Settings) -> Prior {
    let (loc, log_scale, weight) = ("q0.loc", "q0.log_scale", "q0.weight_scores");
    let mixture = weights.has(weight);
    let (kind, word) = match mixture {
        true => (PriorKind::Mixture, "mixture of normals"),
        false => (PriorKind::Normal, "normal"),
    };
    if !weights.has(log_scale) {
        let message = "expected the base DiagGaussian or GaussianMixture, found another";
        weights.doubt(weights.error(log_scale, message));
        return Prior {
            loc_tensor: Some(loc.into()),
            ..Prior::standard(kind)
        };
    }
    settings.note(format!("prior: {word} ({loc}, {log_scale} in the file)"));
    Prior {
        weight_tensor: mixture.then(|| weight.into()),
        loc_tensor: Some(loc.into()),
        log_scale_tensor: Some(log_scale.into()),
        ..Prior::standard(kind)
    }
}

/// The longest list that is accepted.
const MOST: usize = 10_000;

/// The number of flows. If another flow of the last one's kind is followed by a gap, the last one may be too, which the
/// file does not show: then the user is asked.
fn length(weights: &Weights, settings: &mut Settings, stored: &BTreeSet<usize>) -> Result<usize> {
    let last = stored.last().copied().unwrap_or(0);
    if last >= MOST {
        let message = format!("expected fewer than {MOST} flows");
        return Err(weights.error(&format!("flows.{last}"), message));
    }
    let kind = |k: usize| kind::kind(weights, &format!("flows.{k}"));
    let gapped = |k: &usize| *k < last && !stored.contains(&(k + 1));
    let suspicious = stored.iter().any(|k| gapped(k) && kind(*k) == kind(last));
    let parse = |word: &str| {
        word.parse()
            .ok()
            .filter(|n| (last + 1..last + 100).contains(n))
    };
    if suspicious || settings.is_given("flows") {
        return settings.choose("flows", Source::Unknown, parse);
    }
    Ok(last + 1)
}

fn swaps(settings: &mut Settings) -> Result<bool> {
    settings.choose("gaps", Source::Unknown, |word| match word {
        "swap" => Some(true),
        "identity" => Some(false),
        _ => None,
    })
}
