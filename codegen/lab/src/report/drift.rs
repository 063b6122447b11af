//! Whether scores have slowly changed, row after row, as a board's `nice_flow::Drift` tells it.

use super::number::count;
use crate::host::arithmetic::Arithmetic;
use crate::host::score::score;
use crate::judge::drift;
use crate::table::Table;
use nice_flow_codegen::model::p_values::PValues;
use nice_flow_codegen::text::agreeing;
use nice_flow_codegen::{Model, Result};

/// Normal rows between two false alarms, at least, in the mean.
const ROWS: u32 = 10_000;

/// The rows of the table, by their place among its `scores`, at which the test tells a change; `None` if the model does not
/// know how rare scores are.
pub fn changes(
    model: &Model,
    numeric: Arithmetic,
    table: &Table,
    scores: &[f64],
) -> Result<Option<Vec<usize>>> {
    let knots = p_values(model, numeric)?.and_then(|p_values| p_values.knots());
    let Some(knots) = knots else {
        return Ok(None);
    };
    let every = drift::every(model, table);
    let alarms = drift::changes(scores, &knots, ROWS, every, &table.recordings);
    let rows = alarms.iter().enumerate().filter(|(_, alarm)| **alarm);
    Ok(Some(rows.map(|(row, _)| row).collect()))
}

/// Those of the model; for integers, of the rows that it keeps.
fn p_values(model: &Model, numeric: Arithmetic) -> Result<Option<PValues>> {
    let are_stored = matches!(numeric, Arithmetic::F64 | Arithmetic::F32);
    if are_stored || model.p_values.is_none() {
        return Ok(model.p_values.clone());
    }
    let scores = score(model, model.kept_rows(), numeric, &|_| ())?;
    Ok(Some(PValues::of_normal(&scores.to_f64())))
}

/// What the test tells, in words; `name` is how the page calls a row.
pub fn sentence(changes: &[usize], name: impl Fn(usize) -> String) -> String {
    let told = match changes {
        [] => "tells of none in these rows".into(),
        [row] => format!("tells of one by {}", name(*row)),
        [row, rest @ ..] => format!(
            "tells of one by {}, and {} {} more",
            name(*row),
            count(rest.len()),
            agreeing(rest.len(), "time", "times")
        ),
    };
    format!(
        "The test for slow changes (Drift: {} normal rows or more lie between two false alarms in the mean) {told}.",
        count(ROWS as usize)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_change_is_named_and_the_others_are_counted() {
        let name = |row| format!("row {row}");
        assert!(sentence(&[], name).ends_with("tells of none in these rows."));
        assert!(sentence(&[7], name).ends_with("tells of one by row 7."));
        assert!(sentence(&[7, 9, 12], name).ends_with("by row 7, and 2 times more."));
    }
}
