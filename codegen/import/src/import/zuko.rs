//! [zuko](https://github.com/probabilists/zuko)'s `NICE` and `MAF`, and lampe's, which wraps them.
//!
//! Affine, unless it was made with `univariate=AdditiveTransform, shapes=[()]`; the number of rows of the last linear
//! layer shows which. Names have changed twice: `transforms.` up to 0.3, then `transform.transforms.` with
//! `base._0, base._1`, and from 1.6 on `base.loc, base.scale`.

mod base;
mod ordered;
mod residual;

use super::context::Context;
use super::embedding::{EMBEDDING, EMBEDDING_END, embedded};
use super::ops::{
    Coupling, Form, MaskOne, Op, Params, Reading, Scale, Step, diagonal, given, stored_permutation,
};
use super::settings::{ACTIVATION, CONTEXT};
use super::{Key, Layout, Settings, Source, Weights, conditioner};
use nice_flow_codegen::error::Result;
use nice_flow_codegen::flow::ir::Activation;

pub(super) static LAYOUT: Layout = Layout {
    name: "zuko",
    library: "zuko's or lampe's NICE and MAF",
    fingerprint: &[
        &[
            "net.transform.transforms.1.mask",
            "net.transform.transforms.0.loc",
        ],
        &[
            "net.transform.transforms.1.order",
            "net.transform.transforms.0.loc",
        ],
        &["net.transform.transforms.0.mask", "_embedding_net."],
        &["net.transform.transforms.0.order", "_embedding_net."],
        &["transform.transforms.1.mask", "transform.transforms.0.loc"],
        &["transform.transforms.1.order", "transform.transforms.0.loc"],
        &[
            "transform.transforms.0.hyper.0.weight",
            "transform.transforms.0.order",
        ],
        &[
            "transform.transforms.0.hyper.0.weight",
            "transform.transforms.0.mask",
        ],
        // Behind a permutation or an affine transform without network.
        &[
            "transform.transforms.1.hyper.0.weight",
            "transform.transforms.1.mask",
        ],
        &[
            "transform.transforms.1.hyper.0.weight",
            "transform.transforms.1.order",
        ],
        &["transforms.0.hyper.0.weight", "transforms.0.mask"],
    ],
    keys: &[
        ACTIVATION,
        CONTEXT,
        EMBEDDING,
        EMBEDDING_END,
        Key {
            name: "prior",
            values: "normal",
            meaning: "density of the latent vector, where the file has no base",
        },
    ],
    read,
};

/// The `eps` of `zuko.nn.LayerNorm`.
const EPS: f64 = 1e-5;

/// The scales of couplings and autoregressive transforms.
fn scale() -> Scale {
    // `ln 1000`, since zuko's smallest scale is 1/1000.
    Scale::map("exp_softclip", &[("bound", 6.907_755_278_982_137)])
}

/// The places of the list of transforms, of which sbi's has a context.
const LISTS: [&str; 3] = [
    "net.transform.transforms",
    "transform.transforms",
    "transforms",
];

/// What `transforms` holds at a place.
enum Kind {
    /// The z-score of sbi.
    Affine,
    /// A coupling by a mask.
    Masked,
    /// A masked autoregressive transform.
    Ordered,
    /// `MonotonicAffineTransform` without network, by its shift and its raw scale.
    Monotonic([String; 2]),
    /// `PermutationTransform`, by its order.
    Permuted(String),
}

fn kind(weights: &Weights, at: &str) -> Option<Kind> {
    let full = |part: &str| format!("{at}.{part}");
    let has = |part: &str| weights.has(&full(part));
    // Arguments without a name have their places.
    let pair = [["shift", "scale"], ["_0", "_1"]];
    let pair = pair
        .into_iter()
        .find(|pair| pair.iter().all(|part| has(part)));
    Some(if has("mask") {
        Kind::Masked
    } else if has("order") && weights.holds_below(&full("hyper")) {
        Kind::Ordered
    } else if has("loc") && has("scale") {
        Kind::Affine
    } else if let Some(pair) = pair {
        Kind::Monotonic(pair.map(full))
    } else {
        let order = ["order", "_0"].into_iter().find(|part| has(part))?;
        let is_vector = weights
            .shape(&full(order))
            .is_ok_and(|shape| shape.len() == 1);
        return is_vector.then(|| Kind::Permuted(full(order)));
    })
}

