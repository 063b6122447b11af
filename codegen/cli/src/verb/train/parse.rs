//! Values of the options of `train`.

use nice_flow_lab::train::FEWEST;

pub(super) fn share(text: &str) -> std::result::Result<f64, String> {
    let share = text
        .parse()
        .ok()
        .filter(|share| *share > 0.0 && *share < 1.0);
    share.ok_or_else(|| "expected a share between 0 and 1, such as 0.3".into())
}

/// The fewest rows are those that training accepts.
pub(super) fn rows(text: &str) -> std::result::Result<usize, String> {
    let rows = text.parse().ok().filter(|rows| *rows >= FEWEST);
    rows.ok_or_else(|| format!("expected {FEWEST} rows or more, such as 1048576"))
}
