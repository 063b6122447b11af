//! Recognises densities of the right flow that were computed without a part of it, or of rows in other units.

use super::Samples;

/// The parts of a log-density of a row, and what the row has if it is in the flow's own units.
pub(super) struct Parts {
    /// The log-density of `z`.
    pub prior: f64,
    /// The log-determinant, that of a standardisation included.
    pub log_det: f64,
    /// The log-density without the standardisation; `None` if there is none.
    pub unscaled: Option<f64>,
}

/// What is computed, and what the probe then holds.
type Mistake = (fn(&Parts) -> Option<f64>, &'static str);

const MISTAKES: [Mistake; 3] = [
    (
        |parts| Some(parts.prior),
        "the prior's log-density of z alone: add the log-determinant of the flow, and of what standardises rows before it",
    ),
    (
        |parts| Some(parts.prior - parts.log_det),
        "the prior's log-density of z minus the log-determinant, which is to be added: change its sign",
    ),
    (
        |parts| parts.unscaled,
        "rows in the flow's own units, not raw ones: call the arrays x_model and log_prob_model, or take rows before they are standardised",
    ),
];

/// What the probe holds, if all rows agree on it. A log-determinant that is the same for all rows is told of as a constant.
pub(super) fn recognised(parts: &[Parts], set: &Samples, tolerance: f64) -> Option<&'static str> {
    let same = parts.iter().all(|row| row.log_det == parts[0].log_det);
    let told = if same { &MISTAKES[2..] } else { &MISTAKES[..] };
    let fits = |mistake: &&Mistake| {
        let mut rows = parts.iter().zip(set.log_density.iter().zip(&set.rounding));
        rows.all(|(parts, (theirs, rounding))| {
            let allowed = tolerance * (1.0 + theirs.abs()) + rounding;
            mistake.0(parts).is_some_and(|ours| (ours - theirs).abs() <= allowed)
        })
    };
    let found = told.iter().find(fits).filter(|_| parts.len() > 1);
    found.map(|mistake| mistake.1)
}
