//! Priors, which take up all scales of the flow.

use super::power::{exp2, floor_log2, round};
use crate::flow::ir;
use crate::flow::ir::{Diagonal, DiagonalNormal};
use std::f64::consts::TAU;

/// The log-density of the latent state `u`, with `z = (u · factor >> shift) + offset`.
#[derive(Clone, Debug, PartialEq)]
pub struct Prior {
    /// Fractional bits of the factors.
    pub shift: u8,
    /// The density of `z`.
    pub kind: Kind,
    /// One component, or several for a mixture.
    pub components: Vec<Component>,
}

/// The density of `z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Independent standard normals; a mixture of such if there are several components.
    Normal,
    /// Independent standard logistics.
    Logistic,
}

/// The transformation of the state to standard units, and the part of the log-density that does not depend on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Component {
    /// The factor of each element.
    pub factor: Vec<i32>,
    /// The offset of each element, in units of 2^−fraction like the state.
    pub offset: Vec<i32>,
    /// The log-density in raw units at `z = 0`, in nats times 2^fraction.
    pub constant: i32,
}

/// The longest state for which the sum of squares, of up to 2⁵⁴ each, fits 64 bits.
const MOST_SQUARES: usize = 512;

/// A component in `f64`.
struct Standard {
    factor: Vec<f64>,
    offset: Vec<f64>,
    constant: f64,
}

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
    let standard = standards(prior, exit, log_det);
    let factors = standard.iter().flat_map(|one| &one.factor);
    let largest = factors.fold(0.0, |largest: f64, factor| largest.max(factor.abs()));
    if !(largest.is_normal() && floor_log2(largest) < 29) {
        return Err(format!("expected factors below 2²⁹, found {largest}"));
    }
    // A state below 2³¹ times a factor below 2³⁰ leaves room in 64 bits for rounding.
    let shift = floor_log2(exp2(30) / largest).min(62);
    let kind = match prior {
        ir::Prior::Logistic => Kind::Logistic,
        _ => Kind::Normal,
    };
    let components = standard.iter().map(|one| one.quantise(shift, fraction));
    Ok(Prior {
        shift: shift as u8,
        kind,
        components: components.collect::<Result<_, _>>()?,
    })
}

fn standards(prior: &ir::Prior, exit: &Diagonal, log_det: f64) -> Vec<Standard> {
    let dim = exit.factor.len();
    let half_tau = 0.5 * libm::log(TAU);
    let whole = DiagonalNormal {
        mean: vec![0.0; dim],
        precision: vec![1.0; dim],
    };
    let normal = |one: &DiagonalNormal, log_weight: f64| {
        let constant = log_weight + logs(&one.precision) - dim as f64 * half_tau + log_det;
        Standard::new(exit, one, constant)
    };
    match prior {
        ir::Prior::Normal => vec![normal(&whole, 0.0)],
        ir::Prior::DiagonalNormal(one) => vec![normal(one, 0.0)],
        ir::Prior::Logistic => vec![Standard::new(exit, &whole, log_det)],
        ir::Prior::Mixture {
            log_weights,
            components,
        } => components
            .iter()
            .zip(log_weights)
            .map(|(one, weight)| normal(one, *weight))
            .collect(),
    }
}

fn log_det(diagonal: &Diagonal) -> f64 {
    logs(&diagonal.factor)
}

/// `Σ ln |value|`.
fn logs(values: &[f64]) -> f64 {
    values.iter().map(|value| libm::log(value.abs())).sum()
}

impl Standard {
    /// The component in which `z = (S u + T − mean) · precision`, with `S` and `T` from `exit`.
    fn new(exit: &Diagonal, normal: &DiagonalNormal, constant: f64) -> Self {
        let factor = exit
            .factor
            .iter()
            .zip(&normal.precision)
            .map(|(s, p)| s * p);
        let shift = exit.center.iter().zip(&exit.factor).map(|(c, s)| -c * s);
        let apart = shift.zip(&normal.mean).map(|(t, mean)| t - mean);
        Self {
            factor: factor.collect(),
            offset: apart.zip(&normal.precision).map(|(t, p)| t * p).collect(),
            constant,
        }
    }

    fn quantise(&self, shift: i32, fraction: u32) -> Result<Component, String> {
        let one = exp2(fraction as i32);
        let round_all = |what, values: &[f64], unit: f64| -> Result<Vec<i32>, String> {
            values
                .iter()
                .map(|value| integer(what, value * unit))
                .collect()
        };
        Ok(Component {
            factor: round_all("factor", &self.factor, exp2(shift))?,
            offset: round_all("offset", &self.offset, one)?,
            constant: integer("constant", self.constant * one)?,
        })
    }
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
