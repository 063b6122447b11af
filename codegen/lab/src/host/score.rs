//! Scores of many rows on the host.

use super::combine::combine;
use super::{fixed, float};
use nice_flow_codegen::model::{Combination, Member, Threshold};
use nice_flow_codegen::module::fixed::{Scale, bits as fixed_bits, no_counts};
use nice_flow_codegen::module::{Lowered, LoweredFlow};
use nice_flow_codegen::{Model, Numeric, Result, lowered};
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The arithmetic of a score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arithmetic {
    /// The reference: the flow as it was imported.
    #[default]
    F64,
    /// The generated module, bit for bit.
    F32,
    /// The generated module of integers, weights of 16 bits, bit for bit.
    I16,
    /// The generated module of integers, weights of 8 bits, bit for bit.
    I8,
}

impl From<Numeric> for Arithmetic {
    fn from(numeric: Numeric) -> Self {
        match numeric {
            Numeric::F32 => Self::F32,
            Numeric::I16 => Self::I16,
            Numeric::I8 => Self::I8,
        }
    }
}

impl Arithmetic {
    /// Every arithmetic, the reference first.
    pub const ALL: [Self; 4] = [Self::F64, Self::F32, Self::I16, Self::I8];

    /// As the command line has it.
    pub fn name(self) -> &'static str {
        self.module().map_or("f64", |numeric| numeric.name())
    }

    /// The module's number type; `None` of the reference.
    pub fn module(self) -> Option<Numeric> {
        match self {
            Self::F64 => None,
            Self::F32 => Some(Numeric::F32),
            Self::I16 => Some(Numeric::I16),
            Self::I8 => Some(Numeric::I8),
        }
    }
}

/// The threshold of scores in an arithmetic.
pub fn threshold(model: &Model, numeric: Arithmetic) -> Option<Threshold> {
    match numeric.module() {
        None => model.threshold,
        Some(numeric) => model.threshold_of(numeric),
    }
}

/// Scores of rows, in the arithmetic that made them.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Scores {
    F64(Vec<f64>),
    F32(Vec<f32>),
    /// In nats times `2^fraction`.
    Fixed {
        bits: Vec<i32>,
        fraction: u32,
    },
}

/// Scores rows in raw units, on all cores: in nats, or by an ensemble's tails in mean tail scores.
pub fn score(
    model: &Model,
    rows: &[f64],
    arithmetic: Arithmetic,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Scores> {
    if let Some(numeric) = arithmetic.module() {
        return Ok(score_lowered(&lowered(model, numeric)?, rows, progress));
    }
    let members = &model.members;
    let progress = shared(members.len(), progress);
    let scores = members
        .iter()
        .map(|member| reference(member, rows, &progress));
    Ok(combined(model.combination().as_ref(), scores.collect()))
}

/// Scores rows by a module that is there already; in counts, if it takes those.
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

/// One score of each row; where nothing is combined, that of the only flow.
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

/// Progress of one of so many members that score the same rows one after another.
fn shared(members: usize, progress: &(dyn Fn(usize) + Sync)) -> impl Fn(usize) + Sync {
    let scored = AtomicUsize::new(0);
    move |rows| {
        let before = scored.fetch_add(rows, Ordering::Relaxed);
        progress((before + rows) / members - before / members);
    }
}

/// Scores rows of counts by a module of integers that takes them.
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

/// Rows between two reports of progress.
const CHUNK: usize = 256;

fn reference(member: &Member, rows: &[f64], progress: &(dyn Fn(usize) + Sync)) -> Scores {
    let flow = member.raw_flow();
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

impl Scores {
    /// The scores of a module, from their bits on a board.
    pub fn from_bits(bits: &[u32], lowered: &Lowered) -> Self {
        match lowered.fraction() {
            None => Self::F32(bits.iter().map(|bits| f32::from_bits(*bits)).collect()),
            Some(fraction) => Self::Fixed {
                bits: bits.iter().map(|bits| *bits as i32).collect(),
                fraction,
            },
        }
    }

    /// How many.
    pub fn len(&self) -> usize {
        match self {
            Self::F64(scores) => scores.len(),
            Self::F32(scores) => scores.len(),
            Self::Fixed { bits, .. } => bits.len(),
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
            Self::Fixed { bits, fraction } => {
                let unit = f64::from(1u32 << fraction);
                bits.iter().map(|bits| f64::from(*bits) / unit).collect()
            }
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
            Self::Fixed { bits, fraction } => {
                let limit = limit.map(|limit| fixed_bits(limit, *fraction));
                bits.iter()
                    .map(|bits| limit.is_some_and(|limit| *bits > limit))
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
            Self::Fixed { bits, .. } => bits.iter().map(|bits| format!("{bits:08x}")).collect(),
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
