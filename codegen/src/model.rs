//! A flow with all that a user knows of it.

pub mod debounce;
pub mod ensemble;
pub mod file;
pub mod name;
pub mod p_values;
pub mod unit;

use crate::Numeric;
use crate::flow::ir::{Diagonal, Flow, Layer};
use crate::flow::sample::sample;
use crate::model::debounce::Debounce;
use crate::model::p_values::PValues;
use crate::numeric::Weights;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

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
    /// What scales the integers of a module that has no floating point.
    pub calibration: Option<Calibration>,
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

/// Normal rows, and what they gave as thresholds of integer scores.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// In raw units, one after another; `f32`, as a board sees them.
    pub rows: Vec<f64>,
    /// For weights of 16 bits, in nats.
    pub i16: Option<f64>,
    /// For weights of 8 bits, in nats.
    pub i8: Option<f64>,
}

/// More rows than these scale no better.
const MOST_ROWS: usize = 2000;

/// Rows that a model draws of itself where it was given none.
const DRAWN_ROWS: usize = 4000;

impl Calibration {
    /// Keeps rows of `dim` numbers, one after another.
    pub fn new(rows: &[f64], dim: usize) -> Self {
        Self::of_rows(&rows.chunks_exact(dim.max(1)).collect::<Vec<_>>())
    }

    /// Keeps rows, spaced evenly where there are too many.
    pub fn of_rows(rows: &[&[f64]]) -> Self {
        let kept = rows.len().min(MOST_ROWS);
        let spaced = (0..kept).map(|i| rows[i * rows.len() / kept]);
        Self {
            rows: spaced.flatten().map(|x| f64::from(*x as f32)).collect(),
            i16: None,
            i8: None,
        }
    }

    /// Keeps the threshold of integer scores, in nats.
    pub fn set_threshold(&mut self, weights: Weights, score: f64) {
        match weights {
            Weights::I16 => self.i16 = Some(score),
            Weights::I8 => self.i8 = Some(score),
        }
    }

    /// The threshold of integer scores, in nats.
    pub fn threshold(&self, weights: Weights) -> Option<f64> {
        match weights {
            Weights::I16 => self.i16,
            Weights::I8 => self.i8,
        }
    }
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
    /// The threshold of scores in a number type; the flow's own, which integers can only approach, if it has none.
    pub fn threshold_of(&self, numeric: Numeric) -> Option<Threshold> {
        let threshold = self.threshold?;
        let own = |weights| self.calibration.as_ref()?.threshold(weights);
        Some(Threshold {
            score: numeric.weights().and_then(own).unwrap_or(threshold.score),
            ..threshold
        })
    }

    /// Normal rows in raw units: those of the calibration, else draws of the model.
    pub fn normal_rows(&self) -> Cow<'_, [f64]> {
        match &self.calibration {
            Some(calibration) => Cow::Borrowed(&calibration.rows),
            None => Cow::Owned(sample(self, DRAWN_ROWS, 0)),
        }
    }

    /// Makes the normal rows those of a calibration without thresholds, so that they are drawn once.
    pub fn keep_normal_rows(&mut self) {
        if self.calibration.is_none() {
            self.calibration = Some(Calibration {
                rows: self.normal_rows().into_owned(),
                i16: None,
                i8: None,
            });
        }
    }

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
