//! Words for normal rows and for anomalies, and the names of columns of them.

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

/// Whether a column has the name of a label.
pub(crate) fn is_named_label(name: &str) -> bool {
    NAMES.contains(&name.to_lowercase().as_str())
}

/// Plain words for normal rows and for anomalies, in lower case.
pub(super) const NORMAL: [&str; 11] = [
    "0", "normal", "false", "no", "ok", "good", "healthy", "benign", "nominal", "inlier", "pass",
];
pub(super) const ANOMALOUS: [&str; 17] = [
    "1",
    "anomaly",
    "anomalous",
    "abnormal",
    "true",
    "yes",
    "fault",
    "faulty",
    "bad",
    "attack",
    "outlier",
    "broken",
    "fail",
    "failed",
    "failure",
    "error",
    "nok",
];

/// Whether a label has a plain meaning.
pub(in crate::table) fn is_plain(cell: &[u8]) -> bool {
    let label = plain(&String::from_utf8_lossy(cell));
    NORMAL.contains(&label.as_str()) || ANOMALOUS.contains(&label.as_str())
}

/// What is wrong with a row without a label.
pub(in crate::table) const NO_LABEL: &str =
    "expected a label in every row, found an empty cell; fill it in, or leave the row out";

/// Whether a cell is no label.
pub(in crate::table) fn is_hole(cell: &[u8]) -> bool {
    matches!(cell.trim_ascii(), b"" | b"nan" | b"NaN" | b"NAN")
}

/// Columns of which 1 may mean normal.
pub(super) const INVERTED: [&str; 10] = [
    "normal",
    "isnormal",
    "healthy",
    "ishealthy",
    "ok",
    "isok",
    "good",
    "isgood",
    "inlier",
    "isinlier",
];

/// A label in lower case; numbers without decimals that are zero.
pub(super) fn plain(text: &str) -> String {
    let text = text.trim().to_lowercase();
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => number.to_string(),
        _ => text,
    }
}
