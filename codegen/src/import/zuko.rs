//! [zuko](https://github.com/probabilists/zuko)'s `NICE`, and lampe's, which wraps it.
//!
//! Affine unless `univariate=AdditiveTransform, shapes=[()]` was asked for, which the rows of the
//! last linear layer tell. Three generations of names: `transforms.` up to 0.3, then
//! `transform.transforms.` with `base._0, base._1`, from 1.6 with `base.loc, base.scale`.

use super::conditioner::interleaved;
use super::settings::ACTIVATION;
use super::{Key, Layout, Settings, Source, Weights};
use crate::error::Result;
use crate::ir::{Activation, Coupling, DiagonalNormal, Flow, Layer, Parameters, Prior, ScaleMap};

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
        Key {
            name: "prior",
            values: "normal",
            meaning: "density of the latent vector, where the file has no base",
        },
    ],
    read,
};

/// `ln 1000`: zuko's smallest scale is 1/1000.
const BOUND: f64 = 6.907_755_278_982_137;

fn read(weights: &Weights, settings: &mut Settings) -> Result<Flow> {
    let wrapped = weights.has("transform.transforms.0.mask");
    let list = if wrapped {
        "transform.transforms"
    } else {
        "transforms"
    };
    let dim = weights.shape(&format!("{list}.0.mask"))?.iter().product();
    let activation = settings.activation(Source::Default("relu"))?;

    let transforms = weights.count(|i| format!("{list}.{i}.mask"));
    let layers = (0..transforms)
        .map(|i| coupling(weights, &format!("{list}.{i}"), dim, activation))
        .collect::<Result<Vec<_>>>()?;
    let affine = layers
        .iter()
        .filter(|layer| layer.kind() == "affine coupling");
    let affine = affine.count();
    settings.note(format!(
        "couplings: {} additive, {affine} affine, of the masks stored in the file",
        transforms - affine
    ));
    let prior = prior(weights, settings, dim)?;
    Ok(Flow { dim, layers, prior })
}

fn coupling(weights: &Weights, at: &str, dim: usize, activation: Activation) -> Result<Layer> {
    let (kept, changed) = mask(weights, &format!("{at}.mask"), dim)?;
    let names = hyper(weights, &format!("{at}.hyper"))?;
    let first = format!("{}.weight", names[0]);
    let width = weights.matrix(&first)?.ncols();
    if width > kept.len() {
        let (context, kept) = (width - kept.len(), kept.len());
        let message = format!(
            "expected {kept} inputs, found {context} more: a flow with a context; \
             fold a constant one into the first bias, b + W c, before the export"
        );
        return Err(weights.error(&first, message));
    }

    let last = format!("{}.weight", names[names.len() - 1]);
    let (rows, additive) = (weights.matrix(&last)?.nrows(), changed.len());
    if rows != additive && rows != 2 * additive {
        let affine = 2 * additive;
        let message =
            format!("expected {additive} rows (additive) or {affine} (affine), found {rows}");
        return Err(weights.error(&last, message));
    }
    let mut network = weights.mlp(&names, kept.len(), rows, activation)?;
    let mut scale = None;
    if rows != additive {
        interleaved(&mut network);
        scale = Some(ScaleMap::ExpSoftclip { bound: BOUND });
    }
    Ok(Layer::Coupling(Coupling {
        kept,
        changed,
        conditioner: Parameters::Joint(network),
        scale,
        backwards: false,
    }))
}

/// The elements that condition, where the mask is true, and those that change.
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

/// Names of the linear layers; activations take every second index.
fn hyper(weights: &Weights, at: &str) -> Result<Vec<String>> {
    let first = format!("{at}.0.weight");
    if weights.has(&format!("{at}.3.weight")) && !weights.has(&format!("{at}.2.weight")) {
        let message = "expected linear layers at every second index, found them at every third: \
                       `normalize=True` puts a LayerNorm between, which is not supported";
        return Err(weights.error(&first, message));
    }
    weights.shape(&first)?;
    let layers = weights.count(|i| format!("{at}.{}.weight", 2 * i));
    Ok((0..layers).map(|i| format!("{at}.{}", 2 * i)).collect())
}

fn prior(weights: &Weights, settings: &mut Settings, dim: usize) -> Result<Prior> {
    let generations = [("base.loc", "base.scale"), ("base._0", "base._1")];
    let Some((loc, scale)) = generations.into_iter().find(|(loc, _)| weights.has(loc)) else {
        return settings.choose("prior", Source::Unknown, |word| {
            (word == "normal").then_some(Prior::Normal)
        });
    };
    let mean = weights.numbers(loc, &[dim])?.to_vec();
    let deviations = weights.numbers(scale, &[dim])?;
    if let Some(i) = deviations.iter().position(|deviation| *deviation <= 0.0) {
        let message = format!(
            "expected positive numbers, found {} at [{i}]",
            deviations[i]
        );
        return Err(weights.error(scale, message));
    }
    let prior = if mean.iter().all(|m| *m == 0.0) && deviations.iter().all(|d| *d == 1.0) {
        Prior::Normal
    } else {
        let precision = deviations.iter().map(|d| 1.0 / d).collect();
        Prior::DiagonalNormal(DiagonalNormal { mean, precision })
    };
    settings.note(format!(
        "prior: {} ({loc}, {scale} in the file)",
        prior.kind()
    ));
    Ok(prior)
}
