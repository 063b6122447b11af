//! Thresholds, as the command sets them.

use crate::error::wrong;
use nice_flow_codegen::model::Combine;
use nice_flow_codegen::{Error, Model, Numeric};
use nice_flow_lab::host::level::above_known;
use nice_flow_lab::judge::calibrate::{calibrate, is_blind};
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
            format!("expected 'tail', 'max' or 'density', found {name:?}"),
        )),
    }
}

/// The normal rows of a table as the flows have them: missing cells mended, levels taken off.
pub fn normal_rows(model: &Model, mut table: Table) -> Result<Vec<f64>, Error> {
    table.mend(model.missing)?;
    if let Some(baseline) = model.baseline {
        let (rows, labels) = (&table.values, table.labels.as_deref());
        table.values = above_known(baseline, rows, table.columns, &table.recordings, labels);
    }
    Ok(table.normal_rows())
}

/// Calibrates as the command does; says which number types have no threshold, or one that nothing exceeds.
pub fn calibrated(
    model: &mut Model,
    table: Table,
    false_alarm_rate: f64,
    drop_incomplete: bool,
) -> Result<Vec<String>, Error> {
    let mut rows = normal_rows(model, table)?;
    if drop_incomplete {
        let whole = rows.chunks_exact(model.dim().max(1));
        let whole = whole.filter(|row| row.iter().all(|x| x.is_finite()));
        rows = whole.flatten().copied().collect();
    }
    let outcomes = calibrate(model, &rows, false_alarm_rate, &|_| ())?;
    let missing = outcomes.into_iter().filter_map(|(numeric, outcome)| {
        let error = outcome.err()?;
        Some(format!("no threshold for {numeric}: {error}"))
    });
    let mut notes: Vec<String> = missing.collect();
    let blind = Numeric::ALL
        .into_iter()
        .filter(|n| is_blind(model, *n).unwrap_or(false));
    notes.extend(blind.map(|numeric| {
        format!("in {numeric} the threshold is the largest score there is, which nothing exceeds")
    }));
    Ok(notes)
}
