//! Rows at which scores had slowly changed.

use super::Scored;
use nice_flow_codegen::text::counted;
use nice_flow_lab::table::Table;

impl Scored {
    /// Adds the column `drift`: 1 where the scores up to a row tell that they have changed.
    pub(crate) fn add_drift(&mut self, changes: &[bool], table: &Table) {
        let texts = changes.iter().map(|change| u8::from(*change).to_string());
        self.columns.push(("drift".into(), self.spread(texts)));
        let rows = changes.iter().zip(table.numbers());
        let rows = rows.filter_map(|(change, number)| change.then_some(number));
        self.changes = Some(rows.collect());
    }
}

/// In words.
pub(super) fn text(changes: &[usize]) -> String {
    match changes {
        [] => "drift: scores have not changed".into(),
        [row] => format!("drift: scores have changed, by row {row}"),
        [row, ..] => format!(
            "drift: scores have changed, by row {row}, and {} more",
            counted(changes.len() - 1, "time")
        ),
    }
}
