//! What users of FrEIA choose and files do not hold.

use super::block::Block;
use crate::import::ops::Scale;
use crate::import::{Settings, Source, Weights};
use nice_flow_codegen::error::Result;
use nice_flow_codegen::flow::ir::Activation;

/// The answers, asked for where a module needs them.
pub(super) struct Choices {
    /// Of every subnet.
    pub activation: Activation,
    /// Of each clamped block, the next one last.
    clamps: Vec<f64>,
    /// Of GLOW and RNVP blocks, from a clamp.
    squash: fn(f64) -> Scale,
    /// Of all-in-one blocks, from a clamp.
    soft: fn(f64) -> Scale,
    /// Of the elements after an all-in-one coupling.
    pub global: fn() -> Scale,
}

impl Choices {
    pub(super) fn ask(weights: &Weights, settings: &mut Settings, kinds: &[Block]) -> Result<Self> {
        let mut choices = Self {
            activation: Activation::Relu,
            clamps: vec![],
            squash: atan,
            soft: tanh,
            global: softplus,
        };
        let has = |kind: Block| kinds.contains(&kind);
        let clamped = kinds.iter().filter(|kind| kind.is_clamped()).count();
        if clamped > 0 || has(Block::Nice) {
            choices.activation = settings.activation(Source::Unknown)?;
        }
        if clamped > 0 {
            let parse = |text: &str| clamps(text, clamped);
            choices.clamps = settings.choose("clamp", Source::Default("2"), parse)?;
        }
        if has(Block::Glow) || has(Block::Rnvp) {
            let default = Source::Default("atan");
            choices.squash = settings.choose("clamp_activation", default, squash)?;
        }
        if has(Block::AllInOne) {
            let listed = (0..kinds.len()).any(|k| is_list(weights, k));
            let variant = if listed {
                Source::Stored("git".into())
            } else {
                Source::Unknown
            };
            choices.soft = settings.choose("variant", variant, soft)?;
            let default = Source::Default("softplus");
            choices.global = settings.choose("global_scale", default, global)?;
            settings.note(
                "w_perm: applied after the coupling, its log-determinant 0 (reverse_permutation=False)",
            );
        }
        Ok(choices)
    }

    /// The scale of the next block, GLOW or RNVP.
    pub(super) fn squash(&mut self) -> Scale {
        (self.squash)(self.clamps.pop().unwrap_or(2.0))
    }

    /// The scale of the next block, all in one.
    pub(super) fn soft(&mut self) -> Scale {
        (self.soft)(self.clamps.pop().unwrap_or(2.0))
    }
}

/// Whether a permutation is kept as a list: git writes it so, since June 2023; its soft clamp is of August.
fn is_list(weights: &Weights, k: usize) -> bool {
    let shape = weights.shape(&format!("module_list.{k}.w_perm"));
    shape.is_ok_and(|shape| shape.len() == 1)
}

/// One for all blocks or one for each; reversed, to be taken from the end.
fn clamps(text: &str, blocks: usize) -> Option<Vec<f64>> {
    let numbers = text.split(',').map(|number| number.trim().parse().ok());
    let mut clamps: Vec<f64> = numbers.collect::<Option<_>>()?;
    if clamps.len() == 1 {
        clamps = vec![clamps[0]; blocks];
    }
    let usable = clamps.iter().all(|clamp| clamp.is_finite() && *clamp > 0.0);
    clamps.reverse();
    (usable && clamps.len() == blocks).then_some(clamps)
}

fn squash(word: &str) -> Option<fn(f64) -> Scale> {
    match word {
        "atan" => Some(atan),
        "tanh" => Some(tanh),
        "sigmoid" => Some(sigmoid),
        _ => None,
    }
}

/// 0.636, not 2/π.
fn atan(clamp: f64) -> Scale {
    Scale::map("exp_atan", &[("clamp", clamp), ("gain", 0.636)])
}

fn tanh(clamp: f64) -> Scale {
    Scale::map("exp_tanh", &[("clamp", clamp), ("inner", 1.0)])
}

/// `2σ(s) − 1 = tanh(s/2)`.
fn sigmoid(clamp: f64) -> Scale {
    Scale::map("exp_tanh", &[("clamp", clamp), ("inner", 0.5)])
}

fn soft(word: &str) -> Option<fn(f64) -> Scale> {
    match word {
        "pypi" => Some(tanh),
        "git" => Some(|clamp| Scale::map("exp_tanh", &[("clamp", clamp), ("inner", 1.0 / clamp)])),
        _ => None,
    }
}

fn global(word: &str) -> Option<fn() -> Scale> {
    match word {
        "softplus" => Some(softplus),
        "sigmoid" => Some(|| Scale::map("sigmoid", &[("bias", -2.0), ("gain", 10.0)])),
        "exp" => Some(|| Scale::map("exp", &[])),
        _ => None,
    }
}

/// `0.1 · softplus(g)` of steepness ½.
fn softplus() -> Scale {
    Scale::map("softplus_beta", &[("beta", 0.5), ("gain", 0.1)])
}
