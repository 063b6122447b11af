//! Priors, which take up all scales of the flow.

mod mixture;

pub use mixture::{Component, Mixture};

use super::power::{exp2, floor_log2, round};
use crate::flow::ir;
use crate::flow::ir::{Diagonal, DiagonalNormal};
use std::f64::consts::TAU;

/// The log-density of the latent state `u`.
#[derive(Clone, Debug, PartialEq)]
pub enum Prior {
    /// Independent normals.
    Normal(Standard),
    /// Independent logistics.
    Logistic(Standard),
    /// Several normals.
    Mixture(Mixture),
}

/// The transformation of the state to standard units, `z = (u · factor >> shift) + offset`, and the part of the log-density
/// that does not depend on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Standard {
    /// The factor of each element.
    pub factor: Vec<i32>,
    /// The offset of each element, in units of 2^−fraction like the state.
    pub offset: Vec<i32>,
    /// Fractional bits of the factors.
    pub shift: u8,
    /// The log-density in raw units at `z = 0`, in nats times 2^fraction.
    pub constant: i32,
}

/// The longest state for which the sum of squares, of up to 2⁵⁴ each, fits 64 bits.
const MOST_SQUARES: usize = 512;

/// The prior behind the diagonal layer `exit`; its constants include the log-determinants of `entry` and `exit`.
pub(super) fn quantise(
    prior: &ir::Prior,
    entry: &Diagonal,
    exit: &Diagonal,
    fraction: u32,
) -> Result<Prior, String> {
    let log_det = log_det(entry) + log_det(exit);
    let dim = exit.factor.len();
    if dim > MOST_SQUARES {
        return Err(format!(
            "expected at most {MOST_SQUARES} inputs, found {dim}"
        ));
    }
    // Of a context the two log-determinants cancel, since no layer between them changes it.
    let context = prior.context();
    let scored = dim - context.len();
    let whole = DiagonalNormal::standard(scored);
    let normal = |one: &DiagonalNormal| {
        let constant = logs(&one.precision) - half_log_tau(scored) + log_det;
        standard(exit, &beside(one, context, exit), constant, fraction).map(Prior::Normal)
    };
    match prior.scored() {
        ir::Prior::Normal => normal(&whole),
        ir::Prior::DiagonalNormal(one) => normal(one),
        ir::Prior::Logistic => standard(exit, &whole, log_det, fraction).map(Prior::Logistic),
        ir::Prior::Mixture { components, .. } if components.len() == 1 => normal(&components[0]),
        ir::Prior::Mixture {
            log_weights,
            components,
        } => {
            let components: Vec<_> = components
                .iter()
                .map(|one| beside(one, context, exit))
                .collect();
            Mixture::quantise(exit, log_weights, &components, log_det, fraction).map(Prior::Mixture)
        }
        ir::Prior::StudentT(_) | ir::Prior::FullMixture { .. } | ir::Prior::Given { .. } => {
            Err(unlike(prior.scored()))
        }
    }
}

/// An error if integers do not have the prior.
pub(super) fn expect_integers(prior: &ir::Prior) -> Result<(), String> {
    match prior.scored() {
        ir::Prior::Normal
        | ir::Prior::DiagonalNormal(_)
        | ir::Prior::Logistic
        | ir::Prior::Mixture { .. } => Ok(()),
        other => Err(unlike(other)),
    }
}

/// What is said of a prior that integers do not have.
fn unlike(prior: &ir::Prior) -> String {
    let kind = prior.kind();
    format!(
        "expected a normal or logistic prior, or a mixture of diagonal normals, found a {kind}, which only f32 takes: --numeric f32"
    )
}

/// The normals with a precision of zero in the context, and a mean where its state is zero.
fn beside(one: &DiagonalNormal, context: &[usize], exit: &Diagonal) -> DiagonalNormal {
    let mut whole = one.beside(context);
    for &place in context {
        whole.mean[place] = -exit.center[place] * exit.factor[place];
    }
    whole
}

/// `½ D ln 2π`.
fn half_log_tau(dim: usize) -> f64 {
    dim as f64 * (0.5 * libm::log(TAU))
}

fn log_det(diagonal: &Diagonal) -> f64 {
    logs(&diagonal.factor)
}

/// `Σ ln |value|`.
fn logs(values: &[f64]) -> f64 {
    values.iter().map(|value| libm::log(value.abs())).sum()
}

/// The constants by which `z = (S u + T − mean) · precision`, with `S` and `T` from `exit`.
fn standard(
    exit: &Diagonal,
    normal: &DiagonalNormal,
    constant: f64,
    fraction: u32,
) -> Result<Standard, String> {
    let pairs = exit.factor.iter().zip(&normal.precision);
    let factor: Vec<f64> = pairs.map(|(s, p)| s * p).collect();
    let shift = exit.center.iter().zip(&exit.factor).map(|(c, s)| -c * s);
    let apart = shift.zip(&normal.mean).map(|(t, mean)| t - mean);
    let offset: Vec<f64> = apart.zip(&normal.precision).map(|(t, p)| t * p).collect();

    let sizes = factor.iter().map(|factor| factor.abs());
    let largest = sizes.fold(0.0, f64::max);
    if !(largest.is_normal() && floor_log2(largest) < 29) {
        return Err(format!("expected factors below 2²⁹, found {largest}"));
    }
    // A state below 2³¹ times a factor below 2³⁰ leaves room in 64 bits for rounding.
    let shift = floor_log2(exp2(30) / largest).min(62);
    let one = exp2(fraction as i32);
    let integers = |what, values: &[f64], unit: f64| -> Result<Vec<i32>, String> {
        let scaled = values.iter().map(|value| value * unit);
        scaled.map(|value| integer(what, value)).collect()
    };
    Ok(Standard {
        factor: integers("factor", &factor, exp2(shift))?,
        offset: integers("offset", &offset, one)?,
        shift: shift as u8,
        constant: integer("constant", constant * one)?,
    })
}

/// The nearest integer; an error if its magnitude exceeds 2³⁰.
fn integer(what: &str, value: f64) -> Result<i32, String> {
    let nearest = round(value);
    if nearest.abs() <= exp2(30) {
        Ok(nearest as i32)
    } else {
        Err(format!(
            "expected a {what} of at most 2³⁰ steps, found {value}"
        ))
    }
}

#[cfg(test)]
mod tests;
