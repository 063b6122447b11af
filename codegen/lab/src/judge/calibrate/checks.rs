//! What speaks against the promise of a threshold, before it is made.

use super::arithmetic::arithmetic;
use super::trial::Trial;
use super::unseen::{Unseen, unseen};
use super::woken::{Woken, woken};
use crate::host::score::score;
use crate::judge::likeness::{Change, Kept};
use crate::judge::metrics::quantile;
use crate::judge::order::Dependence;
use nice_flow_codegen::{Model, Result};

/// What calibration rows say of the promise that a threshold from them makes.
///
/// The promise holds for new rows that are like the calibration rows and come as independently. Both are looked at here,
/// with scores in `f32`, or in `f64` of a flow that a PC alone scores.
#[derive(Clone, Debug, PartialEq)]
pub struct Checks {
    /// The scores of the rows, in their order.
    pub scores: Vec<f64>,
    /// How far the rows depend on each other.
    pub dependence: Dependence,
    /// A threshold from the earlier rows, tried on the later; `None` if there are too few rows.
    pub trial: Option<Trial>,
    /// The share of the rows that scores above 99.5 % of the normal rows that the model has kept from training, or from
    /// an earlier calibration; `None` if it has none.
    pub above_kept: Option<f64>,
    /// How each column has changed since those rows, the largest change first.
    pub changes: Vec<Change>,
    /// Columns that were constant in those rows, and are not in these.
    pub woken: Vec<Woken>,
    /// Columns of the context with values that none of those rows had.
    pub unseen: Vec<Unseen>,
}

/// Above this quantile of the rows that the model has kept lies one row in two hundred.
const FAR: f64 = 0.995;

impl Checks {
    /// Checks normal rows in raw units, before the model is calibrated on them.
    pub fn new(
        model: &Model,
        rows: &[f64],
        false_alarm_rate: f64,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Self> {
        let arithmetic = arithmetic(model);
        let scores = score(model, rows, arithmetic, progress)?.to_f64();
        let kept = model.kept_rows();
        let kept_scores = score(model, kept, arithmetic, &|_| ())?.to_f64();
        let far = quantile(&kept_scores, FAR);
        let is_above = |score: f64, far: f64| score.is_nan() || score > far;
        let above = |far| scores.iter().filter(|score| is_above(**score, far)).count();
        let dependence = Dependence::of(&scores);
        progress(0);
        let trial = Trial::of(&scores, false_alarm_rate);
        progress(0);
        Ok(Self {
            dependence,
            trial,
            above_kept: far.map(|far| above(far) as f64 / scores.len().max(1) as f64),
            changes: Kept::of(&model.features, kept).changes(rows, model.features.len(), progress),
            unseen: unseen(model, kept, rows),
            woken: woken(&model.features, kept, rows, &scores, false_alarm_rate),
            scores,
        })
    }
}
