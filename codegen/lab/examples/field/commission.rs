//! Commissioning: of the first 200 normal rows of a machine, at a rate of 0.02. Printed are the area under the ROC curve, false
//! alarms and detections among the rows that are judged.
//!
//! Shifted sensors: each times exp N(0, ¼), plus N(0, 1) deviations; normal rows in random order. A thousand normal rows,
//! or half of them and 200, are left to the commissioning, and the others are judged with all anomalies.
//!
//! Another run: the model is of the first 400 rows of each of the other runs, the commissioning sees the first 200 of this one
//! in their order, and all from the 400th on are judged.

use crate::Board;
use crate::random::{normal, shuffle};
use nice_flow::{Move, Reading};
use nice_flow_codegen::Result;
use nice_flow_codegen::module::Spread;
use nice_flow_codegen::module::emit;
use nice_flow_lab::host::commission::commission;
use nice_flow_lab::judge::calibrate::{conformal, exceeds};
use nice_flow_lab::judge::metrics;
use nice_flow_lab::table::Table;
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;
use std::fmt;

/// Rows of a commissioning, and its false-alarm rate.
const ROWS: usize = 200;
const RATE: f64 = 0.02;

/// A machine.
pub struct Site {
    /// Normal rows, for a commissioning.
    first: Vec<f64>,
    /// The rows that are judged, and which are anomalies.
    rest: Vec<f64>,
    labels: Vec<bool>,
}

impl Site {
    /// Known normal rows in their order, and others with labels.
    pub fn at(known: &[f64], rest: &Table) -> Self {
        Self {
            first: known[..ROWS * rest.columns].to_vec(),
            rest: rest.values.clone(),
            labels: rest.labels.clone().unwrap_or_default(),
        }
    }

    /// Test rows as sensors with another gain and offset give them.
    pub fn shifted(test: &Table, spread: &Spread, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed + 3);
        let labels = test.labels.as_deref().unwrap_or_default();
        let (bad, mut good): (Vec<usize>, Vec<usize>) =
            (0..test.rows).partition(|row| labels[*row]);
        shuffle(&mut good, &mut rng);
        let mut rows = test.values.clone();
        for (j, (mean, deviation)) in spread.mean.iter().zip(&spread.deviation).enumerate() {
            let (gain, offset) = ((0.25 * normal(&mut rng)).exp(), normal(&mut rng));
            let (mean, deviation) = (f64::from(*mean), f64::from(*deviation));
            for x in rows.iter_mut().skip(j).step_by(test.columns) {
                *x = (*x - mean) * gain + mean + offset * deviation;
            }
        }
        let (known, judged) = good.split_at(1000.min(good.len() / 2 + ROWS));
        let judged = [judged, &bad].concat();
        let of = |places: &[usize]| -> Vec<f64> {
            let rows = places.iter().map(|row| &rows[row * test.columns..]);
            rows.flat_map(|row| &row[..test.columns]).copied().collect()
        };
        Self {
            first: of(&known[..ROWS]),
            rest: of(&judged),
            labels: judged.iter().map(|row| labels[*row]).collect(),
        }
    }
}

/// What a threshold comes to.
#[derive(Clone, Copy)]
pub struct Outcome {
    auroc: f64,
    false_alarms: f64,
    detected: f64,
}

impl Outcome {
    fn new(scores: &[f64], labels: &[bool], threshold: f64) -> Self {
        let share = |kind: bool| {
            let of_kind = scores.iter().zip(labels);
            let of_kind = of_kind.filter(|(_, label)| **label == kind);
            let flagged = of_kind
                .clone()
                .filter(|(score, _)| exceeds(**score, threshold));
            flagged.count() as f64 / of_kind.count().max(1) as f64
        };
        Self {
            auroc: metrics::auroc(scores, labels).unwrap_or(f64::NAN),
            false_alarms: share(false),
            detected: share(true),
        }
    }

    /// The mean of each figure.
    pub fn mean(outcomes: impl Iterator<Item = Self> + Clone) -> Self {
        let mean = |figure: fn(Self) -> f64| {
            let count = outcomes.clone().count().max(1) as f64;
            outcomes.clone().map(figure).sum::<f64>() / count
        };
        Self {
            auroc: mean(|outcome| outcome.auroc),
            false_alarms: mean(|outcome| outcome.false_alarms),
            detected: mean(|outcome| outcome.detected),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            auroc,
            false_alarms,
            detected,
        } = self;
        write!(
            f,
            "auroc {auroc:.3},false alarms {false_alarms:.3},detected {detected:.3}"
        )
    }
}

impl Board {
    /// What the threshold of the training rows comes to, and what a commissioning does.
    pub fn outcomes(&self, site: &Site) -> Result<[Outcome; 2]> {
        let threshold = conformal(&self.scores(&self.training.values), RATE)?.score;
        let found = commission(&self.lowered, &self.spread, &site.first, RATE, 0)?;
        let cases = [
            (site.rest.clone(), threshold),
            (moved(&found, &site.rest), found.threshold),
        ];
        Ok(cases
            .map(|(rows, threshold)| Outcome::new(&self.scores(&rows), &site.labels, threshold)))
    }
}

/// Rows as a commissioned board scores them.
fn moved(site: &emit::Site, rows: &[f64]) -> Vec<f64> {
    let moves = site.moves.iter().cycle();
    let moved = rows.iter().zip(moves).map(|(x, by)| {
        let [center, factor, mean] = by.map(|number| number as f32);
        f64::from((*x as f32).moved(Move::new(center, factor, mean)))
    });
    moved.collect()
}
