//! The score above which a row is an anomaly.

use serde::{Deserialize, Serialize};

/// A limit for the score of raw inputs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// The limit, in the unit of the scores: nats in raw units, or tail scores.
    pub score: f64,
    /// The expected share of normal rows with a score above it.
    pub false_alarm_rate: f64,
}

impl Threshold {
    /// The same for integer scores with so many fractional bits: below the largest of them, which is the score of a sensor
    /// that gives no number, so that this one always exceeds it.
    pub fn in_integers(self, fraction: u32) -> Self {
        let highest = f64::from(i32::MAX - 1) / f64::from(1u32 << fraction);
        Self {
            score: self.score.min(highest),
            ..self
        }
    }
}