fn read(weights: &Weights, settings: &mut Settings) -> Result<Reading> {
    let found = LISTS
        .into_iter()
        .find(|list| kind(weights, &format!("{list}.0")).is_some());
    let list = found.unwrap_or(LISTS[1]);
    let dim = ["0.mask", "1.mask", "0.order", "1.order"]
        .into_iter()
        .find_map(|name| {
            let shape = weights.shape(&format!("{list}.{name}")).ok()?;
            Some(shape.iter().product())
        });
    let Some(dim) = dim else {
        return Err(weights.error(list, "expected a mask or an order, found none"));
    };
    let activation = settings.activation(Source::Default("relu"))?;
    let (context, mut ignore) = embedded(weights, settings)?;
    let mut ops = vec![];
    for at in weights.places(list) {
        match kind(weights, &at) {
            None => {
                let message = "expected a coupling, a masked autoregressive transform or a z-score, found another transform";
                weights.doubt(weights.error(&at, message));
                ops.extend(weights.unknown(&at));
            }
            // Computes `loc + scale · x`.
            Some(Kind::Affine) => {
                let scale = Scale::map("raw", &[]).of(format!("{at}.scale"));
                ops.push(diagonal(Form::MulAdd, format!("{at}.loc"), scale));
            }
            Some(Kind::Monotonic([shift, raw])) => {
                ops.push(diagonal(Form::MulAdd, shift, scale().of(raw)));
            }
            Some(Kind::Permuted(order)) => ops.push(stored_permutation(order)),
            Some(Kind::Masked) => {
                ops.push(Op::Coupling(coupling(
                    weights, &at, dim, activation, &context,
                )?));
            }
            Some(Kind::Ordered) => {
                let order = format!("{at}.order");
                let found = ordered::read(weights, &at, dim, activation, &context)?;
                if found.len() == 1 && !ignore.contains(&order) {
                    ignore.push(order);
                }
                ops.extend(found);
            }
        }
    }
    let couplings = ops.iter().filter_map(|op| match op {
        Op::Coupling(coupling) => Some(coupling.scale.is_some()),
        _ => None,
    });
    let affine = couplings.clone().filter(|affine| *affine).count();
    settings.note(format!(
        "couplings: {} additive, {affine} affine, of the masks stored in the file",
        couplings.count() - affine
    ));
    let root = list.strip_suffix("transform.transforms").unwrap_or("");
    let prior = base::prior(weights, root, settings)?;
    Ok(Reading {
        ignore,
        context: context.into_inputs(),
        ..Reading::new(dim, ops, prior)
    })
}

fn coupling(
    weights: &Weights,
    at: &str,
    dim: usize,
    activation: Activation,
    context: &Context,
) -> Result<Coupling> {
    let (cond, trans) = mask(weights, &format!("{at}.mask"), dim)?;
    let hyper = format!("{at}.hyper");
    let net = given(
        context,
        normalised(
            weights,
            &hyper,
            weights.net(&hyper, activation, cond.len() + context.len()),
        ),
    );
    let affine = conditioner::is_affine(
        weights,
        &hyper,
        &net,
        (cond.len(), context.len()),
        trans.len(),
    )?;
    let halves = (cond, trans);
    let coupling = if affine {
        let params = Params::InterleavedShiftScale;
        Coupling::affine(halves, net, params, Form::MulAdd, scale())
    } else {
        Coupling::additive(halves, net)
    };
    Ok(Coupling {
        mask_tensor: Some(format!("{at}.mask").into()),
        mask_one: Some(MaskOne::Cond),
        ..coupling
    })
}

/// The elements that condition, where the mask is true, and the elements that are changed.
fn mask(weights: &Weights, name: &str, dim: usize) -> Result<(Vec<usize>, Vec<usize>)> {
    let mask = weights.numbers(name, &[dim])?;
    let (kept, changed): (Vec<_>, _) = (0..dim).partition(|&i| mask[i] != 0.0);
    if kept.is_empty() || changed.is_empty() {
        let message = format!(
            "expected true and false, found {} true of {dim}",
            kept.len()
        );
        return Err(weights.error(name, message));
    }
    Ok((kept, changed))
}

/// With `normalize=True`, which shows as two modules without tensors between two linear layers, a layer normalisation
/// without parameters and with an unbiased variance follows each activation.
fn normalised(weights: &Weights, at: &str, net: Vec<Step>) -> Vec<Step> {
    let indices = weights.indices(at);
    let apart = indices.iter().zip(indices.iter().skip(1));
    if indices.len() < 2 || !apart.clone().all(|(one, next)| next - one == 3) {
        return net;
    }
    let norm = |step: Step| match step {
        step @ Step::Act { .. } => vec![
            step,
            Step::LayerNorm {
                gamma: None,
                beta: None,
                eps: EPS,
                unbiased: true,
            },
        ],
        step => vec![step],
    };
    net.into_iter().flat_map(norm).collect()
}
