//! Rounds numbers of a model to those of a module.

use crate::text::short;

/// Rounds to `f32`; an error if a value overflows.
pub(super) fn narrow(what: &str, values: &[f64]) -> std::result::Result<Vec<f32>, String> {
    let narrow = |value: &f64| Some(*value as f32).filter(|narrow| narrow.is_finite());
    values
        .iter()
        .map(|value| {
            narrow(value).ok_or_else(|| {
                let found = short(*value);
                format!("expected a {what} within the range of f32, found {found}")
            })
        })
        .collect()
}
