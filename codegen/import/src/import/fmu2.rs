//! [fmu2/NICE](https://github.com/fmu2/NICE), and AvivSham/NICE, which uses the same names.
//!
//! Additive couplings in which odd and even elements condition in alternation, then `exp(scale)`. A file of its
//! `train.py` records which half conditions first and which prior was trained; a bare state dict does not.
//! AvivSham/NICE prints `ln p + 1e-5`.

use super::ops::{Coupling, Op, Reading, exponential, halves, mlp};
use super::settings::{LOG_PROB, PRIOR};
use super::{Key, Layout, Settings, Source, Weights};
use crate::checkpoint::Value;
use nice_flow_codegen::error::Result;
use nice_flow_codegen::flow::ir::Activation;

pub(super) static LAYOUT: Layout = Layout {
    name: "fmu2",
    library: "fmu2/NICE",
    fingerprint: &[&["coupling.0.in_block.0.weight", SCALE]],
    keys: &[
        Key {
            name: "first",
            values: "odd|even",
            meaning: "the elements, counted from 0, that condition the first coupling",
        },
        PRIOR,
        LOG_PROB,
    ],
    read,
};

const SCALE: &str = "scaling.scale";

fn read(weights: &Weights, settings: &mut Settings) -> Result<Reading> {
    let dim = weights.even_width(SCALE)?;
    let first = settings.choose("first", first(weights), |word| match word {
        "odd" => Some(1),
        "even" => Some(0),
        _ => None,
    })?;
    let stored = weights.config("latent").map(Value::to_string);
    let prior = settings.prior(stored.map_or(Source::Unknown, Source::Stored))?;
    let couplings = weights.count(|i| format!("coupling.{i}.in_block.0.weight"));
    let couplings = (0..couplings).map(|i| {
        let net = mlp(&names(weights, &format!("coupling.{i}")), Activation::Relu);
        Op::Coupling(Coupling::additive(halves((first + i) % 2, dim), net))
    });
    let ops = couplings.chain([exponential(SCALE)]).collect();
    let log_prob_constant = match settings.is_given(LOG_PROB.name) {
        true => settings.log_prob(1e-5, "+ 1e-5 (AvivSham's)")?,
        false => 0.0,
    };
    Ok(Reading {
        log_prob_constant,
        ..Reading::new(dim, ops, prior)
    })
}

/// The half that conditions first, from the stored `mask_config`: with 1, the first coupling reads the odd elements and
/// changes the even ones.
fn first(weights: &Weights) -> Source {
    match weights.config("mask_config") {
        Some(Value::Number(1.0) | Value::Flag(true)) => Source::Stored("odd".into()),
        Some(Value::Number(0.0) | Value::Flag(false)) => Source::Stored("even".into()),
        Some(other) => Source::Stored(format!("mask_config={other}")),
        None => Source::Unknown,
    }
}

/// The names of a coupling's linear layers.
fn names(weights: &Weights, at: &str) -> Vec<String> {
    let hidden = weights.count(|j| format!("{at}.mid_block.{j}.0.weight"));
    let middle = (0..hidden).map(|j| format!("{at}.mid_block.{j}.0"));
    std::iter::once(format!("{at}.in_block.0"))
        .chain(middle)
        .chain([format!("{at}.out_block")])
        .collect()
}
