//! Scores, in the arithmetic in which they were computed.

use nice_flow_codegen::Lowered;
use nice_flow_codegen::model::Threshold;
use nice_flow_codegen::module::fixed;

/// Scores of rows, in the arithmetic in which they were computed.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Scores {
    F64(Vec<f64>),
    F32(Vec<f32>),
    /// The bits of fixed-point numbers: nats times `2^fraction`.
    Fixed {
        bits: Vec<i32>,
        fraction: u32,
    },
}

impl Scores {
    /// The scores of a module, from the bits that a board gave.
    pub fn from_bits(bits: &[u32], lowered: &Lowered) -> Self {
        match lowered.fraction() {
            None => Self::F32(bits.iter().map(|bits| f32::from_bits(*bits)).collect()),
            Some(fraction) => Self::Fixed {
                bits: bits.iter().map(|bits| *bits as i32).collect(),
                fraction,
            },
        }
    }

    /// The number of scores.
    pub fn len(&self) -> usize {
        match self {
            Self::F64(scores) => scores.len(),
            Self::F32(scores) => scores.len(),
            Self::Fixed { bits, .. } => bits.len(),
        }
    }

    /// Whether there are no scores.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many scores are the largest that an integer holds: an input of these rows is NaN, or as far out as the encoder
    /// reaches. Nothing ranks them among each other.
    pub fn at_largest(&self) -> usize {
        match self {
            Self::F64(_) | Self::F32(_) => 0,
            Self::Fixed { bits, .. } => bits.iter().filter(|bits| **bits == i32::MAX).count(),
        }
    }

    /// The scores as `f64`, exactly.
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

    /// The largest score that is a number; integers have it for every row that is too far out.
    pub fn largest(&self) -> f64 {
        match self {
            Self::F64(_) => f64::MAX,
            Self::F32(_) => f32::MAX.into(),
            Self::Fixed { fraction, .. } => f64::from(i32::MAX) / f64::from(1u32 << fraction),
        }
    }

    /// The score of what is impossible: infinite, or the largest that an integer holds.
    pub fn impossible(&self) -> f64 {
        match self {
            Self::F64(_) | Self::F32(_) => f64::INFINITY,
            Self::Fixed { .. } => self.largest(),
        }
    }

    /// A threshold in the arithmetic of the scores, exactly.
    pub fn limit(&self, threshold: Threshold) -> f64 {
        match self {
            Self::F64(_) => threshold.score,
            Self::F32(_) => f64::from(threshold.score as f32),
            Self::Fixed { fraction, .. } => {
                let bits = fixed::bits(threshold.in_integers(*fraction).score, *fraction);
                f64::from(bits) / f64::from(1u32 << fraction)
            }
        }
    }

    /// Whether each row is an anomaly, decided in the arithmetic of the scores.
    ///
    /// Without a threshold, only scores that are not finite are anomalous.
    pub fn verdicts(&self, threshold: Option<Threshold>) -> Vec<bool> {
        let limit = threshold.map(|threshold| self.limit(threshold));
        let exceeds = |score: &f64| !score.is_finite() || limit.is_some_and(|limit| *score > limit);
        self.to_f64().iter().map(exceeds).collect()
    }

    /// The bits of each score in hexadecimal; every NaN is the positive quiet one.
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

/// The score; every NaN is the positive quiet one.
pub fn canonical(score: f64) -> f64 {
    if score.is_nan() {
        f64::from_bits(0x7ff8_0000_0000_0000)
    } else {
        score
    }
}

/// The bits of a score; every NaN is 7fc00000, since its sign and payload differ between processors.
pub fn canonical_bits(score: f32) -> u32 {
    if score.is_nan() {
        0x7fc0_0000
    } else {
        score.to_bits()
    }
}
