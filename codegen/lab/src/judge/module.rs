//! The module of a model with all that its user asks for beside the model, and its blob.

use super::golden::golden;
use super::ranks::{knots, p_values};
use crate::host::score::inputs;
use nice_flow_codegen::module::blob;
use nice_flow_codegen::module::emit::{self, Drift, Extras, Golden};
use nice_flow_codegen::module::fixed::Scale;
use nice_flow_codegen::module::{spread, taken, usual_values};
use nice_flow_codegen::{Error, Lowered, Model, Result};
use std::path::Path;

/// What a module has beside the model.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// The scale of the counts that the module takes, if not raw units.
    pub counts: Option<Scale>,
    /// `USUAL`, so many usual values of each input.
    pub explain: Option<usize>,
    /// `P_VALUES` and `DRIFT`, with so many rows between false alarms.
    pub drift: Option<u32>,
    /// `SPREAD`, where normal inputs lie.
    pub commission: bool,
    /// `GOLDEN` and `self_test()`.
    pub golden: bool,
    /// What reads blobs, and a blob of this version.
    pub blob: Option<u32>,
    /// Further options of the command, for the head of the module.
    pub words: Vec<String>,
}

/// A module, and what it was made of.
#[derive(Clone, Debug)]
pub struct Generated {
    /// The module, in order if there is a blob.
    pub lowered: Lowered,
    /// What it has beside the model.
    pub extras: Extras,
    /// Its text.
    pub text: String,
    /// Bytes that firmware with this module can run in place of its own, not signed.
    pub blob: Option<Vec<u8>>,
}

/// The module of a lowered model, which takes counts already if they are wished for; errors name the model's file.
pub fn generated(
    model: &Model,
    lowered: Lowered,
    wishes: &Wishes,
    file: &Path,
) -> Result<Generated> {
    let lowered = match wishes.blob {
        Some(_) => lowered.in_order(),
        None => lowered,
    };
    let extras = wishes.extras(model, &lowered, file)?;
    let in_file = |error: Error| error.in_file(file);
    let text = emit::emit_with(model, &lowered, &extras).map_err(in_file)?;
    let blob = |version| blob::blob(model, &lowered, &extras, version);
    let blob = wishes.blob.map(blob).transpose().map_err(in_file)?;
    Ok(Generated {
        lowered,
        extras,
        text,
        blob,
    })
}

impl Wishes {
    fn extras(&self, model: &Model, lowered: &Lowered, file: &Path) -> Result<Extras> {
        let in_file = |error: Error| error.in_file(file);
        let scale = lowered.scale(model, self.counts.as_ref());
        let usual = |values| usual_values(model, values, scale.as_ref());
        let spread = || spread(model, scale.as_ref());
        let drift = |rows| self.drift(rows, model, lowered, file);
        Ok(Extras {
            usual: self.explain.map(usual).transpose().map_err(in_file)?,
            drift: self.drift.map(drift).transpose()?,
            spread: self.commission.then(spread).transpose().map_err(in_file)?,
            golden: self.golden(model, lowered).map_err(in_file)?,
            package: self.blob,
            counts: self.counts.clone(),
            words: self.words.clone(),
        })
    }

    /// The normal rows that the model keeps, in what the module takes.
    fn kept(&self, model: &Model) -> Vec<f64> {
        taken(model, model.kept_rows(), self.counts.as_ref())
    }

    fn drift(&self, rows: u32, model: &Model, lowered: &Lowered, file: &Path) -> Result<Drift> {
        let p_values = p_values(model, Some(lowered), &self.kept(model), (file, "--drift"))?;
        let knots = knots(&p_values, file)?;
        Ok(Drift { rows, knots })
    }

    fn golden(&self, model: &Model, lowered: &Lowered) -> Result<Option<Golden>> {
        let rows = || inputs(model, lowered, &self.kept(model)).into_owned();
        let golden = || golden(model, lowered, &rows());
        self.golden.then(golden).transpose()
    }
}
