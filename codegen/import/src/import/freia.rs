//! [FrEIA](https://github.com/vislearn/FrEIA): `SequenceINN`, and `GraphINN` with modules in the order in which they
//! run.
//!
//! A coupling block changes its first part `x₁` by a function of the second part, then the second part by a function of
//! the new first part. Subnets, clamps and the prior are chosen by the user and stored in no file.

mod block;
mod blocks;
mod choices;
mod volume;

use super::ops::{Form, Reading, Scale, diagonal, stored_permutation};
use super::settings::{ACTIVATION, CONTEXT};
use super::{Key, Layout, Settings, Source, Weights, conditioner};
use block::Block;
use choices::Choices;
use nice_flow_codegen::error::Result;

pub(super) static LAYOUT: Layout = Layout {
    name: "freia",
    library: "FrEIA",
    fingerprint: &[
        &["module_list.0.F.", "module_list.0.G."],
        &["module_list.0.subnet1.", "module_list.0.subnet2."],
        &["module_list.0.subnet_s1.", "module_list.0.subnet_t1."],
        &["module_list.0.subnet.", "module_list.0.global_scale"],
        &["module_list.0.perm"],
        &["module_list.0.scale", "module_list.0.bias"],
    ],
    keys: &[
        ACTIVATION,
        CONTEXT,
        Key {
            name: "prior",
            values: "normal|logistic|student_t:DF",
            meaning: "density of the latent vector",
        },
        Key {
            name: "clamp",
            values: "NUMBER|NUMBER,NUMBER,…",
            meaning: "clamp or affine_clamping, of all affine blocks or of each in turn",
        },
        Key {
            name: "clamp_activation",
            values: "atan|tanh|sigmoid",
            meaning: "of GLOWCouplingBlock and RNVPCouplingBlock",
        },
        Key {
            name: "variant",
            values: "pypi|git",
            meaning: "AllInOneBlock of PyPI's 0.2, clamp·tanh(s), or of git since August 2023, clamp·tanh(s/clamp)",
        },
        Key {
            name: "global_scale",
            values: "softplus|sigmoid|exp",
            meaning: "global_affine_type of AllInOneBlock",
        },
        Key {
            name: "reverse_permutation",
            values: "false|true|false,true,…",
            meaning: "reverse_permutation of AllInOneBlock, of all or of each in turn",
        },
        Key {
            name: "gin",
            values: "false|true|false,true,…",
            meaning: "GINCouplingBlock, which stores the names of a GLOWCouplingBlock, and gin_block of AllInOneBlock, of all or of each in turn",
        },
    ],
    read,
};

fn read(weights: &Weights, settings: &mut Settings) -> Result<Reading> {
    let modules = weights.places("module_list");
    let kinds = modules.iter().map(|at| blocks::kind(weights, at));
    let kinds: Vec<Block> = kinds.collect();
    let context = settings.context()?;
    let dim = dim(weights, modules.iter().zip(&kinds), context.len())?;
    let prior = settings.prior(Source::Unknown)?;
    let mut reader = blocks::Reader {
        weights,
        dim,
        context: context.clone(),
        choices: Choices::ask(weights, settings, &kinds)?,
        ignored: vec![],
    };
    let mut ops = vec![];
    for (at, kind) in modules.iter().zip(&kinds) {
        match kind {
            Block::Unknown => ops.extend(weights.unknown(at)),
            Block::Permute => ops.push(stored_permutation(format!("{at}.perm"))),
            // Computes `x · exp(scale) + bias`.
            Block::ActNorm => {
                let scale = Scale::map("exp", &[]).of(format!("{at}.scale"));
                ops.push(diagonal(Form::MulAdd, format!("{at}.bias"), scale));
            }
            _ => ops.extend(reader.block(*kind, at)?),
        }
    }
    Ok(Reading {
        context: context.into_inputs(),
        ignore: reader.ignored,
        ..Reading::new(dim, ops, prior)
    })
}

/// The length of the vector, from the shapes of the first module that is known.
fn dim<'a>(
    weights: &Weights,
    mut modules: impl Iterator<Item = (&'a String, &'a Block)>,
    context: usize,
) -> Result<usize> {
    let known = modules.find(|(_, kind)| **kind != Block::Unknown);
    let (first, kind) = known.unzip();
    let first = first.map_or("module_list", String::as_str);
    let at = |name: &str| format!("{first}.{name}");
    let size = |name: &str| Ok(weights.shape(&at(name))?.iter().product());
    // The subnet that changes one part reads the other part, so their input widths add up to the length. So do their outputs, of
    // which there may be `each` an element, which tells a context that is not given.
    let both = |first: &str, second: &str, each: usize| {
        let (first, second) = (at(first), at(second));
        let inputs = weights
            .inputs(&first)?
            .saturating_add(weights.inputs(&second)?);
        let outputs = weights.outputs(&first).zip(weights.outputs(&second));
        let changed = outputs.map_or(inputs, |(one, other)| one.saturating_add(other) / each);
        if context == 0 && inputs > changed {
            conditioner::expect_inputs(weights, &first, inputs / 2, (changed / 2, 0))?;
        }
        Ok(inputs.saturating_sub(2 * context))
    };
    let dim = match kind {
        Some(Block::Permute) => size("perm"),
        Some(Block::ActNorm) => size("scale"),
        Some(Block::AllInOne) => size("global_scale"),
        Some(Block::Nice) => both("F", "G", 1),
        Some(Block::Glow) => both("subnet1", "subnet2", 2),
        Some(Block::Rnvp) => both("subnet_s1", "subnet_s2", 1),
        Some(Block::Unknown) | None => Ok(0),
    }?;
    if dim == 0 {
        let message = "expected modules over at least one element, found none";
        return Err(weights.error("module_list", message));
    }
    Ok(dim)
}
