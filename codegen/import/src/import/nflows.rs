//! [nflows](https://github.com/bayesiains/nflows), also inside models of sbi and modules of Lightning.
//!
//! `x → z` runs a tree of `CompositeTransform`s first to last. Couplings store the indices of their elements; their
//! conditioner is a `ResidualNet` or an `MLP`. The file does not hold the activation, nor the scale map of affine
//! couplings, which can be chosen in the git version.

mod base;
mod conditioner;
pub(super) mod made;
mod orthogonal;
mod transforms;

use super::embedding::{EMBEDDING, EMBEDDING_END, embedded};
use super::ops::{Inverse, Op, Prior, PriorKind, Reading};
use super::settings::{ACTIVATION, CONTEXT};
use super::{Key, Layout, Settings, Source, Weights};
use nice_flow_codegen::error::Result;
use transforms::Reader;

pub(super) use conditioner::read as net;

pub(super) static LAYOUT: Layout = Layout {
    name: "nflows",
    library: "nflows, also inside sbi",
    fingerprint: &[
        &["_transform._transform._transforms."],
        &["_transform._transform.identity_features"],
        &["_transform._transforms."],
        &["_transform.identity_features"],
        &["_transform.autoregressive_net."],
    ],
    keys: &[
        ACTIVATION,
        CONTEXT,
        EMBEDDING,
        EMBEDDING_END,
        Key {
            name: "scale",
            values: "sigmoid|softplus",
            meaning: "scale of affine transforms: sigmoid(u + 2) + 0.001, or softplus(u) + 0.001, in couplings up to 3",
        },
        Key {
            name: "blocks",
            values: "add|gate",
            meaning: "what a context does in the residual blocks of masked networks: add of nflows 0.14, gate of older ones",
        },
        Key {
            name: "prior",
            values: "normal",
            meaning: "density of the latent vector, where the file has no trained one",
        },
    ],
    read,
};

fn read(weights: &Weights, settings: &mut Settings) -> Result<Reading> {
    let dim = dim(weights)?;
    // sbi builds its autoregressive flows with tanh.
    let sbi = weights.holds_below("_embedding_net") && autoregressive(weights).is_some();
    let activation = settings.activation(match sbi {
        true => Source::DefaultOf("sbi", "tanh"),
        false => Source::Default("relu"),
    })?;
    let (context, ignore) = embedded(weights, settings)?;
    let mut reader = Reader {
        weights,
        settings,
        dim,
        activation,
        context: context.clone(),
        scales: [None, None],
    };
    let ops = reader.transform("_transform")?;
    let affine = |op: &&&Op| matches!(op, Op::Coupling(coupling) if coupling.scale.is_some());
    let all = flat(&ops);
    let couplings = (all.iter())
        .filter(|op| matches!(op, Op::Coupling(_)))
        .count();
    let affine = all.iter().filter(affine).count();
    let ordered = |op: &&&Op| matches!(op, Op::Autoregressive(_));
    let masked = all.iter().filter(ordered).count();
    if masked > 0 {
        settings.note(format!(
            "autoregressive layers: {masked}, of the masks stored in the file"
        ));
    }
    settings.note(format!(
        "couplings: {} additive, {affine} affine, of the elements stored in the file",
        couplings - affine
    ));
    let prior = prior(weights, settings)?;
    let (mut ops, mut ignore) = (ops, ignore);
    if let Some((base, read)) = base::conditional(weights, &context, dim)? {
        settings.note("prior: of the given context, by the encoder in _distribution");
        ops.push(base);
        ignore.extend(read);
    }
    Ok(Reading {
        ignore,
        context: context.into_inputs(),
        ..Reading::new(dim, ops, prior)
    })
}

/// The first linear layer of an autoregressive transform.
fn autoregressive<'a>(weights: &'a Weights) -> Option<&'a str> {
    let mut names = weights.names();
    names.find(|name| name.ends_with("autoregressive_net.initial_layer.weight"))
}

/// The ops, and those inside inverses.
fn flat(ops: &[Op]) -> Vec<&Op> {
    let of = |op| match op {
        &Op::Inverse(Inverse { ref ops }) => flat(ops),
        op => vec![op],
    };
    ops.iter().flat_map(of).collect()
}

/// The length of the vector, from the first coupling: every element either conditions or is changed.
fn dim(weights: &Weights) -> Result<usize> {
    let coupling = weights
        .names()
        .find_map(|name| name.strip_suffix("identity_features"));
    let Some(at) = coupling else {
        if let Some(name) = autoregressive(weights) {
            return Ok(weights.shape(name)?.get(1).copied().unwrap_or(1));
        }
        let message = "expected a coupling or an autoregressive transform, found none";
        return Err(weights.error("_transform", message));
    };
    let length = |name: &str| {
        let shape = weights.shape(&format!("{at}{name}"))?;
        Ok(shape.iter().product::<usize>())
    };
    match length("identity_features")?.saturating_add(length("transform_features")?) {
        0 => Err(weights.error(at, "expected a coupling of some elements, found none")),
        dim => Ok(dim),
    }
}

fn prior(weights: &Weights, settings: &mut Settings) -> Result<Prior> {
    let (mean, log_std) = ("_distribution.mean_", "_distribution.log_std_");
    let normal = Prior::standard(PriorKind::Normal);
    if !weights.has(log_std) {
        return settings.choose("prior", Source::Default("normal"), |word| {
            (word == "normal").then(|| normal.clone())
        });
    }
    let words = "prior: diagonal normal (_distribution in the file)";
    settings.stored("prior", "normal", words)?;
    Ok(Prior {
        loc_tensor: Some(mean.into()),
        log_scale_tensor: Some(log_std.into()),
        ..normal
    })
}
