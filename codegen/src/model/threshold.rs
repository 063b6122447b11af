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
