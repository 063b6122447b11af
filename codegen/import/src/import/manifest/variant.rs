//! Variants of a manifest: readings that cannot be made by changing the flow, because the flow no longer holds what
//! they need.

use super::Manifest;
use super::batchnorm::{normalise, with_eps};
use super::schema::{Coupling, Key, MaskOne, Op, Params, Prior, PriorKind, Schema, Step};
use super::skips::{self, IsSquare};
use crate::checkpoint::Checkpoint;
use crate::import::latent;
use crate::probe::Reading;
use std::rc::Rc;

/// A description of the variant as a clause, the change to make, and a function that makes it; it returns whether
/// anything changed.
type Edit = (&'static str, &'static str, fn(&mut Schema) -> bool);

const EDITS: [Edit; 5] = [
    (
        "the halves change places: what conditions a coupling is what it changes",
        "cond and trans exchanged",
        |schema| couplings(schema, &exchange_halves),
    ),
    (
        "the list of ops runs from its end",
        "the [[ops]] in reverse order",
        |schema| {
            schema.ops.reverse();
            true
        },
    ),
    (
        "the prior is the trained one that the manifest ignores",
        "its tensors in [prior], such as loc_tensor and log_scale_tensor",
        train_prior,
    ),
    (
        "the networks have the BatchNorms that the manifest ignores",
        "{ op = \"batchnorm\" } before the linear that follows each in the file",
        |schema| {
            let ignored = schema.source.ignore.clone();
            couplings(schema, &|coupling| normalise(coupling, &ignored))
        },
    ),
    (
        "networks have no skip connections",
        "push and add left out",
        |schema| couplings(schema, &skips::without),
    ),
];

/// A description of skip connections that a manifest lacks, the change to make, and the function that makes it.
type Skips = (
    &'static str,
    &'static str,
    fn(&mut Coupling, &IsSquare) -> bool,
);

const SKIPS: [Skips; 6] = [
    (
        "networks have a skip connection around every two hidden linear layers",
        "push before and add after every two hidden linear layers and their acts",
        skips::around_pairs,
    ),
    (
        "networks have a skip connection around every hidden linear layer and its activation",
        "push before and add after every hidden linear layer with its act",
        skips::around_layers,
    ),
    (
        "networks have a skip connection around every hidden linear layer, in front of its activation",
        "push before and add after every hidden linear layer, the act behind",
        skips::before_activations,
    ),
    (
        "networks have a skip connection around every two hidden linear layers, in front of the activation of the second",
        "push before and add after every two hidden linear layers, the act between them inside and that behind them outside",
        skips::before_second_activations,
    ),
    (
        "networks have a skip connection around every two hidden linear layers and the activations behind them",
        "push before and add after every two hidden linear layers with the act behind each",
        skips::around_activated_pairs,
    ),
    (
        "networks have a skip connection around every two hidden linear layers, with an activation only between the two",
        "push before and add after every two hidden linear layers, the act between them inside and none behind them",
        skips::without_second_activations,
    ),
];

/// Orders of a network's outputs, with their names in a manifest.
const PARAMS: [(Params, &str); 4] = [
    (Params::ConcatShiftScale, "concat_shift_scale"),
    (Params::ConcatScaleShift, "concat_scale_shift"),
    (Params::InterleavedShiftScale, "interleaved_shift_scale"),
    (Params::InterleavedScaleShift, "interleaved_scale_shift"),
];

/// Values of `eps` in use: PyTorch's, nflows', and those of other frameworks.
const EPS: [f64; 5] = [1e-5, 1e-3, 1e-4, 1e-6, 0.0];

