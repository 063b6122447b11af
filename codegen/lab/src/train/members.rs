//! Trains the members of an ensemble and scores the labelled anomalies with them.

use super::data::{Rows, Split};
use super::facts::Facts;
use super::fit::{Fitted, Settings, Watch, fit, order};
use super::triangle::Triangle;
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
    /// How many numbers of a row, the last ones, are context.
    pub context: usize,
    /// Whether the rows are a log: a column of the file holds their times.
    pub is_log: bool,
}

/// A trained flow, with statistics of its scores in standard units.
pub(super) struct Student {
    /// The layer before the trained flow, if there is one.
    pub triangle: Option<Triangle>,
    pub fitted: Fitted,
    /// `−ln p` of each held-out row, in nats in standard units.
    pub held_out: Vec<f64>,
    /// The tail of its scores of the rows that it was trained on.
    pub tail: Tail,
    /// For each labelled anomaly, the share of the held-out rows with a lower score. The mean of these shares is the
    /// area under the ROC curve.
    pub above: Vec<f64>,
}

impl Lesson {
    /// How many numbers of a row are scored.
    pub fn dim(&self) -> usize {
        self.rows.dim - self.context
    }

    /// What the recipes depend on.
    pub fn facts(&self) -> Facts {
        Facts {
            dim: self.dim(),
            rows: self.rows.len(),
            anomalies: self.anomalies.len(),
            is_log: self.is_log,
        }
    }

    /// Trains a flow for each seed, on all cores; flows that diverged are left out.
    pub fn teach(&self, settings: &Settings, seeds: &[u64], watch: Watch) -> Vec<Student> {
        let students: Vec<Option<Student>> = seeds
            .par_iter()
            .map(|&seed| self.student(settings, seed, watch))
            .collect();
        students.into_iter().flatten().collect()
    }

    fn student(&self, settings: &Settings, seed: u64, watch: Watch) -> Option<Student> {
        let split = match settings.judged_late {
            true => Split::with_end(self.rows.len(), seed),
            false => Split::new(self.rows.len(), seed),
        };
        let triangle = settings.triangle.then(|| {
            let order = order(self.rows.dim, seed);
            Triangle::fit(&self.rows, &split.training, order)
        });
        let through = triangle.as_ref().map(|triangle| self.through(triangle));
        let lesson = through.as_ref().unwrap_or(self);
        let log_det = triangle.as_ref().map_or(0.0, Triangle::log_det);
        let mut fitted = fit(&lesson.rows, &split, settings, seed, watch)?;
        // Of the rows before the triangle, as all that is told.
        fitted.nll -= log_det as f32;
        let mut held_out = scores(&lesson.rows, &split.held_out, &fitted);
        held_out.iter_mut().for_each(|score| *score -= log_det);
        Some(Student {
            tail: lesson
                .tail(&fitted, &split.training, settings.trim)
                .shifted(-log_det),
            above: lesson.above(&fitted, &split.held_out),
            held_out,
            triangle,
            fitted,
        })
    }

    /// The rows behind a triangular layer.
    fn through(&self, triangle: &Triangle) -> Self {
        Self {
            rows: triangle.apply(&self.rows),
            anomalies: triangle.apply(&self.anomalies),
            context: self.context,
            is_log: self.is_log,
        }
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

impl Student {
    /// `−ln p` of each row, in nats in standard units.
    pub fn scores(&self, rows: &Rows) -> Vec<f64> {
        let places: Vec<u32> = (0..rows.len() as u32).collect();
        let Some(triangle) = &self.triangle else {
            return scores(rows, &places, &self.fitted);
        };
        let scores = scores(&triangle.apply(rows), &places, &self.fitted);
        let log_det = triangle.log_det();
        scores.into_iter().map(|score| score - log_det).collect()
    }
}

fn scores(rows: &Rows, places: &[u32], fitted: &Fitted) -> Vec<f64> {
    let logs = rows.map(places, |batch| fitted.nice.log_density(batch));
    logs.into_iter().map(|log| -f64::from(log)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::recipe::SMALL;
    use crate::train::request::Request;
    use std::ops::ControlFlow;

    #[test]
    fn behind_a_triangle_the_mean_that_is_told_is_of_the_rows_before_it() {
        let together = (0..400).flat_map(|n| {
            let (x, y) = ((0.7 * n as f32).sin(), (1.3 * n as f32).cos());
            [1.4 * x, 1.4 * x + 0.1 * y]
        });
        let rows = |values| Rows { dim: 2, values };
        let lesson = Lesson {
            rows: rows(together.collect()),
            anomalies: rows(vec![]),
            context: 0,
            is_log: false,
        };
        let request = Request {
            steps: 100,
            ..Request::default()
        };
        let settings = Settings {
            triangle: true,
            ..request.settings(&SMALL, 2).unwrap()
        };
        let students = lesson.teach(&settings, &[0], &|_| ControlFlow::Continue(()));
        let Student {
            triangle,
            fitted,
            held_out,
            ..
        } = &students[0];
        let log_det = triangle.as_ref().unwrap().log_det();
        assert!(log_det.abs() > 0.5, "{log_det}");
        // So few rows that none is left out.
        assert!((20..100).contains(&held_out.len()), "{}", held_out.len());
        let mean = held_out.iter().sum::<f64>() / held_out.len() as f64;
        assert!((mean - f64::from(fitted.nll)).abs() < 1e-3, "{mean}");
    }
}
