//! Parses the number in a cell.

/// The number in a cell; NaN for an empty one.
pub(super) fn number(cell: &[u8]) -> Option<f64> {
    let cell = cell.trim_ascii();
    if cell.is_empty() {
        return Some(f64::NAN);
    }
    std::str::from_utf8(cell).ok()?.parse().ok()
}

/// The label that a number stands for: 0 is normal, 1 is anomalous.
pub(super) fn as_label(value: f64) -> Option<bool> {
    (value == 0.0 || value == 1.0).then_some(value == 1.0)
}
