//! Detects columns that look like labels but are used as features.

use crate::table::{Table, is_named_label};

/// More kinds of values are no labels.
const MOST: usize = 10;

/// A note on each feature that has such a name and few kinds of values, all whole; none if labels were given.
pub(super) fn notes(table: &Table) -> Vec<String> {
    let features = table.features.iter().enumerate();
    let suspects = features.filter(|(feature, name)| {
        let is_named = is_named_label(name);
        table.labels.is_none() && is_named && has_few_kinds(table, *feature)
    });
    suspects
        .map(|(_, name)| {
            format!("column {name} is taken for a feature; is it a label? --label {name}")
        })
        .collect()
}

fn has_few_kinds(table: &Table, feature: usize) -> bool {
    let mut kinds = vec![];
    table.iter().map(|row| row[feature]).all(|value| {
        if !kinds.contains(&value) {
            kinds.push(value);
        }
        value.fract() == 0.0 && kinds.len() <= MOST
    })
}
