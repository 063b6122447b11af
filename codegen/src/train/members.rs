//! From trained flows to members of an ensemble, and the choice by labelled anomalies.

use super::data::{Rows, Split};
use super::fit::{Fitted, Settings, Watch, fit};
use crate::ensemble::Tail;
use crate::metrics;
use rayon::prelude::*;

/// Rows that measure a tail; more would not change it.
const TAIL_ROWS: usize = 20_000;

/// What flows learn from.
pub(super) struct Lesson {
    /// Normal rows.
    pub rows: Rows,
    /// Labelled anomalies, never trained on.
    pub anomalies: Rows,
    /// Holds out the same rows from all flows, where anomalies are to be told from them.
    pub shared: Option<Split>,
}

/// A trained flow and its scores of normal rows, in standard units.
pub(super) struct Student {
    pub fitted: Fitted,
    pub tail: Tail,
}

impl Lesson {
    /// Trains a flow of each seed, each on a thread of its own; those that diverged are missing.
    pub fn teach(&self, settings: &Settings, seeds: &[u64], watch: Watch) -> Vec<Student> {
        let fits = seeds.par_iter().map(|&seed| {
            let own = Split::new(self.rows.len(), seed);
            let split = self.shared.as_ref().unwrap_or(&own);
            let fitted = fit(&self.rows, split, settings, seed, watch)?;
            let tail = self.tail(&fitted, split, settings.trim);
            Some(Student { fitted, tail })
        });
        let students: Vec<Option<Student>> = fits.collect();
        students.into_iter().flatten().collect()
    }

    /// Of the training rows; of those that training left out, none.
    fn tail(&self, fitted: &Fitted, split: &Split, trim: f64) -> Tail {
        let training = &split.training;
        let places = &training[..training.len().min(TAIL_ROWS)];
        let mut scores = scores(&self.rows, places, fitted);
        scores.sort_by(|a, b| metrics::compare(*a, *b));
        let kept = ((1.0 - trim) * scores.len() as f64).ceil() as usize;
        Tail::of(&scores[..kept])
    }

    /// How well flows tell the labelled anomalies from the held-out rows: the area under the ROC curve.
    ///
    /// Zero without labelled anomalies.
    pub fn marks(&self, students: &[Student]) -> f64 {
        let Some(split) = &self.shared else {
            return 0.0;
        };
        let anomalies: Vec<u32> = (0..self.anomalies.len() as u32).collect();
        let normal = mean_tail_scores(&self.rows, &split.held_out, students);
        let strange = mean_tail_scores(&self.anomalies, &anomalies, students);
        let labels = [vec![false; normal.len()], vec![true; strange.len()]].concat();
        metrics::auroc(&[normal, strange].concat(), &labels).unwrap_or(0.0)
    }
}

fn scores(rows: &Rows, places: &[u32], fitted: &Fitted) -> Vec<f64> {
    let logs = rows.map(places, |batch| fitted.nice.log_density(batch));
    logs.into_iter().map(|log| -f64::from(log)).collect()
}

fn mean_tail_scores(rows: &Rows, places: &[u32], students: &[Student]) -> Vec<f64> {
    let mut totals = vec![0.0; places.len()];
    for student in students {
        let scores = scores(rows, places, &student.fitted);
        for (total, score) in totals.iter_mut().zip(scores) {
            *total += student.tail.score(score) / students.len() as f64;
        }
    }
    totals
}
