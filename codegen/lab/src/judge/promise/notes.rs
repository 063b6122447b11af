//! Notes on what speaks against a promise.

use crate::judge::calibrate::{Checks, Unseen, Woken};
use crate::judge::likeness::{Change, sentence};
use nice_flow_codegen::Model;
use nice_flow_codegen::text::{counted, listed, rounded};

/// The share of rows beyond the normal rows' 99.5 % point that is worth a note, eight times the expected one.
const MANY: f64 = 0.04;

/// Fewer recordings say little about another one.
const FEW: usize = 10;

/// That windows of few recordings of a raw signal are no promise for others.
pub(super) fn few(recordings: usize, model: &Model) -> Option<String> {
    if model.front_end.is_none() || recordings >= FEW {
        return None;
    }
    let of = match recordings {
        1 => "one recording".into(),
        several => format!("{several} recordings"),
    };
    Some(format!(
        "note: these windows are of {of}, and the windows of a recording are alike: they promise the rate for more of the same, not \
         for another day; with {FEW} recordings or more, held out whole, it means more"
    ))
}

/// What speaks against the promise.
pub(super) fn against(checks: &Checks, model: &Model) -> Vec<String> {
    let mut notes = vec![];
    if let Some(trial) = checks.trial.filter(|trial| trial.is_broken()) {
        notes.push(format!(
            "note: these rows change in time: a threshold from the first 60 % of them flags {:.2} % of the last 40 %, not {:.2} %; \
             expect no less of rows to come{}",
            100.0 * trial.share(),
            100.0 * trial.promised,
            advice(&checks.changes, model),
        ));
    }
    let above = checks.above_kept.unwrap_or(0.0);
    if let Some(sentence) = sentence(&checks.changes, false) {
        notes.push(format!("note: {sentence}"));
    } else if above > MANY {
        notes.push(format!(
            "note: these rows are not like the normal rows that the model has kept: {:.1} % score above 99.5 % of them, and no column alone has moved by its own spread or doubled or halved it",
            100.0 * above,
        ));
    }
    let rows = checks.scores.len();
    notes.extend(checks.woken.iter().map(|column| woken(column, model, rows)));
    notes.extend(checks.unseen.iter().map(|column| unseen(column, rows)));
    notes
}

/// What may help against levels that creep, for a model that can have a moving baseline and has none.
fn advice(changes: &[Change], model: &Model) -> String {
    let is_sample = model.channels == model.dim();
    if model.baseline.is_some() || model.front_end.is_some() || !is_sample {
        return String::new();
    }
    let moved = changes.iter().filter(|change| change.is_large());
    let moved: Vec<String> = moved.map(|change| change.feature.clone()).collect();
    let of = match moved.is_empty() {
        true => String::new(),
        false => format!(" of {}", listed(&moved, 3)),
    };
    format!("; if the level{of} creeps and means nothing, train with --baseline EWMA:256")
}

/// A warning of rows with a context that training never saw.
fn unseen(column: &Unseen, rows: usize) -> String {
    let Unseen {
        feature,
        least,
        largest,
        value,
        rows: new,
    } = column;
    format!(
        "warning: column {feature}, which is context, has values in {new} of these {} that it never had in training, such as {value} (there \
         it was from {least} to {largest}): what is normal at these values the model does not know, so that the scores of such rows \
         mean nothing, nor does a threshold from them; leave them out, or train with rows at these values",
        counted(rows, "row")
    )
}

/// What is to be said of rows with a column that was constant.
fn woken(column: &Woken, model: &Model, rows: usize) -> String {
    if 2 * column.moved > rows {
        return format!(
            "warning: column {}, always {} in the rows that the model was trained on, has other values in {} of these {}: the model has \
             seen none like them, so that their scores mean nothing, nor does the threshold; train with rows in which the column moves, or \
             without it (--skip {})",
            column.feature,
            column.constant,
            column.moved,
            counted(rows, "row"),
            column.feature
        );
    }
    let without = match (column.threshold_without, model.threshold) {
        (Some(without), Some(threshold)) => format!(
            "; without these rows the threshold would be {}, not {}",
            rounded(without, 4),
            rounded(threshold.score, 4)
        ),
        _ => String::new(),
    };
    format!(
        "note: column {}, always {} in the rows that the model has kept, has other values in {} of these{without}; \
         train without the column, or with rows in which it moves",
        column.feature, column.constant, column.moved,
    )
}
