//! Thresholds, as the command sets them.

use crate::error::wrong;
use crate::interrupt::Watch;
use nice_flow_codegen::model::Combine;
use nice_flow_codegen::{Error, Model};
use nice_flow_lab::host::level::above_known;
use nice_flow_lab::judge::promise::{Promise, standstill};
use nice_flow_lab::table::Table;
use pyo3::prelude::*;

/// The way of a name in which scores of several flows become one.
pub fn combine_of(name: &str) -> PyResult<Combine> {
    match name {
        "tail" => Ok(Combine::Tail),
        "max" => Ok(Combine::Max),
        "density" => Ok(Combine::Density),
        _ => Err(wrong(
            "combine",
            format!("expected 'tail', 'max' or 'density', found '{name}'"),
        )),
    }
}

/// The table as the flows have it: missing cells mended, levels taken off.
pub fn leveled(model: &Model, mut table: Table) -> Result<Table, Error> {
    table.mend(model.missing)?;
    if let Some(baseline) = model.baseline {
        let (rows, labels) = (&table.values, table.labels.as_deref());
        table.values = above_known(baseline, rows, table.columns, &table.recordings, labels);
    }
    Ok(table)
}

/// Calibrates as the command does; says what speaks against the promise.
pub fn calibrated(
    model: &mut Model,
    table: Table,
    false_alarm_rate: f64,
    drop_incomplete: bool,
    watch: &Watch,
) -> Result<Vec<String>, Error> {
    let in_order = model.baseline.map(|_| table.clone());
    let table = leveled(model, table)?;
    let mut notes = promised(model, &table, false_alarm_rate, drop_incomplete, watch)?;
    if let Some(rows) = in_order {
        notes.extend(standstill(model, rows, false_alarm_rate, &|_| {
            watch.check();
        })?);
    }
    Ok(notes)
}

/// The same with the rows that an earlier calibration left in the model.
pub fn recalibrated(
    model: &mut Model,
    false_alarm_rate: f64,
    drop_incomplete: bool,
    watch: &Watch,
) -> Result<Vec<String>, Error> {
    let kept = model.calibration.as_ref();
    let kept = kept.filter(|_| model.threshold.is_some()).ok_or_else(|| {
        let message = "expected normal rows, or a model with those of an earlier calibration: the rows that training keeps were \
                       trained on, and promise nothing";
        Error::input("X", message)
    })?;
    let table = Table::of_rows(kept.rows.clone(), model.features.clone());
    let mut notes = vec![format!(
        "the rows of the earlier calibration, {}, are used again",
        table.rows
    )];
    let found = promised(model, &table, false_alarm_rate, drop_incomplete, watch)?;
    notes.extend(found);
    Ok(notes)
}

/// Gives the model thresholds of rows with levels taken off.
fn promised(
    model: &mut Model,
    table: &Table,
    false_alarm_rate: f64,
    drop_incomplete: bool,
    watch: &Watch,
) -> Result<Vec<String>, Error> {
    let mut notes = vec![];
    let (rate, drop) = (false_alarm_rate, drop_incomplete);
    Promise::make(model, table, rate, drop, &|_| watch.check(), &mut notes)?;
    Ok(notes)
}
