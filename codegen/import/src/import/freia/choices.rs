//! Choices of FrEIA users that files do not hold.

use super::block::Block;
use crate::import::ops::Scale;
use crate::import::{Settings, Source, Weights};
use nice_flow_codegen::error::Result;
use nice_flow_codegen::flow::ir::Activation;

/// The choices; only those that a module needs are asked for.
pub(super) struct Choices {
    /// The activation of every subnet.
    pub activation: Activation,
    /// The clamp of each clamped block, in reverse: the next block's is last.
    clamps: Vec<f64>,
    /// The scale map of GLOW and RNVP blocks, for a clamp.
    squash: fn(f64) -> Scale,
    /// The scale map of all-in-one blocks, for a clamp.
    soft: fn(f64) -> Scale,
    /// The scale map of the diagonal layer behind an all-in-one coupling.
    pub global: fn() -> Scale,
    /// Whether each all-in-one block is turned back before its coupling, in reverse: the next block's is last.
    reversed: Vec<bool>,
    /// Whether each GLOW and all-in-one block keeps volume, in reverse: the next block's is last.
    keeping: Vec<bool>,
}

impl Choices {
    pub(super) fn ask(weights: &Weights, settings: &mut Settings, kinds: &[Block]) -> Result<Self> {
        let mut choices = Self {
            activation: Activation::Relu,
            clamps: vec![],
            squash: atan,
            soft: tanh,
            global: softplus,
            reversed: vec![],
            keeping: vec![],
        };
        let has = |kind: Block| kinds.contains(&kind);
        let clamped = kinds.iter().filter(|kind| kind.is_clamped()).count();
        if clamped > 0 || has(Block::Nice) {
            choices.activation = settings.activation(Source::Unknown)?;
        }
        if clamped > 0 {
            let usable = |clamp: &f64| clamp.is_finite() && *clamp > 0.0;
            let parse = |text: &str| each(text, clamped, |word| word.parse().ok().filter(usable));
            choices.clamps = settings.choose("clamp", Source::Default("2"), parse)?;
        }
        if has(Block::Glow) || has(Block::Rnvp) {
            let default = Source::Default("atan");
            choices.squash = settings.choose("clamp_activation", default, squash)?;
        }
        if has(Block::AllInOne) {
            let modules = weights.places("module_list");
            let listed = modules.iter().any(|at| is_list(weights, at));
            let variant = if listed {
                Source::Stored("git".into())
            } else {
                Source::Unknown
            };
            choices.soft = settings.choose("variant", variant, soft)?;
            let default = Source::Default("softplus");
            choices.global = settings.choose("global_scale", default, global)?;
            settings.note("w_perm: applied after the coupling, its log-determinant 0");
            let blocks = kinds.iter().filter(|kind| **kind == Block::AllInOne);
            let blocks = blocks.count();
            let parse = |text: &str| each(text, blocks, |word| word.parse::<bool>().ok());
            let default = Source::Default("false");
            choices.reversed = settings.choose("reverse_permutation", default, parse)?;
        }
        let joint = |kind: &&Block| matches!(kind, Block::Glow | Block::AllInOne);
        let joint = kinds.iter().filter(joint).count();
        if joint > 0 {
            let parse = |text: &str| each(text, joint, |word| word.parse::<bool>().ok());
            choices.keeping = settings.choose("gin", Source::Default("false"), parse)?;
        }
        Ok(choices)
    }

    /// Whether the next GLOW or all-in-one block keeps volume.
    pub(super) fn keeps_volume(&mut self) -> bool {
        self.keeping.pop().unwrap_or(false)
    }

    /// The scale map of the next GLOW or RNVP block.
    pub(super) fn squash(&mut self) -> Scale {
        (self.squash)(self.clamps.pop().unwrap_or(2.0))
    }

    /// Whether the next all-in-one block is turned back first.
    pub(super) fn reverse(&mut self) -> bool {
        self.reversed.pop().unwrap_or(false)
    }

    /// The scale map of the next all-in-one block.
    pub(super) fn soft(&mut self) -> Scale {
        (self.soft)(self.clamps.pop().unwrap_or(2.0))
    }
}

/// Whether a permutation is stored as a list. The git version does so since June 2023; its soft clamp followed in
/// August.
fn is_list(weights: &Weights, at: &str) -> bool {
    let shape = weights.shape(&format!("{at}.w_perm"));
    shape.is_ok_and(|shape| shape.len() == 1)
}

/// One value for all blocks, or one for each; in reverse, to be taken from the end.
fn each<T: Clone>(text: &str, blocks: usize, parse: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    let values = text.split(',').map(|word| parse(word.trim()));
    let mut values: Vec<T> = values.collect::<Option<_>>()?;
    if let [one] = &values[..] {
        values = vec![one.clone(); blocks];
    }
    values.reverse();
    (values.len() == blocks).then_some(values)
}

fn squash(word: &str) -> Option<fn(f64) -> Scale> {
    match word {
        "atan" => Some(atan),
        "tanh" => Some(tanh),
        "sigmoid" => Some(sigmoid),
        _ => None,
    }
}

/// The gain is 0.636 as in FrEIA's code, not the exact 2/π.
fn atan(clamp: f64) -> Scale {
    Scale::map("exp_atan", &[("clamp", clamp), ("gain", 0.636)])
}

fn tanh(clamp: f64) -> Scale {
    Scale::map("exp_tanh", &[("clamp", clamp), ("inner", 1.0)])
}

/// FrEIA's `2σ(s) − 1`, which equals `tanh(s/2)`.
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

/// `0.1 · softplus(g)` with beta = ½.
fn softplus() -> Scale {
    Scale::map("softplus_beta", &[("beta", 0.5), ("gain", 0.1)])
}
