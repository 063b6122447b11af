//! The modules of a network that have tensors, whatever their names.

use crate::import::ops::{Orientation, Step};
use crate::import::{Weights, natural};
use nice_flow_codegen::error::Result;
use std::collections::BTreeSet;

/// A module and the common part of its tensors' names.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Module {
    pub at: String,
    pub kind: Kind,
}

/// What a module does, judged by the names and shapes of its tensors.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// `weight` is a matrix.
    Linear {
        inputs: usize,
        outputs: usize,
        bias: bool,
    },
    /// Has `running_mean` and `running_var`.
    BatchNorm,
    /// `weight` and `bias` are vectors.
    LayerNorm,
    /// `weight` is a vector, and there is no bias: the slopes of a PReLU.
    Slopes,
}

impl Module {
    /// The numbers of inputs and outputs of a linear layer.
    pub(super) fn extents(&self) -> Option<(usize, usize)> {
        match self.kind {
            Kind::Linear {
                inputs, outputs, ..
            } => Some((inputs, outputs)),
            _ => None,
        }
    }

    /// The module's place in a list, if its name ends in one, and the name of the list.
    pub(super) fn place(&self) -> Option<(&str, usize)> {
        let (list, index) = self.at.rsplit_once('.')?;
        Some((list, index.parse().ok()?))
    }
}

/// The modules below `at`, in the order of the file if it has one, else in that of their names.
pub(super) fn modules(weights: &Weights, at: &str) -> Result<Vec<Module>> {
    let prefix = format!("{at}.");
    let mut names = weights.ordered();
    names.retain(|name| name.starts_with(&prefix));
    let mut seen = BTreeSet::new();
    let stems = names.iter().filter_map(|name| name.rsplit_once('.'));
    let stems = stems
        .map(|(stem, _)| stem)
        .filter(|stem| seen.insert(*stem));
    stems.map(|stem| module(weights, stem)).collect()
}

/// The same modules in the order of their names, numbers by value.
pub(super) fn by_name(modules: &[Module]) -> Vec<Module> {
    let mut sorted = modules.to_vec();
    sorted.sort_by_key(|module| natural(&module.at));
    sorted
}

fn module(weights: &Weights, at: &str) -> Result<Module> {
    let has = |part: &str| weights.has(&format!("{at}.{part}"));
    let known = [
        "weight",
        "bias",
        "running_mean",
        "running_var",
        "num_batches_tracked",
    ];
    let prefix = format!("{at}.");
    let strange = |name: &&str| {
        let part = name.strip_prefix(&prefix);
        part.is_some_and(|part| !part.contains('.') && !known.contains(&part))
    };
    if let Some(strange) = weights.names().find(strange) {
        let found = weights.shape(strange)?;
        let message =
            format!("expected the weight or bias of a linear layer, found shape {found:?}");
        return Err(weights.error(strange, message));
    }
    if has("running_mean") && has("running_var") {
        let kind = Kind::BatchNorm;
        return Ok(Module {
            at: at.to_owned(),
            kind,
        });
    }
    let name = format!("{at}.weight");
    let kind = match *weights.shape(&name)? {
        [outputs, inputs] if inputs > 0 && outputs > 0 => Kind::Linear {
            inputs,
            outputs,
            bias: has("bias"),
        },
        [_] if has("bias") => Kind::LayerNorm,
        [_] => Kind::Slopes,
        ref found => {
            let message = format!("expected a linear layer's matrix, found shape {found:?}");
            return Err(weights.error(&name, message));
        }
    };
    Ok(Module {
        at: at.to_owned(),
        kind,
    })
}

/// The linear layer `at`, with or without a bias.
pub(super) fn linear_step(at: &str, bias: bool) -> Step {
    Step::Linear {
        w: format!("{at}.weight").into(),
        b: bias.then(|| format!("{at}.bias").into()),
        layout: Orientation::OutIn,
    }
}
