//! A note on rows that are not like the normal rows that a model keeps.

use crate::counts::Counts;
use crate::summary::Scored;
use nice_flow_codegen::Model;
use nice_flow_lab::judge::likeness::{changes, sentence};
use nice_flow_lab::table::Table;

/// Notes how the rows of a table that are not labelled as anomalies differ from those that the model keeps; both are in the
/// unit of the scored inputs.
pub(super) fn note(model: &Model, counts: &Counts, table: &Table, scored: &Scored) {
    let changes = changes(&model.features, &counts.kept(model), &table.normal_rows());
    if let Some(sentence) = sentence(&changes, scored.is_alarming()) {
        note!("note: {sentence}");
    }
}
