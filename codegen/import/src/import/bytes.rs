//! Clones of fmu2/NICE that print the density of pixel values from 0 to 255, `ln p − D ln 256`, plus constants of their
//! own.

use super::ops::{Coupling, Op, Reading, exponential};
use super::{Settings, Source, Weights};
use nice_flow_codegen::error::Result;

/// The scales of the last layer; their name is part of these clones' fingerprint.
pub(super) const SCALE: &str = "scaling.scale";

/// The couplings, then the scales. The code adds `more − D ln 256` to the density that it prints; `printed` is this
/// formula in words.
pub(super) fn read(
    weights: &Weights,
    settings: &mut Settings,
    coupling: impl Iterator<Item = Coupling>,
    (more, printed): (f64, &str),
) -> Result<Reading> {
    let dim = weights.even_width(SCALE)?;
    let prior = settings.prior(Source::Unknown)?;
    let mut ops: Vec<Op> = coupling.map(Op::Coupling).collect();
    ops.push(exponential(SCALE));
    let log_prob_constant = settings.log_prob(more - pixels(dim), printed)?;
    Ok(Reading {
        log_prob_constant,
        ..Reading::new(dim, ops, prior)
    })
}

/// `D ln 256` in nats: how much lower the log-density of values from 0 to 255 is than that of values from 0 to 1.
pub(super) fn pixels(dim: usize) -> f64 {
    dim as f64 * 256.0_f64.ln()
}
