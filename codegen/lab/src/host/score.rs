//! Scores of many rows on the host.

use crate::host;
use crate::host::combine::combine;
use nice_flow_codegen::model::Threshold;
use nice_flow_codegen::model::ensemble::Stored;
use nice_flow_codegen::module::Lowered;
use nice_flow_codegen::module::fixed;
use nice_flow_codegen::module::fixed::Scale;
use nice_flow_codegen::{Model, Result, lowered, lowered_stored};
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

impl From<nice_flow_codegen::Numeric> for Arithmetic {
    fn from(numeric: nice_flow_codegen::Numeric) -> Self {
        match numeric {
            nice_flow_codegen::Numeric::F32 => Self::F32,
            nice_flow_codegen::Numeric::I16 => Self::I16,
            nice_flow_codegen::Numeric::I8 => Self::I8,
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
    pub fn module(self) -> Option<nice_flow_codegen::Numeric> {
        match self {
            Self::F64 => None,
            Self::F32 => Some(nice_flow_codegen::Numeric::F32),
            Self::I16 => Some(nice_flow_codegen::Numeric::I16),
            Self::I8 => Some(nice_flow_codegen::Numeric::I8),
        }
    }
}

/// The threshold of scores in an arithmetic.
pub fn threshold(stored: &Stored, numeric: Arithmetic) -> Option<Threshold> {
    match numeric.module() {
        None => stored.threshold(),
        Some(numeric) => stored.threshold_of(numeric),
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

/// Scores rows of `model.flow.dim` numbers in raw units, on all cores.
pub fn score(
    model: &Model,
    rows: &[f64],
    numeric: Arithmetic,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Scores> {
    match numeric.module() {
        None => Ok(Scores::F64(reference(model, rows, progress))),
        Some(numeric) => Ok(score_lowered(&lowered(model, numeric)?, rows, progress)),
    }
}

/// Scores rows by a module that is there already; in counts, if it takes those.
pub fn score_lowered(lowered: &Lowered, rows: &[f64], progress: &(dyn Fn(usize) + Sync)) -> Scores {
    match lowered {
        Lowered::Float(module) => {
            let rows: Vec<f32> = rows.par_iter().map(|value| *value as f32).collect();
            Scores::F32(host::score(module, &rows, progress))
        }
        Lowered::Fixed(module) => Scores::Fixed {
            bits: host::fixed::score(module, rows, progress),
            fraction: module.fraction,
        },
        Lowered::Several(several) => {
            let members = several.members();
            let progress = shared(members.len(), progress);
            let scores = members.iter().map(|m| score_lowered(m, rows, &progress));
            combine(several.combination(), &scores.collect::<Vec<_>>())
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

/// Scores rows in raw units: in nats, or by an ensemble's tails in mean tail scores.
pub fn score_stored(
    stored: &Stored,
    rows: &[f64],
    numeric: Arithmetic,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Scores> {
    match (stored, numeric.module()) {
        (Stored::One(model), _) => score(model, rows, numeric, progress),
        (_, Some(numeric)) => Ok(score_lowered(
            &lowered_stored(stored, numeric)?,
            rows,
            progress,
        )),
        (Stored::Several(ensemble), None) => {
            let progress = shared(ensemble.members.len(), progress);
            let members = ensemble.members.iter();
            let scores = members.map(|m| Scores::F64(reference(&m.model, rows, &progress)));
            Ok(combine(
                &ensemble.combination(),
                &scores.collect::<Vec<_>>(),
            ))
        }
    }
}

/// Scores rows of counts by a module of integers that takes them.
pub fn score_counts(
    stored: &Stored,
    counts: &[f64],
    numeric: Arithmetic,
    scale: &Scale,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Scores> {
    let numeric = numeric.module().ok_or_else(|| fixed::no_counts("f64"))?;
    let module = lowered_stored(stored, numeric)?.taking_counts(scale, stored.first())?;
    Ok(score_lowered(&module, counts, progress))
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
                let limit = limit.map(|limit| fixed::bits(limit, *fraction));
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
