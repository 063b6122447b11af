//! What `calibrate` says: the thresholds and their promise.

use super::json::own_threshold;
use nice_flow_codegen::text::{counted, rounded, scientific};
use nice_flow_codegen::{Model, Numeric, Result, lowered};
use nice_flow_lab::judge::promise::Promise;

/// Prints thresholds and their promise.
pub(in crate::verb) fn print(promise: &Promise, model: &Model) -> Result<()> {
    let Promise {
        false_alarm_rate,
        guarantee,
        checks,
        alarms,
        recordings,
        ..
    } = promise;
    let (rate, unit, dependence) = (guarantee.expected_rate(), model.unit(), checks.dependence);
    match recordings {
        0 | 1 => say!("from {}:", counted(guarantee.rows, "normal row")),
        several => say!(
            "from {} of {several} recordings; the promise is for recordings like these:",
            counted(guarantee.rows, "normal row")
        ),
    }
    for numeric in Numeric::ALL {
        if let Some(threshold) = own_threshold(model, numeric) {
            match numeric == Numeric::F32 && lowered(model, numeric).is_err() {
                false => say!("  threshold {threshold} {unit} in {numeric}"),
                true => say!("  threshold {threshold} {unit} in f64: a PC alone scores this flow"),
            }
        }
    }
    say!(
        "in their order, each score has a rank correlation of {} with the next: the rows tell as much as {:.0} independent ones",
        rounded(dependence.neighbours, 2),
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
        "  its own rate, over all rows to come, lies between {} and {} in 90 of 100 such calibrations",
        scientific(guarantee.realised_rate_of(dependence.effective, 0.05), 2),
        scientific(guarantee.realised_rate_of(dependence.effective, 0.95), 2)
    );
    if let (Some(debounce), Some(alarms)) = (model.debounce, alarms) {
        say!(
            "  an alarm at {debounce} flagged: for a share of {} of these rows in their order; {} if they were independent, at most {} if not",
            scientific(*alarms, 2),
            scientific(guarantee.debounced_rate(debounce), 2),
            scientific(debounce.largest_rate(rate), 2)
        );
    }
    Ok(())
}
