//! The error of generation: compares the reference with the folded flow and with the generated module.

use crate::host::arithmetic::Arithmetic;
use crate::host::score::{combined, inputs, score, score_lowered, threshold};
use crate::host::scores::Scores;
use crate::judge::metrics::{auroc, quantile, spearman};
use nice_flow_codegen::flow::fold;
use nice_flow_codegen::model::Threshold;
use nice_flow_codegen::model::unit::Unit;
use nice_flow_codegen::{Lowered, Model, Numeric, Result};
use rayon::prelude::*;

/// Differences between two sets of scores, in the unit of the scores.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Difference {
    /// The largest difference; infinite if only one of two scores is finite.
    pub largest: f64,
    /// The difference that one row in a hundred exceeds.
    pub p99: f64,
    /// The median difference.
    pub median: f64,
    /// Spearman's rank correlation; `None` if scores do not vary.
    pub rank_agreement: Option<f64>,
}

/// A comparison with the reference, the flow as it was imported, in `f64`.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Verification {
    /// Rows compared.
    pub rows: usize,
    /// The unit of the scores and of their differences.
    pub unit: Unit,
    /// The folded flow, evaluated in `f64`.
    pub folded: Difference,
    /// The generated module.
    #[serde(flatten)]
    pub cost: Cost,
}

/// The error of a module in its number type.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Cost {
    /// The differences over all rows.
    pub generated: Difference,
    /// The differences over the rows that are not labelled as anomalies.
    pub normal: Difference,
    /// The standard deviation of the reference scores of those rows, to compare differences with.
    pub deviation: f64,
    /// The change of the area under the ROC curve; `None` unless there are labels of both kinds.
    pub auroc_change: Option<f64>,
    /// The number of rows with the largest score that the number type holds, all ranked equal.
    pub at_largest: usize,
    /// The number of rows whose verdict changed, each number type using its own threshold; `None` without one.
    pub decisions_changed: Option<usize>,
}

/// Compares scores of rows in raw units; `labels` tell which rows are anomalies.
pub fn verify(
    model: &Model,
    numeric: nice_flow_codegen::Numeric,
    rows: &[f64],
    labels: Option<&[bool]>,
) -> Result<Verification> {
    let reference = score(model, rows, Arithmetic::F64, &|_| ())?;
    let folded = score_folded(model, rows)?;
    let generated = score(model, rows, numeric.into(), &|_| ())?;
    Ok(Verification {
        rows: reference.len(),
        unit: model.unit(),
        folded: difference(&reference.to_f64(), &folded.to_f64()),
        cost: compare(
            (&reference, model.threshold),
            (&generated, threshold(model, numeric.into())),
            labels,
        ),
    })
}

/// The error of a module on rows in raw units; `labels` tell which rows are anomalies.
pub fn cost(
    model: &Model,
    lowered: &Lowered,
    rows: &[f64],
    labels: Option<&[bool]>,
) -> Result<Cost> {
    let reference = score(model, rows, Arithmetic::F64, &|_| ())?;
    let generated = score_lowered(lowered, &inputs(model, lowered, rows), &|_| ());
    Ok(compare(
        (&reference, model.threshold),
        (&generated, model.threshold_of(lowered.numeric())),
        labels,
    ))
}

/// The most rows on which the error of scales is measured.
const MOST_COMPARED: usize = 1000;

/// The error of integers on some of the rows that gave them their scales; `None` of floats.
pub fn cost_of_scales(model: &Model, lowered: &Lowered, numeric: Numeric) -> Result<Option<Cost>> {
    let of = |_| {
        let (rows, dim) = (model.normal_rows(&model.members[0]), model.dim());
        let apart = (rows.len() / dim).div_ceil(MOST_COMPARED);
        let rows: Vec<&[f64]> = rows.chunks_exact(dim).step_by(apart.max(1)).collect();
        cost(model, lowered, &rows.concat(), None)
    };
    numeric.weights().map(of).transpose()
}

/// Scores rows with the folded flows, in `f64`.
fn score_folded(model: &Model, rows: &[f64]) -> Result<Scores> {
    let members = model.members.iter().map(|member| {
        let flow = fold::fold(&member.raw_flow())?;
        let rows = rows.par_chunks(flow.dim);
        Ok(Scores::F64(
            rows.map(|row| -flow.log_density(row)).collect(),
        ))
    });
    let members = members.collect::<Result<_>>()?;
    Ok(combined(model.combination().as_ref(), members))
}

/// Compares scores of the same rows; each set has its own threshold.
fn compare(
    (reference, limit): (&Scores, Option<Threshold>),
    (generated, own_limit): (&Scores, Option<Threshold>),
    labels: Option<&[bool]>,
) -> Cost {
    let verdicts = limit.map(|_| {
        let (ours, theirs) = (generated.verdicts(own_limit), reference.verdicts(limit));
        ours.iter().zip(&theirs).filter(|(a, b)| a != b).count()
    });
    let at_largest = generated.at_largest();
    let (reference, generated) = (reference.to_f64(), generated.to_f64());
    let area = |scores: &[f64]| auroc(scores, labels?);
    let normal = |scores: &[f64]| -> Vec<f64> {
        let is_normal = |row: &usize| !labels.is_some_and(|labels| labels[*row]);
        let rows = (0..scores.len()).filter(is_normal);
        rows.map(|row| scores[row]).collect()
    };
    Cost {
        generated: difference(&reference, &generated),
        normal: difference(&normal(&reference), &normal(&generated)),
        deviation: deviation(&normal(&reference)),
        auroc_change: area(&generated)
            .zip(area(&reference))
            .map(|(ours, theirs)| ours - theirs),
        at_largest,
        decisions_changed: verdicts,
    }
}

/// The differences of scores from those of a reference.
pub fn difference(reference: &[f64], other: &[f64]) -> Difference {
    let apart: Vec<f64> = reference
        .iter()
        .zip(other)
        .map(|(a, b)| apart(*a, *b))
        .collect();
    Difference {
        largest: quantile(&apart, 1.0).unwrap_or(0.0),
        p99: quantile(&apart, 0.99).unwrap_or(0.0),
        median: quantile(&apart, 0.5).unwrap_or(0.0),
        rank_agreement: spearman(reference, other),
    }
}

/// The difference of two scores; 0 if neither is finite, since both are then anomalous.
fn apart(a: f64, b: f64) -> f64 {
    match (a.is_finite(), b.is_finite()) {
        (true, true) => (a - b).abs(),
        (false, false) => 0.0,
        _ => f64::INFINITY,
    }
}

/// The standard deviation of the finite scores.
fn deviation(scores: &[f64]) -> f64 {
    let finite = || scores.iter().filter(|score| score.is_finite());
    let count = finite().count().max(1) as f64;
    let mean = finite().sum::<f64>() / count;
    let squares: f64 = finite().map(|score| (score - mean).powi(2)).sum();
    (squares / count).sqrt()
}
