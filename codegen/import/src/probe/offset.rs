//! A difference of log-densities that is the same in every row.

use super::agreement::{Comparison, difference};

/// Rows without which a constant difference is a coincidence.
const ROWS: usize = 4;

/// What a flow gives more than others say, as long as that may be the same in all rows.
#[derive(Default)]
pub(super) struct Offset {
    inexact: bool,
    first: Option<f64>,
    rows: usize,
}

impl Offset {
    /// Looks at more rows; false at the first that shows the difference not to be the same.
    pub fn extend(&mut self, comparison: &Comparison) -> bool {
        let (set, tolerance) = (comparison.set, comparison.tolerance());
        let theirs = set.log_density.iter().zip(&set.rounding);
        for (row, (&theirs, rounding)) in set.rows.iter().zip(theirs) {
            let off = difference(comparison.log_density(row), theirs);
            if off.is_infinite() {
                return false;
            }
            if !theirs.is_finite() {
                continue;
            }
            let allowed = tolerance * (1.0 + theirs.abs()) + rounding;
            self.rows += 1;
            self.inexact |= off.abs() > allowed;
            let first = *self.first.get_or_insert(off);
            if self.inexact && (off - first).abs() > 2.0 * allowed {
                return false;
            }
        }
        true
    }

    /// Finite rows looked at.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The difference in nats: zero if there is none, `None` if there are too few rows to tell.
    pub fn value(&self) -> Option<f64> {
        match self.first {
            Some(_) if !self.inexact => Some(0.0),
            first => first.filter(|_| self.rows >= ROWS),
        }
    }
}
