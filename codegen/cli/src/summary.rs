//! Scored rows: the table that is written, and the summary that is printed.

mod causes;
mod drift;
mod written;

pub(super) use written::Origins;

use nice_flow_codegen::Model;
use nice_flow_codegen::Result;
use nice_flow_codegen::model::Threshold;
use nice_flow_codegen::model::p_values::PValues;
use nice_flow_codegen::model::unit::Unit;
use nice_flow_codegen::text::{agreeing, counted, rounded};
use nice_flow_lab::host::scores::Scores;
use nice_flow_lab::judge::likeness::is_alarming;
use nice_flow_lab::judge::metrics;
use nice_flow_lab::judge::order::alarms;
use nice_flow_lab::table::Table;
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use written::number;

/// Scored rows, with their model.
pub(super) struct Scored {
    scores: Scores,
    anomalous: Vec<bool>,
    labels: Option<Vec<bool>>,
    /// The numbers of the rows without a score, in their order.
    ignored: Vec<usize>,
    threshold: Option<Threshold>,
    /// The number of rows in alarm, with debouncing.
    alarms: Option<usize>,
    /// Additional columns of the table, over all rows.
    columns: Vec<(Cow<'static, str>, Vec<String>)>,
    /// How often each input is the first cause of a flagged row, the most frequent first; empty if nobody asked.
    blamed: Vec<(String, usize)>,
    /// The numbers of the rows at which scores had changed; `None` if nobody asked.
    changes: Option<Vec<usize>>,
    unit: Unit,
}

impl Scored {
    /// Scores of the rows of a table. With debouncing they get the column `alarm`.
    pub(super) fn new(
        scores: Scores,
        model: &Model,
        threshold: Option<Threshold>,
        table: &Table,
    ) -> Self {
        let anomalous = scores.verdicts(threshold);
        let in_alarm = |debounce| alarms(&anomalous, &table.recordings, debounce);
        let alarms = model.debounce.map(in_alarm);
        let mut scored = Self {
            scores,
            anomalous,
            labels: table.labels.clone(),
            ignored: table.ignored.clone(),
            threshold,
            unit: model.unit(),
            columns: vec![],
            blamed: vec![],
            changes: None,
            alarms: alarms.as_deref().map(count),
        };
        if let Some(alarms) = alarms {
            let texts = alarms.iter().map(|alarm| u8::from(*alarm).to_string());
            scored.columns.push(("alarm".into(), scored.spread(texts)));
        }
        scored
    }

    /// The scores as `f64`, exactly.
    pub(super) fn scores(&self) -> Vec<f64> {
        self.scores.to_f64()
    }

    /// Whether each row with a score is anomalous.
    pub(super) fn verdicts(&self) -> &[bool] {
        &self.anomalous
    }

    /// Adds the columns that say where rows come from.
    pub(super) fn add_origins(&mut self, Origins(columns): Origins) {
        let columns = columns.into_iter();
        self.columns
            .extend(columns.map(|(name, texts)| (name.into(), texts)));
    }

    /// Adds the column `p_value`.
    pub(super) fn add_p_values(&mut self, p_values: &PValues) {
        let scores = self.scores.to_f64();
        let texts = scores.iter().map(|score| number(p_values.of(*score)));
        self.columns.push(("p_value".into(), self.spread(texts)));
    }

