//! Detects columns that look like labels but are used as features.

use crate::table::Table;

/// Common names of label columns.
const NAMES: [&str; 12] = [
    "y",
    "label",
    "labels",
    "class",
    "target",
    "anomaly",
    "anomalous",
    "is_anomaly",
    "outlier",
    "is_outlier",
    "fault",
    "attack",
];

/// A note on each feature that has such a name and only the values 0 and 1; none if labels were given.
pub(super) fn notes(table: &Table) -> Vec<String> {
    let features = table.features.iter().enumerate();
    let suspects = features.filter(|(feature, name)| {
        let is_named = NAMES.contains(&name.to_lowercase().as_str());
        table.labels.is_none()
            && is_named
            && table.iter().all(|row| [0.0, 1.0].contains(&row[*feature]))
    });
    suspects
        .map(|(_, name)| {
            format!("column {name} is taken for a feature; is it a label? --label {name}")
        })
        .collect()
}
