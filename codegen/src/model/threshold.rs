//! Where anomalies begin.

use serde::{Deserialize, Serialize};

/// A limit of the score of raw inputs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// In the unit of the scores: nats in raw units, or tail scores.
    pub score: f64,
    /// The share of normal rows that is expected above it.
    pub false_alarm_rate: f64,
}
