//! Thresholds from normal rows, what was found about their promise, and what speaks against it.

mod incomplete;
mod notes;
mod standstill;

pub use standstill::standstill;

use super::calibrate::{Checks, Guarantee, calibrate_scored, exceeds, has_capped_threshold};
use super::order::alarm_share;
use crate::table::Table;
use nice_flow_codegen::model::Missing;
use nice_flow_codegen::text::{agreeing, counted};
use nice_flow_codegen::{Model, Numeric, Result};

/// What was found.
pub struct Promise {
    /// The share of new normal rows that may be flagged.
    pub false_alarm_rate: f64,
    /// What so many rows guarantee.
    pub guarantee: Guarantee,
    /// What speaks against it.
    pub checks: Checks,
    /// The share of the rows in alarm, in their order, if the model has a rule.
    pub alarms: Option<f64>,
    /// The number of recordings that the rows came from.
    pub recordings: usize,
}

impl Promise {
    /// An error unless the table has normal rows enough for [`make`](Self::make), with cells missing as the model takes them: known
    /// before there is a model.
    pub fn expect_rows(table: &Table, missing: Missing, false_alarm_rate: f64) -> Result<()> {
        let labels = table.labels.as_deref().unwrap_or_default();
        let rows = table.values.chunks_exact(table.columns.max(1)).enumerate();
        let counts = |(place, row): &(usize, &[f64])| {
            let is_normal = !labels.get(*place).is_some_and(|label| *label);
            let is_ignored = missing == Missing::Ignore && row.iter().any(|x| x.is_nan());
            is_normal && !is_ignored
        };
        Guarantee::new(rows.filter(counts).count(), false_alarm_rate).map(drop)
    }

    /// Gives a model thresholds from the normal rows of a table, with levels taken off. `progress` is told of scored rows, three
    /// times as many as there are; `notes` get what is to be said, each beginning with `note: ` or `warning: `, also before an error.
    pub fn make(
        model: &mut Model,
        table: &Table,
        false_alarm_rate: f64,
        drop_incomplete: bool,
        progress: &(dyn Fn(usize) + Sync),
        notes: &mut Vec<String>,
    ) -> Result<Self> {
        let (normal, starts, incomplete) = incomplete::sorted_out(table, drop_incomplete);
        notes.extend(incomplete);
        let rows = normal.len() / table.columns.max(1);
        let guarantee = Guarantee::new(rows, false_alarm_rate)?;
        let checks = Checks::new(model, &normal, false_alarm_rate, progress)?;
        let integers =
            calibrate_scored(model, &normal, &checks.scores, false_alarm_rate, progress)?;
        notes.extend(
            integers
                .into_iter()
                .filter_map(|(numeric, outcome)| match outcome {
                    Ok(0) => None,
                    Ok(count) => Some(format!(
                        "note: {count} of {} {} the largest score of {numeric}",
                        counted(rows, "row"),
                        agreeing(count, "has", "have")
                    )),
                    Err(error) => Some(format!("note: no threshold for {numeric}: {error}")),
                }),
        );
        notes.extend(capped_thresholds(model));
        notes.extend(notes::against(&checks, model));
        let recordings = files(table).unwrap_or(starts.len()).min(starts.len());
        notes.extend(notes::few(recordings, model));
        Ok(Self {
            false_alarm_rate,
            guarantee,
            alarms: alarms(model, &checks.scores, &starts),
            checks,
            recordings,
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

/// Warnings of thresholds that more rows exceed than was promised.
fn capped_thresholds(model: &Model) -> impl Iterator<Item = String> + '_ {
    // A number type that cannot run the model has no threshold, as has been noted already.
    let capped = Numeric::ALL
        .into_iter()
        .filter(|numeric| has_capped_threshold(model, *numeric).unwrap_or(false));
    capped.map(|numeric| {
        format!(
            "warning: in {numeric} all rows with an input as far out as integers go, 128 standard deviations, are anomalies, and \
             among these rows are more of them than the rate allows; calibrate without them, at a higher rate, or use f32"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_before_there_is_a_model_as_they_are_behind_it() {
        let mut table = Table::of_rows((0..11).map(f64::from).collect(), vec!["x".into()]);
        table.labels = Some((0..11).map(|row| row == 3).collect());
        table.values[7] = f64::NAN;
        let enough = |missing, rate| Promise::expect_rows(&table, missing, rate);
        // Ten normal rows, one of them without a number.
        assert!(enough(Missing::Alarm, 0.091).is_ok() && enough(Missing::Ignore, 0.1).is_ok());
        let error = enough(Missing::Ignore, 0.091).unwrap_err().to_string();
        let expected = "calibration rows: expected at least 10 rows for a rate of 0.091, found 9";
        assert_eq!(error, expected);
    }
}
