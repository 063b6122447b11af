//! Trains the members of an ensemble and scores the labelled anomalies with them.

use super::data::{Rows, Split};
use super::fit::{Fitted, Settings, Watch, fit};
use crate::judge::metrics;
use crate::judge::tail::tail_of;
use nice_flow_codegen::model::Tail;
use rayon::prelude::*;
use std::cmp::Ordering;

/// The most rows that are used to estimate a tail; more would not change it.
const TAIL_ROWS: usize = 20_000;

/// The rows that flows learn from.
pub(super) struct Lesson {
    /// Normal rows.
    pub rows: Rows,
    /// Labelled anomalies, never trained on.
    pub anomalies: Rows,
}

/// A trained flow, with statistics of its scores in standard units.
pub(super) struct Student {
    pub fitted: Fitted,
    /// The tail of its scores of the rows that it was trained on.
    pub tail: Tail,
    /// For each labelled anomaly, the share of the held-out rows with a lower score. The mean of these shares is the
    /// area under the ROC curve.
    pub above: Vec<f64>,
}

impl Lesson {
    /// Trains a flow for each seed, each on its own thread; flows that diverged are left out.
    pub fn teach(&self, settings: &Settings, seeds: &[u64], watch: Watch) -> Vec<Student> {
        let students: Vec<Option<Student>> = seeds
            .par_iter()
            .map(|&seed| self.student(settings, seed, watch))
            .collect();
        students.into_iter().flatten().collect()
    }

    fn student(&self, settings: &Settings, seed: u64, watch: Watch) -> Option<Student> {
        let split = Split::new(self.rows.len(), seed);
        let fitted = fit(&self.rows, &split, settings, seed, watch)?;
        Some(Student {
            tail: self.tail(&fitted, &split.training, settings.trim),
            above: self.above(&fitted, &split.held_out),
            fitted,
        })
    }

    /// The tail of the scores of the training rows, without those that training left out.
    fn tail(&self, fitted: &Fitted, training: &[u32], trim: f64) -> Tail {
        let places = &training[..training.len().min(TAIL_ROWS)];
        let mut scores = scores(&self.rows, places, fitted);
        scores.sort_by(|a, b| metrics::compare(*a, *b));
        let kept = ((1.0 - trim) * scores.len() as f64).ceil() as usize;
        tail_of(&scores[..kept])
    }

    fn above(&self, fitted: &Fitted, held_out: &[u32]) -> Vec<f64> {
        let anomalies: Vec<u32> = (0..self.anomalies.len() as u32).collect();
        let normal = scores(&self.rows, held_out, fitted);
        let strange = scores(&self.anomalies, &anomalies, fitted);
        let count = normal.len() as f64;
        let share = |score: f64| {
            let below = normal.iter().map(|n| match metrics::compare(*n, score) {
                Ordering::Less => 1.0,
                Ordering::Equal => 0.5,
                Ordering::Greater => 0.0,
            });
            below.sum::<f64>() / count
        };
        strange.into_iter().map(share).collect()
    }
}

fn scores(rows: &Rows, places: &[u32], fitted: &Fitted) -> Vec<f64> {
    let logs = rows.map(places, |batch| fitted.nice.log_density(batch));
    logs.into_iter().map(|log| -f64::from(log)).collect()
}
