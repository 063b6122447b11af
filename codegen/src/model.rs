//! A flow with all that a user knows of it.

use crate::debounce::Debounce;
use crate::ir::{Diagonal, Flow, Layer};
use crate::p_values::PValues;
use serde::{Deserialize, Serialize};

/// A flow, the units of its inputs, and where it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Names the generated items; letters, digits and underscores.
    pub name: String,
    /// One name for each input.
    pub features: Vec<String>,
    /// From raw units to what the flow was trained on.
    pub preprocessing: Option<Diagonal>,
    /// The flow, on preprocessed inputs.
    pub flow: Flow,
    /// Scores above it are anomalies.
    pub threshold: Option<Threshold>,
    /// How rare each score is among normal rows.
    pub p_values: Option<PValues>,
    /// How many anomalous verdicts raise an alarm.
    pub debounce: Option<Debounce>,
    /// Where the flow came from.
    pub origin: Origin,
    /// How it was trained, if we know: free text pairs.
    pub training: std::collections::BTreeMap<String, String>,
}

/// A limit of the score of raw inputs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    /// Nats, in raw units.
    pub score: f64,
    /// The share of normal rows that is expected above it.
    pub false_alarm_rate: f64,
}

/// Where a flow came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// File name, without its folder.
    pub file: String,
    /// Of the file's bytes, in hexadecimal.
    pub sha256: String,
    /// Name of the layout it was read as.
    pub layout: String,
}

impl Model {
    /// The flow on raw inputs: preprocessing first, its log-determinant included.
    pub fn raw_flow(&self) -> Flow {
        let mut flow = self.flow.clone();
        if let Some(preprocessing) = &self.preprocessing {
            flow.layers
                .insert(0, Layer::Diagonal(preprocessing.clone()));
        }
        flow
    }
}
