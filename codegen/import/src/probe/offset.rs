//! Tracks whether log-densities differ by the same constant in every row.

use super::agreement::{Comparison, difference};

/// The fewest rows for which a constant difference is no coincidence.
const ROWS: usize = 4;

/// The difference between a flow's log-densities and the reference, as long as it may be the same in all rows.
#[derive(Default)]
pub(super) struct Offset {
    inexact: bool,
    first: Option<f64>,
    rows: usize,
}

impl Offset {
    /// Compares more rows; returns false as soon as the difference is known to vary.
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

    /// The number of rows with a finite reference that were compared.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The difference in nats: zero if there is none, `None` if there are too few rows to decide.
    pub fn value(&self) -> Option<f64> {
        match self.first {
            Some(_) if !self.inexact => Some(0.0),
            first => first.filter(|_| self.rows >= ROWS),
        }
    }
}
