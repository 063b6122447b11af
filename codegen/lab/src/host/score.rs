//! Scores many rows on the host.

use super::arithmetic::Arithmetic;
use super::combine::combine;
use super::scores::Scores;
use super::{fixed, float};
use nice_flow_codegen::flow::ir::Flow;
use nice_flow_codegen::model::{Combination, Threshold};
use nice_flow_codegen::module::fixed::{Scale, no_counts};
use nice_flow_codegen::module::{Lowered, LoweredFlow};
use nice_flow_codegen::{Model, Result, lowered};
use rayon::prelude::*;
use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The threshold for scores in this arithmetic.
pub fn threshold(model: &Model, numeric: Arithmetic) -> Option<Threshold> {
    match numeric.module() {
        None => model.threshold,
        Some(numeric) => model.threshold_of(numeric),
    }
}

/// Scores rows in raw units, on all cores. Scores are in nats or, for an ensemble that combines by tails, mean tail
/// scores.
pub fn score(
    model: &Model,
    rows: &[f64],
    arithmetic: Arithmetic,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Scores> {
    if let Some(numeric) = arithmetic.module() {
        let lowered = lowered(model, numeric)?;
        return Ok(score_lowered(
            &lowered,
            &inputs(model, &lowered, rows),
            progress,
        ));
    }
    let members = &model.members;
    let progress = shared(members.len(), progress);
    let scores = members
        .iter()
        .map(|member| reference_scores(&member.raw_flow(), rows, &progress));
    Ok(combined(model.combination().as_ref(), scores.collect()))
}

/// Rows in raw units as a lowered module takes them: behind a front end, an integer module takes its outputs in counts.
pub fn inputs<'a>(model: &Model, lowered: &Lowered, rows: &'a [f64]) -> Cow<'a, [f64]> {
    match model.front_end.is_some() && lowered.takes_counts() {
        false => Cow::Borrowed(rows),
        true => Cow::Owned(Scale::front_end().counts(rows, model.dim()).collect()),
    }
}

/// The scores of [`score_lowered`], for a build script: `Builder::scored_by` takes this function.
pub fn module_scores(lowered: &Lowered, rows: &[f64]) -> Vec<f64> {
    score_lowered(lowered, rows, &|_| ()).to_f64()
}

/// Scores rows with a lowered module; rows are counts if the module takes counts.
pub fn score_lowered(lowered: &Lowered, rows: &[f64], progress: &(dyn Fn(usize) + Sync)) -> Scores {
    let progress = shared(lowered.flows().len(), progress);
    let scores = lowered.flows().iter().map(|flow| match flow {
        LoweredFlow::Float(module) => {
            let rows: Vec<f32> = rows.par_iter().map(|value| *value as f32).collect();
            Scores::F32(float::score(module, &rows, &progress))
        }
        LoweredFlow::Fixed(module) => Scores::Fixed {
            bits: fixed::score(module, rows, &progress),
            fraction: module.fraction,
        },
    });
    combined(lowered.combination(), scores.collect())
}

/// One score per row: the combined one, or that of the only flow.
pub fn combined(combination: Option<&Combination>, mut members: Vec<Scores>) -> Scores {
    match (combination, members.pop()) {
        (None, Some(only)) => only,
        (None, None) => Scores::F64(vec![]),
        (Some(combination), last) => {
            members.extend(last);
            combine(combination, &members)
        }
    }
}

/// Progress for one of several members that score the same rows in turn.
fn shared(members: usize, progress: &(dyn Fn(usize) + Sync)) -> impl Fn(usize) + Sync {
    let scored = AtomicUsize::new(0);
    move |rows| {
        let before = scored.fetch_add(rows, Ordering::Relaxed);
        progress((before + rows) / members - before / members);
    }
}

/// Scores rows of counts with an integer module.
pub fn score_counts(
    model: &Model,
    counts: &[f64],
    numeric: Arithmetic,
    scale: &Scale,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Scores> {
    let numeric = numeric.module().ok_or_else(|| no_counts("f64"))?;
    let module = lowered(model, numeric)?.taking_counts(scale, model)?;
    Ok(score_lowered(&module, counts, progress))
}

/// The number of rows between two reports of progress.
const CHUNK: usize = 256;

/// Scores of rows in raw units by a flow on raw inputs, in `f64` on all cores.
pub fn reference_scores(flow: &Flow, rows: &[f64], progress: &(dyn Fn(usize) + Sync)) -> Scores {
    let mut scores = vec![0.0; rows.len() / flow.dim];
    scores
        .par_chunks_mut(CHUNK)
        .zip(rows.par_chunks(CHUNK * flow.dim))
        .for_each(|(scores, rows)| {
            for (score, row) in scores.iter_mut().zip(rows.chunks_exact(flow.dim)) {
                *score = -flow.log_density(row);
            }
            progress(scores.len());
        });
    Scores::F64(scores)
}