    /// The summary as JSON: `rows, flagged, mean_log_density, auroc, aucpr` and more.
    pub(super) fn json(&self) -> Map<String, Value> {
        let scores = self.scores.to_f64();
        let labels = self.labels.as_deref();
        let summary = json!({
            "rows": scores.len(),
            "rows_ignored": self.ignored.len(),
            "rows_not_finite": scores.iter().filter(|score| !score.is_finite()).count(),
            "rows_at_largest": self.scores.at_largest(),
            "flagged": count(&self.anomalous),
            "alarms": self.alarms,
            "threshold": self.threshold.map(|threshold| threshold.score),
            "mean_log_density": (self.unit == Unit::Nats).then(|| mean_log_density(&scores)).flatten(),
            "auroc": labels.and_then(|labels| metrics::auroc(&scores, labels)),
            "aucpr": labels.and_then(|labels| metrics::aucpr(&scores, labels)),
            "blamed": self.blamed_json(),
            "drift": self.changes,
        });
        match summary {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }

    /// Whether far more rows are flagged than was promised, and no labels say that they may be.
    pub(super) fn is_alarming(&self) -> bool {
        let rate = |threshold: Threshold| threshold.false_alarm_rate;
        let rate = self.threshold.map_or(1.0, rate);
        self.labels.is_none() && is_alarming(count(&self.anomalous), self.scores.len(), rate)
    }

    /// Prints the summary as text.
    pub(super) fn print(&self) -> Result<()> {
        let scores = self.scores.to_f64();
        let broken = scores.iter().filter(|score| !score.is_finite()).count();
        let rows = counted(scores.len(), "row");
        match mean_log_density(&scores) {
            Some(mean) if self.unit == Unit::TailScores => {
                say!(
                    "{rows}, {broken} without a finite score; mean tail score of the others {}",
                    rounded(-mean, 4)
                )
            }
            Some(mean) if broken == 0 => {
                say!("{rows}, mean log-density {} nats", rounded(mean, 4))
            }
            Some(mean) => say!(
                "{rows}, {broken} without a finite score; mean log-density of the others {} nats",
                rounded(mean, 4)
            ),
            None => say!("{rows}, none with a finite score"),
        }
        if !self.ignored.is_empty() {
            say!(
                "{} ignored: a cell is missing",
                counted(self.ignored.len(), "more row")
            );
        }
        match self.threshold {
            Some(threshold) => {
                let flagged = count(&self.anomalous);
                say!(
                    "{} ({:.2} %) above the threshold of {} {}",
                    counted(flagged, "row"),
                    100.0 * flagged as f64 / scores.len().max(1) as f64,
                    rounded(threshold.score, 4),
                    self.unit
                );
            }
            None => say!(
                "no threshold (nice-flow calibrate); {} with a score that is not finite",
                counted(count(&self.anomalous), "row")
            ),
        }
        if let Some(alarms) = self.alarms {
            say!("{} in alarm", counted(alarms, "row"));
        }
        if let Some(changes) = &self.changes {
            say!("{}", drift::text(changes));
        }
        if !self.blamed.is_empty() {
            say!("blamed first: {}", self.blamed_text());
        }
        let at_largest = self.scores.at_largest();
        if at_largest > 0 {
            say!(
                "{} with the largest score that an integer holds: an input is far out or no number; AUROC counts such scores as equal",
                counted(at_largest, "row")
            );
        }
        let Some(labels) = &self.labels else {
            return Ok(());
        };
        if self.threshold.is_some() {
            say!("{}", flagged(labels, &self.anomalous));
        }
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

/// How many anomalies are flagged, and how many normal rows.
fn flagged(labels: &[bool], verdicts: &[bool]) -> String {
    let anomalies = count(labels);
    let both = labels.iter().zip(verdicts);
    let hits = both.filter(|(label, verdict)| **label && **verdict).count();
    format!(
        "{hits} of {anomalies} {} and {} of {} flagged",
        agreeing(anomalies, "anomaly", "anomalies"),
        count(verdicts) - hits,
        counted(labels.len() - anomalies, "normal row")
    )
}

fn count(verdicts: &[bool]) -> usize {
    verdicts.iter().filter(|verdict| **verdict).count()
}

/// The mean over the rows with a finite log-density; `None` if there are none.
fn mean_log_density(scores: &[f64]) -> Option<f64> {
    let finite: Vec<f64> = scores
        .iter()
        .copied()
        .filter(|score| score.is_finite())
        .collect();
    (!finite.is_empty()).then(|| -finite.iter().sum::<f64>() / finite.len() as f64)
}