impl Manifest {
    /// The readings of the checkpoint by the variants of this manifest.
    pub(crate) fn variants<'a>(&'a self, checkpoint: &'a Checkpoint) -> Vec<Reading<'a>> {
        let reading = |what: String, change: &str, edit: Box<dyn Fn(&mut Schema) -> bool + 'a>| {
            let edit = Rc::new(edit);
            let written = edit.clone();
            let write = move || self.edited(&*written)?.to_toml().ok();
            Reading {
                what,
                ask: format!("in {}: {change}", self.called()),
                manifest: self.made.then(|| Box::new(write) as _),
                read: Box::new(move || self.edited(&*edit)?.import(checkpoint).ok()),
            }
        };
        let edits = EDITS.map(|(what, change, edit)| reading(what.into(), change, Box::new(edit)));
        let params = PARAMS.map(|(params, name)| {
            let what = format!("what the networks give is {name}");
            let edit = move |schema: &mut Schema| couplings(schema, &|op| arrange(op, params));
            reading(what, &format!("params = \"{name}\""), Box::new(edit))
        });
        let eps = EPS.map(|eps| {
            let (what, change) = (
                format!("BatchNorm's eps is {eps:e}"),
                format!("eps = {eps:e}"),
            );
            reading(what, &change, Box::new(move |schema| with_eps(schema, eps)))
        });
        let skips = SKIPS.map(|(what, change, edit)| {
            let root = self.root();
            let is_square = move |step: &Step| match step {
                Step::Linear {
                    w: Key::Whole(w), ..
                } => {
                    let weight = checkpoint.tensors.get(&format!("{root}{w}"));
                    weight
                        .is_some_and(|w| matches!(w.shape[..], [rows, columns] if rows == columns))
                }
                _ => false,
            };
            let edit = move |schema: &mut Schema| couplings(schema, &|op| edit(op, &is_square));
            reading(what.into(), change, Box::new(edit))
        });
        let edits = edits.into_iter().chain(params);
        edits.chain(eps).chain(skips).collect()
    }

    /// How a message for the user names the manifest.
    pub(crate) fn called(&self) -> &'static str {
        match self.made {
            true => "the manifest that --write-manifest writes",
            false => "the manifest",
        }
    }

    fn edited(&self, edit: &dyn Fn(&mut Schema) -> bool) -> Option<Self> {
        let mut schema = self.schema.clone();
        edit(&mut schema).then(|| Self {
            path: self.path.clone(),
            made: self.made,
            schema,
        })
    }
}

/// Applies a change to each coupling; returns whether it changed any.
fn couplings(schema: &mut Schema, edit: &dyn Fn(&mut Coupling) -> bool) -> bool {
    let couplings = schema.ops.iter_mut().filter_map(|op| match op {
        Op::Coupling(coupling) => Some(coupling),
        _ => None,
    });
    couplings.fold(false, |any, coupling| edit(coupling) | any)
}

fn exchange_halves(coupling: &mut Coupling) -> bool {
    std::mem::swap(&mut coupling.cond, &mut coupling.trans);
    std::mem::swap(&mut coupling.cond_tensor, &mut coupling.trans_tensor);
    coupling.mask_one = coupling.mask_one.map(|one| match one {
        MaskOne::Cond => MaskOne::Trans,
        MaskOne::Trans => MaskOne::Cond,
    });
    true
}

fn arrange(coupling: &mut Coupling, params: Params) -> bool {
    let old = coupling
        .params
        .filter(|old| *old != Params::Separate && *old != params);
    if old.is_some() {
        coupling.params = Some(params);
    }
    old.is_some()
}

fn train_prior(schema: &mut Schema) -> bool {
    let ignored = schema.source.ignore.iter();
    let ignored: Vec<latent::Shaped> = ignored.map(|name| (name.as_str(), &[][..])).collect();
    let bare = schema.prior == Prior::standard(schema.prior.kind);
    if let Some(named) = latent::prior(&ignored).filter(|_| bare) {
        schema.prior = named;
        return true;
    }
    let prior = &mut schema.prior;
    let tensors = [
        (&mut prior.loc_tensor, ["loc", "mean_"]),
        (&mut prior.log_scale_tensor, ["log_scale", "log_std_"]),
    ];
    let mut any = false;
    for (tensor, ends) in tensors {
        let ends = |name: &&String| ends.iter().any(|end| name.ends_with(end));
        if let (Some(name), None) = (schema.source.ignore.iter().find(ends), &tensor) {
            *tensor = Some(name.as_str().into());
            any = true;
        }
    }
    if any {
        prior.kind = PriorKind::Normal;
    }
    any
}
