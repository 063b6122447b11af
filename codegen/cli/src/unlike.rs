//! A note on rows that are not like the normal rows that a model keeps.

use nice_flow_codegen::Model;
use nice_flow_lab::judge::likeness::{changes, sentence};

/// Notes how `rows`, which are not labelled as anomalies, differ from `kept`, both in the unit of the scored inputs.
/// `alarming`: far more of them are flagged than promised.
pub(super) fn note(model: &Model, kept: &[f64], rows: &[f64], alarming: bool) {
    if let Some(sentence) = sentence(&changes(&model.features, kept, rows), alarming) {
        note!("note: {sentence}");
    }
}
