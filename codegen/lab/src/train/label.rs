//! Columns that are taken for features and look like labels.

use crate::table::Table;

/// What labels of anomalies are called.
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

/// A note on each feature that is called as labels are and is always 0 or 1; none where there are labels.
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
