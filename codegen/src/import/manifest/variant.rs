//! A manifest with a few words changed: for what a flow, once read, does not tell any more.

use super::Manifest;
use super::batchnorm::normalise;
use crate::checkpoint::Checkpoint;
use crate::probe::Reading;
use toml::{Table, Value};

/// As clause, how to ask for it, and the change; it says whether there was anything to change.
type Edit = (&'static str, &'static str, fn(&mut Table) -> bool);

const EDITS: [Edit; 4] = [
    (
        "the halves change places: what conditions a coupling is what it changes",
        "in the manifest: cond and trans exchanged",
        |table| couplings(table, &exchange_halves),
    ),
    (
        "the list of ops runs from its end",
        "in the manifest: the [[ops]] in reverse order",
        |table| match table.get_mut("ops") {
            Some(Value::Array(ops)) => {
                ops.reverse();
                true
            }
            _ => false,
        },
    ),
    (
        "the prior is the trained one that the manifest ignores",
        "in the manifest: loc_tensor and log_scale_tensor in [prior]",
        train_prior,
    ),
    (
        "the networks have the BatchNorms that the manifest ignores",
        "in the manifest: { op = \"batchnorm\" } before the linear that follows each in the file",
        normalise,
    ),
];

/// What a network's outputs are.
const PARAMS: [&str; 4] = [
    "concat_shift_scale",
    "concat_scale_shift",
    "interleaved_shift_scale",
    "interleaved_scale_shift",
];

impl Manifest {
    /// The readings of the checkpoint by this manifest with a few words changed.
    pub fn variants<'a>(&'a self, checkpoint: &'a Checkpoint) -> Vec<Reading<'a>> {
        let reading = |what: String, ask: String, edit: Box<dyn Fn(&mut Table) -> bool>| Reading {
            what,
            ask,
            read: Box::new(move || {
                let model = self.edited(&edit)?.import(checkpoint).ok()?.model;
                Some(model.flow)
            }),
        };
        let edits = EDITS.map(|(what, ask, edit)| reading(what.into(), ask.into(), Box::new(edit)));
        let params = PARAMS.map(|params| {
            let what = format!("what the networks give is {params}");
            let ask = format!("in the manifest: params = \"{params}\"");
            let edit = move |table: &mut Table| couplings(table, &|op| arrange(op, params));
            reading(what, ask, Box::new(edit))
        });
        edits.into_iter().chain(params).collect()
    }

    fn edited(&self, edit: &dyn Fn(&mut Table) -> bool) -> Option<Self> {
        let mut table = self.table.clone();
        if !edit(&mut table) {
            return None;
        }
        Some(Self {
            path: self.path.clone(),
            schema: table.clone().try_into().ok()?,
            table,
        })
    }
}

/// Changes the couplings; whether one of them was changed.
pub(super) fn couplings(table: &mut Table, edit: &dyn Fn(&mut Table) -> bool) -> bool {
    let Some(Value::Array(ops)) = table.get_mut("ops") else {
        return false;
    };
    let ops = ops.iter_mut().filter_map(Value::as_table_mut);
    let is_coupling = |op: &&mut Table| op.get("op").and_then(Value::as_str) == Some("coupling");
    ops.filter(is_coupling)
        .fold(false, |any, op| edit(op) | any)
}

fn exchange_halves(op: &mut Table) -> bool {
    for (cond, trans) in [("cond", "trans"), ("cond_tensor", "trans_tensor")] {
        let (kept, changed) = (op.remove(cond), op.remove(trans));
        let exchanged = [(cond, changed), (trans, kept)];
        let stated = (exchanged.into_iter()).filter_map(|(key, value)| Some((key.into(), value?)));
        op.extend(stated);
    }
    if let Some(Value::String(one)) = op.get_mut("mask_one") {
        *one = if one == "cond" { "trans" } else { "cond" }.into();
    }
    true
}

fn arrange(op: &mut Table, params: &str) -> bool {
    match op.get_mut("params") {
        Some(Value::String(word)) if word != "separate" && word != params => {
            *word = params.into();
            true
        }
        _ => false,
    }
}

/// The tensors that `[source]` ignores.
pub(super) fn ignored(table: &Table) -> Vec<String> {
    let source = table.get("source").and_then(Value::as_table);
    let list = source.and_then(|source| source.get("ignore")?.as_array());
    let names = list.into_iter().flatten().filter_map(Value::as_str);
    names.map(str::to_owned).collect()
}

fn train_prior(table: &mut Table) -> bool {
    let ignored = ignored(table);
    let Some(Value::Table(prior)) = table.get_mut("prior") else {
        return false;
    };
    let names = [
        ("loc_tensor", ["loc", "mean_"]),
        ("log_scale_tensor", ["log_scale", "log_std_"]),
    ];
    let mut any = false;
    for (key, ends) in names {
        let ends = |name: &&String| ends.iter().any(|end| name.ends_with(end));
        if let (Some(name), false) = (ignored.iter().find(ends), prior.contains_key(key)) {
            prior.insert(key.into(), Value::String(name.clone()));
            any = true;
        }
    }
    if any {
        prior.insert("kind".into(), Value::String("normal".into()));
    }
    any
}
