//! What `calibrate` says: the promise, and what speaks against it.

use super::promise::{Promise, own_threshold};
use nice_flow_codegen::{Model, Numeric, Result};
use nice_flow_lab::judge::calibrate::{Checks, Woken};
use nice_flow_lab::judge::likeness::sentence;

/// The share of rows beyond the normal rows' 99.5 % point that is worth a note, eight times the expected one.
const MANY: f64 = 0.04;

/// Notes what speaks against the promise.
pub(super) fn note(checks: &Checks, model: &Model) {
    if let Some(trial) = checks.trial.filter(|trial| trial.is_broken()) {
        note!(
            "note: these rows change in time: a threshold from the first 60 % of them flags {:.2} % of the last 40 %, not {:.2} %; \
             expect no less of rows to come",
            100.0 * trial.share(),
            100.0 * trial.promised,
        );
    }
    let above = checks.above_kept.unwrap_or(0.0);
    if let Some(sentence) = sentence(&checks.changes, false) {
        note!("note: {sentence}");
    } else if above > MANY {
        note!(
            "note: these rows are not like the normal rows that the model has kept: {:.1} % score above 99.5 % of them, and no column has changed much",
            100.0 * above,
        );
    }
    for column in &checks.woken {
        note_woken(column, model);
    }
}

fn note_woken(column: &Woken, model: &Model) {
    let without = match (column.threshold_without, model.threshold) {
        (Some(without), Some(threshold)) => format!(
            "; without these rows the threshold would be {:.4}, not {:.4}",
            without, threshold.score
        ),
        _ => String::new(),
    };
    note!(
        "note: column {}, always {} in the rows that the model has kept, has other values in {} of these{without}; \
         train without the column, or with rows in which it moves",
        column.feature,
        column.constant,
        column.moved,
    );
}

/// Prints thresholds and their promise.
pub(in crate::verb) fn print(promise: &Promise, model: &Model) -> Result<()> {
    let Promise {
        false_alarm_rate,
        guarantee,
        checks,
        alarms,
        recordings,
    } = promise;
    let (rate, unit, dependence) = (guarantee.expected_rate(), model.unit(), checks.dependence);
    match recordings {
        0 | 1 => say!("from {} normal rows:", guarantee.rows),
        several => say!(
            "from {} normal rows of {several} recordings; the promise is for recordings like these:",
            guarantee.rows
        ),
    }
    for numeric in Numeric::ALL {
        if let Some(threshold) = own_threshold(model, numeric) {
            say!("  threshold {threshold} {unit} in {numeric}");
        }
    }
    say!(
        "in their order, each score has a rank correlation of {:.2} with the next: the rows tell as much as {:.0} independent ones",
        dependence.neighbours,
        dependence.effective
    );
    if let Some(above) = checks.above_kept {
        say!(
            "  {:.2} % score above 99.5 % of the normal rows that the model had",
            100.0 * above
        );
    }
    say!("if new normal rows are like these, and the flow was trained on neither:");
    say!(
        "  a new one scores above it with probability at most {false_alarm_rate}: {}/{}",
        guarantee.k,
        guarantee.rows + 1
    );
    say!(
        "  its own rate, over all rows to come, lies between {:.2e} and {:.2e} in 90 of 100 such calibrations",
        guarantee.realised_rate_of(dependence.effective, 0.05),
        guarantee.realised_rate_of(dependence.effective, 0.95)
    );
    if let (Some(debounce), Some(alarms)) = (model.debounce, alarms) {
        say!(
            "  an alarm at {debounce} flagged: for a share of {alarms:.2e} of these rows in their order; {:.2e} if they were independent, at most {:.2e} if not",
            guarantee.debounced_rate(debounce),
            debounce.largest_rate(rate)
        );
    }
    Ok(())
}
