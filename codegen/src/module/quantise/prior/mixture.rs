//! Mixtures in 16 bits.
//!
//! Each element of the state gets steps of its own, a power of two, so coarse that 2¹⁵ of them reach 32 deviations beyond
//! the mean of every component. Farther out the state is clamped: a score there is at least 512 nats. All components share
//! these steps and one shift of the products, so that a board brings the state to 16 bits once.

use super::{half_log_tau, integer};
use crate::flow::ir::{Diagonal, DiagonalNormal};
use crate::module::quantise::power::{ceil_log2, exp2, floor_log2, round};

/// `nice_flow::fixed::Mixture`.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture {
    /// How many bits are shifted off each element of the state.
    pub coarse: Vec<u8>,
    /// How many bits are shifted off the products.
    pub shift: u8,
    /// The components.
    pub components: Vec<Component>,
}

/// `nice_flow::fixed::Component`.
#[derive(Clone, Debug, PartialEq)]
pub struct Component {
    /// The mean of each element, in steps of the coarse state.
    pub mean: Vec<i16>,
    /// The factor of each element.
    pub factor: Vec<i16>,
    /// The log-density in raw units at the mean, in nats times 2^fraction, with the weight.
    pub constant: i32,
}

/// The largest mean and factor.
const LIMIT: f64 = 32_767.0;
/// Fractional bits of deviations.
const Z_FRACTION: i32 = 8;
/// Deviations that the coarse state reaches.
pub(super) const REACH: f64 = 32.0;
/// The most bits shifted off a state, which leave it 16.
const MOST_COARSE: i32 = 16;
/// The most bits shifted off a product: half of their unit does not lead it out of 32 bits.
const MOST_SHIFT: i32 = 17;

/// A component in units of the state: bits of `u`.
struct Exact {
    mean: Vec<f64>,
    precision: Vec<f64>,
}

impl Mixture {
    /// The mixture behind the diagonal layer `exit`; `log_det` is that of the whole flow.
    pub(super) fn quantise(
        exit: &Diagonal,
        log_weights: &[f64],
        components: &[DiagonalNormal],
        log_det: f64,
        fraction: u32,
    ) -> Result<Self, String> {
        let one = exp2(fraction as i32);
        let exact = components
            .iter()
            .map(|normal| Exact::new(exit, normal, one));
        let exact: Vec<Exact> = exact.collect();
        let dim = exit.factor.len();
        let coarse: Vec<i32> = (0..dim).map(|i| coarse(&exact, i)).collect();
        let shift = shift(&exact, &coarse)?;
        // A context has a precision of zero, and no part in the density.
        let is_scored = |i: &usize| components.iter().any(|normal| normal.precision[*i] != 0.0);
        let scored: Vec<usize> = (0..dim).filter(is_scored).collect();
        let per_bit = scored
            .iter()
            .map(|&i| libm::log(exit.factor[i].abs() / one));
        let per_bit: f64 = per_bit.sum();
        let components = exact.iter().zip(log_weights).map(|(exact, weight)| {
            let (mean, factor) = exact.integers(&coarse, shift)?;
            // Of the precisions that the factors stand for, so that the density is that of the integers.
            let precision = logs(&factor, &coarse, shift, &scored) - per_bit;
            let nats = weight + precision - half_log_tau(scored.len()) + log_det;
            Ok(Component {
                mean,
                factor,
                constant: integer("constant", nats * one)?,
            })
        });
        Ok(Self {
            shift: shift as u8,
            components: components.collect::<Result<_, String>>()?,
            coarse: coarse.into_iter().map(|bits| bits as u8).collect(),
        })
    }
}

/// Bits that are shifted off element `i`.
fn coarse(components: &[Exact], i: usize) -> i32 {
    let reaches = components
        .iter()
        .map(|one| one.mean[i].abs() + REACH / one.precision[i]);
    let reach = reaches.fold(1.0, f64::max).min(exp2(31));
    ceil_log2(reach / LIMIT).clamp(0, MOST_COARSE)
}

/// Bits that are shifted off the products, so that the largest factor fits.
fn shift(components: &[Exact], coarse: &[i32]) -> Result<i32, String> {
    let factors = components.iter().flat_map(|one| one.factors(coarse));
    let largest = factors.fold(0.0, f64::max);
    let shift = floor_log2(LIMIT / largest).min(MOST_SHIFT);
    match largest.is_normal() && shift >= 1 {
        true => Ok(shift),
        false => Err(
            "expected components whose deviations differ by at most 2¹⁴ to 1 in each element, found more; \
             use f32, or leave the narrow ones out"
                .into(),
        ),
    }
}

impl Exact {
    fn new(exit: &Diagonal, normal: &DiagonalNormal, one: f64) -> Self {
        let scales = exit.factor.iter().zip(&exit.center);
        let mean = scales.zip(&normal.mean);
        let precision = exit.factor.iter().zip(&normal.precision);
        Self {
            mean: mean.map(|((s, c), m)| (m / s + c) * one).collect(),
            precision: precision.map(|(s, p)| p * s.abs() / one).collect(),
        }
    }

    /// The factors before the products' shift.
    fn factors(&self, coarse: &[i32]) -> impl Iterator<Item = f64> {
        let pairs = self.precision.iter().zip(coarse);
        pairs.map(|(precision, bits)| precision * exp2(bits + Z_FRACTION))
    }

    fn integers(&self, coarse: &[i32], shift: i32) -> Result<(Vec<i16>, Vec<i16>), String> {
        let mean = self.mean.iter().zip(coarse).map(|(mean, bits)| {
            // A step of the state reaches from its number to the next: its middle is half a step above.
            let middle = if *bits == 0 { 0.0 } else { 0.5 };
            half("mean", mean / exp2(*bits) - middle)
        });
        let factors = self.factors(coarse);
        let factor = factors.map(|factor| half("factor", factor * exp2(shift)));
        Ok((
            mean.collect::<Result<_, _>>()?,
            factor.collect::<Result<_, _>>()?,
        ))
    }
}

/// `Σ ln` of the deviations per bit that the factors of the scored elements stand for.
fn logs(factor: &[i16], coarse: &[i32], shift: i32, scored: &[usize]) -> f64 {
    let pairs = scored.iter().map(|&i| (factor[i], coarse[i]));
    pairs
        .map(|(factor, bits)| libm::log(f64::from(factor) / exp2(bits + Z_FRACTION + shift)))
        .sum()
}

/// The nearest integer of 16 bits.
fn half(what: &str, value: f64) -> Result<i16, String> {
    let nearest = round(value);
    match nearest.abs() <= LIMIT {
        true => Ok(nearest as i16),
        false => Err(format!(
            "expected a {what} of at most {LIMIT} steps, found {value}"
        )),
    }
}
