//! What `calibrate` says, as JSON.

use nice_flow_codegen::{Model, Numeric};
use nice_flow_lab::judge::promise::Promise;
use serde_json::{Map, Value, json};
use std::path::Path;

/// Thresholds and what was found about their promise.
pub(in crate::verb) fn json(promise: &Promise, model: &Model, output: &Path) -> Value {
    let Promise {
        guarantee, checks, ..
    } = promise;
    let rate = guarantee.expected_rate();
    let debounce = model.debounce.map(|debounce| {
        json!({
            "rule": debounce,
            "seen_rate": promise.alarms,
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
        "model": output.to_string_lossy(), "rows": guarantee.rows, "recordings": promise.recordings,
        "threshold": thresholds["f32"],
        "thresholds": thresholds, "false_alarm_rate": promise.false_alarm_rate,
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

/// The threshold that was computed for a number type itself.
pub(super) fn own_threshold(model: &Model, numeric: Numeric) -> Option<f64> {
    match numeric.weights() {
        None => model.threshold.map(|threshold| threshold.score),
        Some(weights) => model.calibration.as_ref()?.threshold(weights),
    }
}
