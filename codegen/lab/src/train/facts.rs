//! What is known of the rows before training.

use crate::table::Table;

/// What the recipes that are trained depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    /// The number of features.
    pub dim: usize,
    /// The number of normal rows.
    pub rows: usize,
    /// The number of labelled anomalies.
    pub anomalies: usize,
    /// Whether the rows are a log: a column of the file holds their times.
    pub is_log: bool,
}

impl Facts {
    /// The facts of a table, all rows of which are learnt from.
    pub fn of(table: &Table) -> Self {
        let anomalies = table.anomalies();
        Self {
            dim: table.columns,
            rows: table.rows - anomalies,
            anomalies,
            is_log: table.is_log,
        }
    }
}
