//! Notes on rows that are scored, each once a model.

use crate::interrupt::Watch;
use crate::rows::Value;
use crate::scores::Scored;
use nice_flow_codegen::Model;
use nice_flow_lab::host::arithmetic::Arithmetic;
use nice_flow_lab::host::score::threshold;
use nice_flow_lab::judge::advice::scales;
use nice_flow_lab::judge::likeness::{Change, FEWEST, Kept, is_alarming, sentence};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

/// Of more rows, so many are looked at first.
const FEW: usize = 64;

/// So many calls are looked at, and of more one for so many scored rows: looking at small ones would take as long as scoring them.
const CALLS: usize = 16;
const ROWS: usize = 256;

/// Fewer spreads, or a smaller ratio of them, in a few of the rows is none that all of them could have.
const NEARLY: f64 = 0.9;

/// What a model has said of rows already.
#[derive(Default)]
pub struct Looks {
    kept: OnceLock<Kept>,
    /// Calls that it looked at.
    calls: AtomicUsize,
    /// Rows that were scored since it looked at some.
    rows: AtomicUsize,
    is_unlike: AtomicBool,
    scales: [AtomicBool; 4],
}

impl Looks {
    /// What is to be said of scored rows that was not said before.
    pub fn notes<X: Value>(
        &self,
        model: &Model,
        arithmetic: Arithmetic,
        rows: &[X],
        scored: &Scored,
        watch: &Watch,
    ) -> Vec<String> {
        let mut notes = vec![];
        if let Some(numeric) = arithmetic.module()
            && !self.scales[arithmetic as usize].swap(true, Relaxed)
        {
            notes.extend(scales(model, numeric).map(str::to_owned));
        }
        if self.looks(scored.scores.len())
            && let Some(sentence) = self.unlike(model, arithmetic, rows, scored, watch)
            && !self.is_unlike.swap(true, Relaxed)
        {
            notes.push(sentence);
        }
        notes
    }

    /// Whether it is time to look at so many rows.
    fn looks(&self, rows: usize) -> bool {
        if rows < FEWEST || self.is_unlike.load(Relaxed) {
            return false;
        }
        let is_early = self.calls.load(Relaxed) < CALLS;
        let looks = self.rows.fetch_add(rows, Relaxed) + rows >= ROWS || is_early;
        if looks {
            self.calls.fetch_add(1, Relaxed);
            self.rows.store(0, Relaxed);
        }
        looks
    }

    fn unlike<X: Value>(
        &self,
        model: &Model,
        arithmetic: Arithmetic,
        rows: &[X],
        scored: &Scored,
        watch: &Watch,
    ) -> Option<String> {
        let dim = model.dim();
        let kept = self
            .kept
            .get_or_init(|| Kept::of(&model.features, model.kept_rows()));
        let look = |_| watch.check();
        let changes = |rows: &[X]| kept.changes(&X::double(rows), dim, &look);
        let all = || match &scored.above {
            Some(above) => kept.changes(above, dim, &look),
            None => changes(rows),
        };
        let limit = threshold(model, arithmetic);
        let alarming = limit.is_some_and(|limit| {
            let verdicts = scored.scores.verdicts(Some(limit));
            let flagged = verdicts.iter().filter(|flagged| **flagged).count();
            is_alarming(flagged, verdicts.len(), limit.false_alarm_rate)
        });
        if !alarming && scored.above.is_none() {
            let few = changes(&some(rows, dim));
            if few.first().map_or(0.0, Change::size) < NEARLY {
                return None;
            }
        }
        sentence(&all(), alarming)
    }
}

/// A few of the rows, evenly spaced.
fn some<X: Value>(rows: &[X], dim: usize) -> Vec<X> {
    let every = (rows.len() / dim.max(1)).div_ceil(FEW).max(1);
    let few = rows.chunks_exact(dim.max(1)).step_by(every);
    few.flatten().copied().collect()
}
