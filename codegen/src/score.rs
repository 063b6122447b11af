//! Scores of many rows on the host.

use crate::ensemble::Stored;
use crate::model::Threshold;
use crate::{Model, Result, host, lowered};
use rayon::prelude::*;

/// The arithmetic of a score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Numeric {
    /// The reference: the flow as it was imported.
    #[default]
    F64,
    /// The generated module, bit for bit.
    F32,
}

/// Scores of rows, in the arithmetic that made them.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Scores {
    F64(Vec<f64>),
    F32(Vec<f32>),
}

/// Scores rows of `model.flow.dim` numbers in raw units, on all cores.
pub fn score(
    model: &Model,
    rows: &[f64],
    numeric: Numeric,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Scores> {
    Ok(match numeric {
        Numeric::F64 => Scores::F64(reference(model, rows, progress)),
        Numeric::F32 => {
            let rows: Vec<f32> = rows.par_iter().map(|value| *value as f32).collect();
            Scores::F32(host::score(&lowered(model)?, &rows, progress))
        }
    })
}

/// Scores rows in raw units: in nats by one flow, in mean tail scores by several.
pub fn score_stored(
    stored: &Stored,
    rows: &[f64],
    numeric: Numeric,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Scores> {
    let ensemble = match stored {
        Stored::One(model) => return score(model, rows, numeric, progress),
        Stored::Several(ensemble) => ensemble,
    };
    let mut totals = vec![0.0; rows.len() / ensemble.first().flow.dim];
    for member in &ensemble.members {
        let scores = score(&member.model, rows, numeric, progress)?.to_f64();
        for (total, score) in totals.iter_mut().zip(scores) {
            *total += member.tail.score(score);
        }
    }
    let count = ensemble.members.len() as f64;
    let means = totals.into_iter().map(|total| total / count);
    Ok(match numeric {
        Numeric::F64 => Scores::F64(means.collect()),
        Numeric::F32 => Scores::F32(means.map(|mean| mean as f32).collect()),
    })
}

/// Rows between two reports of progress.
const CHUNK: usize = 256;

fn reference(model: &Model, rows: &[f64], progress: &(dyn Fn(usize) + Sync)) -> Vec<f64> {
    let flow = model.raw_flow();
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
    scores
}

impl Scores {
    /// How many.
    pub fn len(&self) -> usize {
        match self {
            Self::F64(scores) => scores.len(),
            Self::F32(scores) => scores.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The scores, widened.
    pub fn to_f64(&self) -> Vec<f64> {
        match self {
            Self::F64(scores) => scores.clone(),
            Self::F32(scores) => scores.iter().map(|score| f64::from(*score)).collect(),
        }
    }

    /// Whether each row is an anomaly, judged in the arithmetic of the scores.
    ///
    /// Without a threshold only a score that is no finite number is one.
    pub fn verdicts(&self, threshold: Option<Threshold>) -> Vec<bool> {
        let limit = threshold.map(|threshold| threshold.score);
        match self {
            Self::F64(scores) => scores
                .iter()
                .map(|score| !score.is_finite() || limit.is_some_and(|limit| *score > limit))
                .collect(),
            Self::F32(scores) => {
                let limit = limit.map(|limit| limit as f32);
                scores
                    .iter()
                    .map(|score| !score.is_finite() || limit.is_some_and(|limit| *score > limit))
                    .collect()
            }
        }
    }

    /// The bits of each score in hexadecimal, every NaN as the positive quiet one.
    pub fn bits(&self) -> Vec<String> {
        match self {
            Self::F64(scores) => scores
                .iter()
                .map(|score| format!("{:016x}", canonical(*score).to_bits()))
                .collect(),
            Self::F32(scores) => scores
                .iter()
                .map(|score| format!("{:08x}", canonical_bits(*score)))
                .collect(),
        }
    }
}

fn canonical(score: f64) -> f64 {
    if score.is_nan() {
        f64::from_bits(0x7ff8_0000_0000_0000)
    } else {
        score
    }
}

/// The bits of a score, every NaN as 7fc00000: sign and payload of a NaN differ between processors.
pub fn canonical_bits(score: f32) -> u32 {
    if score.is_nan() {
        0x7fc0_0000
    } else {
        score.to_bits()
    }
}
