//! Thresholds, and what was found about their promise.

use super::{incomplete, notes};
use crate::progress::progress;
use nice_flow_codegen::text::{agreeing, counted};
use nice_flow_codegen::{Model, Numeric, Result};
use nice_flow_lab::judge::calibrate::{Checks, Guarantee, calibrate_scored, exceeds, is_blind};
use nice_flow_lab::judge::order::alarm_share;
use nice_flow_lab::table::Table;
use serde_json::{Map, Value, json};
use std::path::Path;

/// What was found, for the text and the JSON.
pub(in crate::verb) struct Promise {
    pub(super) false_alarm_rate: f64,
    pub(super) guarantee: Guarantee,
    pub(super) checks: Checks,
    /// The share of the rows in alarm, in their order, if the model has a rule.
    pub(super) alarms: Option<f64>,
    /// The number of recordings that the rows came from.
    pub(super) recordings: usize,
}

impl Promise {
    /// Gives a model thresholds from the normal rows of a table; notes what speaks against them.
    pub(in crate::verb) fn make(
        model: &mut Model,
        table: &Table,
        false_alarm_rate: f64,
        drop_incomplete: bool,
    ) -> Result<Self> {
        let (normal, starts) = incomplete::sorted_out(table, drop_incomplete);
        let rows = normal.len() / table.columns.max(1);
        let guarantee = Guarantee::new(rows, false_alarm_rate)?;
        let bar = progress(3 * rows as u64, "rows");
        let done = |rows| bar.inc(rows as u64);
        let checks = Checks::new(model, &normal, false_alarm_rate, &done)?;
        let integers = calibrate_scored(model, &normal, &checks.scores, false_alarm_rate, &done)?;
        bar.finish_and_clear();
        for (numeric, outcome) in integers {
            match outcome {
                Ok(0) => {}
                Ok(count) => {
                    note!(
                        "note: {count} of {} {} the largest score of {numeric}",
                        counted(rows, "row"),
                        agreeing(count, "has", "have")
                    )
                }
                Err(error) => note!("note: no threshold for {numeric}: {error}"),
            }
        }
        warn_of_blindness(model);
        notes::note(&checks, model);
        let recordings = files(table).unwrap_or(starts.len()).min(starts.len());
        notes::note_few(recordings, model);
        Ok(Self {
            false_alarm_rate,
            guarantee,
            alarms: alarms(model, &checks.scores, &starts),
            checks,
            recordings,
        })
    }

    pub(in crate::verb) fn json(&self, model: &Model, output: &Path) -> Value {
        let Self {
            guarantee, checks, ..
        } = self;
        let rate = guarantee.expected_rate();
        let debounce = model.debounce.map(|debounce| {
            json!({
                "rule": debounce,
                "seen_rate": self.alarms,
                "independent_rate": guarantee.debounced_rate(debounce),
                "largest_rate": debounce.largest_rate(rate),
            })
        });
        let thresholds: Map<_, _> = Numeric::ALL
            .map(|numeric| {
                (
                    numeric.name().to_string(),
                    json!(own_threshold(model, numeric)),
                )
            })
            .into_iter()
            .collect();
        let effective = checks.dependence.effective;
        json!({
            "model": output, "rows": guarantee.rows, "recordings": self.recordings,
            "threshold": thresholds["f32"],
            "thresholds": thresholds, "false_alarm_rate": self.false_alarm_rate,
            "expected_rate": rate,
            "neighbour_correlation": checks.dependence.neighbours,
            "effective_rows": effective,
            "realised_rate_p05": guarantee.realised_rate_of(effective, 0.05),
            "realised_rate_p95": guarantee.realised_rate_of(effective, 0.95),
            "debounce": debounce,
            "trial": checks.trial.map(|trial| json!({
                "rows": trial.rows, "rate": trial.share(), "promised": trial.promised, "chance": trial.chance,
            })),
            "above_kept": checks.above_kept,
            "changes": checks.changes,
            "woken": checks.woken,
            "unseen": checks.unseen,
        })
    }
}

/// How many files raw signals came from: one with gaps is several pieces.
fn files(table: &Table) -> Option<usize> {
    let mut names = table.names.clone();
    names.dedup();
    (!names.is_empty()).then_some(names.len())
}

/// The share of the rows in alarm as they come, if the model has a rule for alarms.
fn alarms(model: &Model, scores: &[f64], starts: &[usize]) -> Option<f64> {
    let (debounce, threshold) = (model.debounce?, model.threshold?.score);
    let verdicts = scores.iter().map(|score| exceeds(*score, threshold));
    Some(alarm_share(&verdicts.collect::<Vec<_>>(), starts, debounce))
}

/// Notes thresholds that flag nothing.
fn warn_of_blindness(model: &Model) {
    for numeric in Numeric::ALL {
        // A number type that cannot run the model has no threshold, as has been noted already.
        if is_blind(model, numeric).unwrap_or(false) {
            note!(
                "warning: in {numeric} the threshold is the largest score there is, which nothing exceeds: \
                 too many of these rows have an input as far out as integers go, 128 standard deviations; \
                 calibrate at a higher rate, or without them"
            );
        }
    }
}

/// The threshold that was computed for a number type itself.
pub(super) fn own_threshold(model: &Model, numeric: Numeric) -> Option<f64> {
    match numeric.weights() {
        None => model.threshold.map(|threshold| threshold.score),
        Some(weights) => model.calibration.as_ref()?.threshold(weights),
    }
}
