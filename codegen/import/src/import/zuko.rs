//! [zuko](https://github.com/probabilists/zuko)'s `NICE`, and lampe's, which wraps it.
//!
//! Affine, unless it was made with `univariate=AdditiveTransform, shapes=[()]`; the number of rows of the last linear
//! layer shows which. Names have changed twice: `transforms.` up to 0.3, then `transform.transforms.` with
//! `base._0, base._1`, and from 1.6 on `base.loc, base.scale`.

use super::ops::{
    Coupling, Form, MaskOne, Op, Params, Prior, PriorKind, Reading, Scale, Step, given,
};
use super::settings::{ACTIVATION, CONTEXT};
use super::{Key, Layout, Settings, Source, Weights, conditioner};
use nice_flow_codegen::error::Result;
use nice_flow_codegen::flow::ir::Activation;

pub(super) static LAYOUT: Layout = Layout {
    name: "zuko",
    library: "zuko's or lampe's NICE",
    fingerprint: &[
        &[
            "transform.transforms.0.hyper.0.weight",
            "transform.transforms.0.mask",
        ],
        &["transforms.0.hyper.0.weight", "transforms.0.mask"],
    ],
    keys: &[
        ACTIVATION,
        CONTEXT,
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

/// `ln 1000`, since zuko's smallest scale is 1/1000.
const BOUND: f64 = 6.907_755_278_982_137;

fn read(weights: &Weights, settings: &mut Settings) -> Result<Reading> {
    let wrapped = weights.has("transform.transforms.0.mask");
    let list = if wrapped {
        "transform.transforms"
    } else {
        "transforms"
    };
    let dim = weights.shape(&format!("{list}.0.mask"))?.iter().product();
    let activation = settings.activation(Source::Default("relu"))?;
    let context = settings.context()?;

    let transforms = weights.count(|i| format!("{list}.{i}.mask"));
    let couplings = (0..transforms)
        .map(|i| coupling(weights, &format!("{list}.{i}"), dim, activation, &context))
        .collect::<Result<Vec<_>>>()?;
    let affine = couplings.iter().filter(|c| c.scale.is_some()).count();
    settings.note(format!(
        "couplings: {} additive, {affine} affine, of the masks stored in the file",
        transforms - affine
    ));
    let prior = prior(weights, settings)?;
    let ops = couplings.into_iter().map(Op::Coupling).collect();
    Ok(Reading::new(dim, ops, prior))
}

fn coupling(
    weights: &Weights,
    at: &str,
    dim: usize,
    activation: Activation,
    context: &[f64],
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
    let affine = conditioner::is_affine(weights, &hyper, &net, cond.len(), trans.len())?;
    let halves = (cond, trans);
    let coupling = if affine {
        let scale = Scale::map("exp_softclip", &[("bound", BOUND)]);
        let params = Params::InterleavedShiftScale;
        Coupling::affine(halves, net, params, Form::MulAdd, scale)
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

fn prior(weights: &Weights, settings: &mut Settings) -> Result<Prior> {
    let generations = [("base.loc", "base.scale"), ("base._0", "base._1")];
    let Some((loc, scale)) = generations.into_iter().find(|(loc, _)| weights.has(loc)) else {
        return settings.choose("prior", Source::Unknown, |word| {
            (word == "normal").then_some(Prior::standard(PriorKind::Normal))
        });
    };
    settings.note(format!("prior: normal ({loc}, {scale} in the file)"));
    Ok(Prior {
        loc_tensor: Some(loc.into()),
        scale_tensor: Some(scale.into()),
        ..Prior::standard(PriorKind::Normal)
    })
}
