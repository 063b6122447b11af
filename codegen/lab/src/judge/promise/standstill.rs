//! Whether a promise holds where the level stands still during anomalies.

use crate::host::arithmetic::Arithmetic;
use crate::host::level::{Samples, above_judged};
use crate::host::score::{score, threshold};
use crate::table::Table;
use nice_flow_codegen::{Model, Result};

/// So many times the promised share is a broken promise.
const BROKEN: f64 = 3.0;

/// A warning where far more of the rows that the threshold came from are flagged in their own order than was promised.
///
/// The threshold is for rows above a level that follows all of them. On a board, and in `score`, the level stands still while rows are
/// anomalous: where the mean of the machine's states is itself none of them, it may then never move again.
/// `progress` is told of scored rows, some of which are scored more than once.
pub fn standstill(
    model: &Model,
    mut rows: Table,
    promised: f64,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Option<String>> {
    let Some(baseline) = model.baseline else {
        return Ok(None);
    };
    rows.mend(model.missing)?;
    let limit = threshold(model, Arithmetic::F64);
    let judge = |rows: &[f64]| Ok(score(model, rows, Arithmetic::F64, progress)?.verdicts(limit));
    let (width, starts) = (rows.columns, &rows.recordings);
    let above = above_judged(
        baseline,
        Samples::Float,
        &rows.values,
        width,
        starts,
        &judge,
    )?;
    let verdicts = judge(&above)?;
    let is_normal = |row: usize| !rows.labels.as_ref().is_some_and(|labels| labels[row]);
    let normal: Vec<bool> = (0..verdicts.len())
        .filter(|row| is_normal(*row))
        .map(|row| verdicts[row])
        .collect();
    let share =
        normal.iter().filter(|flagged| **flagged).count() as f64 / normal.len().max(1) as f64;
    let is_broken = share > BROKEN * promised + 1.0 / normal.len().max(1) as f64;
    Ok(is_broken.then(|| {
        format!(
            "warning: in their own order {:.2} % of these normal rows are flagged, not {:.2} %: the baseline stands still while rows are \
             anomalous, and does not find back; train without --baseline, or with a slower one",
            100.0 * share,
            100.0 * promised
        )
    }))
}
