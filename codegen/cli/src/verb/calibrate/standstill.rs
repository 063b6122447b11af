//! Whether a promise holds where the level stands still during anomalies.

use crate::counts::Counts;
use crate::level;
use nice_flow_codegen::{Model, Result};
use nice_flow_lab::host::arithmetic::Arithmetic;
use nice_flow_lab::host::score::{score, threshold};
use nice_flow_lab::table::Table;

/// So many times the promised share is a broken promise.
const BROKEN: f64 = 3.0;

/// Warns where far more of the rows that the threshold came from are flagged in their own order than was promised.
///
/// The threshold is for rows above a level that follows all of them. On a board, and in `score`, the level stands still while rows are
/// anomalous: where the mean of the machine's states is itself none of them, it may then never move again.
pub(super) fn warn(model: &Model, mut rows: Table, promised: f64) -> Result<()> {
    level::take_off_judged(model, &mut rows, Arithmetic::F64, &Counts::default())?;
    let scores = score(model, &rows.values, Arithmetic::F64, &|_| ())?;
    let verdicts = scores.verdicts(threshold(model, Arithmetic::F64));
    let is_normal = |row: usize| !rows.labels.as_ref().is_some_and(|labels| labels[row]);
    let normal: Vec<bool> = (0..verdicts.len())
        .filter(|row| is_normal(*row))
        .map(|row| verdicts[row])
        .collect();
    let share =
        normal.iter().filter(|flagged| **flagged).count() as f64 / normal.len().max(1) as f64;
    if share > BROKEN * promised + 1.0 / normal.len().max(1) as f64 {
        note!(
            "warning: in their own order {:.2} % of these normal rows are flagged, not {:.2} %: the baseline stands still while rows are \
             anomalous, and does not find back; train without --baseline, or with a slower one",
            100.0 * share,
            100.0 * promised
        );
    }
    Ok(())
}
