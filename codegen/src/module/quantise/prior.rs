//! Priors: where the scales of the flow end up.

use super::power::{exp2, floor_log2, round};
use crate::flow::ir;
use crate::flow::ir::{Diagonal, DiagonalNormal};
use std::f64::consts::TAU;

/// The density of the last state `u`, by `z = (u · factor >> shift) + offset`.
#[derive(Clone, Debug, PartialEq)]
pub struct Prior {
    /// Fractional bits of the factors.
    pub shift: u8,
    /// The density of `z`.
    pub kind: Kind,
    /// One; several of a mixture.
    pub components: Vec<Component>,
}

/// The density of `z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Independent standard normals, mixed if there are several components.
    Normal,
    /// Independent standard logistics.
    Logistic,
}

/// From the state to standard units, and what does not depend on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Component {
    /// Of each element.
    pub factor: Vec<i32>,
    /// Of each element, in units of the state's fraction.
    pub offset: Vec<i32>,
    /// The log-density of `z = 0` in raw units, in the same units of a nat.
    pub constant: i32,
}

/// The longest state whose squares, of up to 2⁵⁴, fit a sum of 64 bits.
const MOST_SQUARES: usize = 512;

/// The same in `f64`.
struct Standard {
    factor: Vec<f64>,
    offset: Vec<f64>,
    constant: f64,
}

/// The prior behind `exit`, with the log-determinants of both ends.
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
    // Products of 2³¹ and 2³⁰ leave room for the rounding in 64 bits.
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
    /// `(S u + T − mean) · precision`.
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

/// The nearest integer, of at most 31 bits.
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
