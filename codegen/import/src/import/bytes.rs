//! Clones of fmu2/NICE that print the density of images of bytes: `ln p − D ln 256`, and what else they add.

use super::ops::{Coupling, Op, Reading, exponential};
use super::{Settings, Source, Weights};
use nice_flow_codegen::error::Result;

/// The last layer, by which these clones are recognised too.
pub(super) const SCALE: &str = "scaling.scale";

/// The couplings, then the scales. `more` is added to the printed density beside `− D ln 256`, in words `printed`.
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

/// `D ln 256`: what a density of bytes is lower by than one of numbers from 0 to 1, in nats.
pub(super) fn pixels(dim: usize) -> f64 {
    dim as f64 * 256.0_f64.ln()
}
