//! Scored rows: the table that is written and the summary that is printed.

use crate::ensemble::Stored;
use crate::model::Threshold;
use crate::score::Scores;
use crate::{Result, metrics, output};
use serde_json::{Map, Value, json};
use std::path::Path;

/// Scored rows and what is known of them.
pub(super) struct Scored {
    scores: Scores,
    anomalous: Vec<bool>,
    labels: Option<Vec<bool>>,
    threshold: Option<Threshold>,
    unit: &'static str,
}

/// The unit of its scores.
pub(super) fn unit(stored: &Stored) -> &'static str {
    match stored {
        Stored::One(_) => NATS,
        Stored::Several(_) => "(mean tail score)",
    }
}

const NATS: &str = "nats";

impl Scored {
    /// Scored by what may be an ensemble.
    pub(super) fn by(stored: &Stored, scores: Scores, labels: Option<Vec<bool>>) -> Self {
        Self {
            unit: unit(stored),
            ..Self::new(scores, stored.threshold(), labels)
        }
    }

    pub(super) fn new(
        scores: Scores,
        threshold: Option<Threshold>,
        labels: Option<Vec<bool>>,
    ) -> Self {
        Self {
            anomalous: scores.verdicts(threshold),
            scores,
            labels,
            threshold,
            unit: NATS,
        }
    }

    /// Writes `row,log_density,score,anomalous,score_bits`; rows count from 0, log-densities are of raw inputs.
    ///
    /// Without a threshold only the verdict on a score that is not finite is known; the others stay empty. So do
    /// the log-densities of an ensemble, which has none.
    pub(super) fn write(&self, path: &Path) -> Result<()> {
        let texts: Vec<(String, String)> = match &self.scores {
            Scores::F64(scores) => scores
                .iter()
                .map(|score| (number(-score), number(*score)))
                .collect(),
            Scores::F32(scores) => scores
                .iter()
                .map(|score| (number(-score), number(*score)))
                .collect(),
        };
        let bits = self.scores.bits();
        output::write_with(path, |file| {
            let mut csv = csv::Writer::from_writer(file);
            csv.write_record(["row", "log_density", "score", "anomalous", "score_bits"])?;
            for (row, (((log_density, score), anomalous), bits)) in
                texts.iter().zip(&self.anomalous).zip(&bits).enumerate()
            {
                let verdict = match (anomalous, self.threshold) {
                    (true, _) => "1",
                    (false, Some(_)) => "0",
                    (false, None) => "",
                };
                let log_density = if self.unit == NATS { log_density } else { "" };
                csv.write_record([&row.to_string(), log_density, score, verdict, bits])?;
            }
            csv.flush()
        })
    }

    /// `rows, flagged, mean_log_density, auroc, aucpr`.
    pub(super) fn json(&self) -> Map<String, Value> {
        let scores = self.scores.to_f64();
        let labels = self.labels.as_deref();
        let summary = json!({
            "rows": scores.len(),
            "rows_not_finite": scores.iter().filter(|score| !score.is_finite()).count(),
            "flagged": self.flagged(),
            "threshold": self.threshold.map(|threshold| threshold.score),
            "mean_log_density": (self.unit == NATS).then(|| mean_log_density(&scores)).flatten(),
            "auroc": labels.and_then(|labels| metrics::auroc(&scores, labels)),
            "aucpr": labels.and_then(|labels| metrics::aucpr(&scores, labels)),
        });
        match summary {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }

    fn flagged(&self) -> usize {
        self.anomalous
            .iter()
            .filter(|anomalous| **anomalous)
            .count()
    }

    /// The same for people.
    pub(super) fn print(&self) -> Result<()> {
        let scores = self.scores.to_f64();
        let broken = scores.iter().filter(|score| !score.is_finite()).count();
        match mean_log_density(&scores) {
            Some(mean) if self.unit != NATS => {
                say!(
                    "{} rows, {broken} without a finite score; mean tail score of the others {:.4}",
                    scores.len(),
                    -mean
                )
            }
            Some(mean) if broken == 0 => {
                say!("{} rows, mean log-density {mean:.4} nats", scores.len())
            }
            Some(mean) => say!(
                "{} rows, {broken} without a finite score; mean log-density of the others {mean:.4} nats",
                scores.len()
            ),
            None => say!("{} rows, none with a finite score", scores.len()),
        }
        match self.threshold {
            Some(threshold) => {
                say!(
                    "{} rows above the threshold of {:.4} {}",
                    self.flagged(),
                    threshold.score,
                    self.unit
                );
            }
            None => say!(
                "no threshold (nice-flow calibrate); {} rows with a score that is not finite",
                self.flagged()
            ),
        }
        let Some(labels) = &self.labels else {
            return Ok(());
        };
        let of = |anomaly: bool| {
            labels
                .iter()
                .filter(move |label| **label == anomaly)
                .count()
        };
        let hits = labels
            .iter()
            .zip(&self.anomalous)
            .filter(|(label, flag)| **label && **flag)
            .count();
        say!(
            "{hits} of {} anomalies and {} of {} normal rows flagged",
            of(true),
            self.flagged() - hits,
            of(false)
        );
        match (
            metrics::auroc(&scores, labels),
            metrics::aucpr(&scores, labels),
        ) {
            (Some(auroc), Some(aucpr)) => say!("AUROC {auroc:.5}, AUCPR {aucpr:.5}"),
            _ => say!("AUROC: needs normal rows and anomalies"),
        }
        Ok(())
    }
}

/// The mean over the rows with a finite log-density; `None` without one.
fn mean_log_density(scores: &[f64]) -> Option<f64> {
    let finite: Vec<f64> = scores
        .iter()
        .copied()
        .filter(|score| score.is_finite())
        .collect();
    (!finite.is_empty()).then(|| -finite.iter().sum::<f64>() / finite.len() as f64)
}

/// The shortest text that reads back, as Python's `float` does.
fn number(value: impl std::fmt::Display + Into<f64> + Copy) -> String {
    if value.into().is_nan() {
        "nan".into()
    } else {
        value.to_string()
    }
}
