//! Raw counts of an analog-to-digital converter as inputs, so that the firmware links no floating point.

use super::{Encoder, Module};
use crate::model::Baseline;
use crate::numeric::Weights;
use crate::{Error, Result};

/// The value of a count in raw units: `x = (count − zero) · unit`.
///
/// Each list repeats along the vector: a single number serves all inputs, one number per channel serves every sample of
/// a window.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    /// Raw units per count.
    pub unit: Vec<f64>,
    /// The count at which the raw value is zero.
    pub zero: Vec<f64>,
}

/// `u = (count · factor + offset) >> shift`, limited to ±`limit`: `nice_flow::fixed::Counts`.
#[derive(Clone, Debug, PartialEq)]
pub struct Counts {
    /// One for each input.
    pub factor: Vec<i32>,
    /// One for each input; includes half a unit of the last place, so that the shift rounds to nearest.
    pub offset: Vec<i64>,
    /// One for each input.
    pub shift: Vec<u8>,
    /// The largest magnitude of the encoded state.
    pub limit: i32,
}

impl std::str::FromStr for Scale {
    type Err = Error;

    /// Reads `unit=0.5,0.1;zero=2048,0`; a missing unit is 1, a missing zero is 0.
    fn from_str(text: &str) -> Result<Self> {
        let (mut unit, mut zero) = (vec![1.0], vec![0.0]);
        for part in text.split(';') {
            let place = match part.split_once('=') {
                Some(("unit", list)) => (&mut unit, list),
                Some(("zero", list)) => (&mut zero, list),
                _ => return Err(Error::input(text, "expected unit=…;zero=…")),
            };
            let number = |word: &str| -> Result<f64> {
                let number = word.trim().parse().ok().filter(|x: &f64| x.is_finite());
                number.ok_or_else(|| {
                    Error::input(text, format!("expected a finite number, found `{word}`"))
                })
            };
            *place.0 = place.1.split(',').map(number).collect::<Result<_>>()?;
        }
        Ok(Self { unit, zero })
    }
}

/// Factors stay below 2³⁰: the product with a count of 32 bits then leaves room for the offset in 64 bits.
const FACTOR_BITS: i32 = 30;

/// The largest rounding error of counts that is accepted, as a share of the standard deviation of the normal values
/// (root mean square).
///
/// A step of 0.43 standard deviations causes it if rounding errors are uniform; values that are counts by nature have
/// no error.
const COARSEST: f64 = 0.125;

impl Scale {
    /// Of a front end's outputs, Q16.
    pub fn front_end() -> Self {
        Self {
            unit: vec![1.0 / 65_536.0],
            zero: vec![0.0],
        }
    }

    /// The scale of what a model scores: above a moving baseline that is a difference of counts, whose zero cancels.
    pub fn above(&self, baseline: Option<Baseline>) -> Self {
        let zero = match baseline {
            None => self.zero.clone(),
            Some(_) => vec![0.0],
        };
        Self {
            zero,
            unit: self.unit.clone(),
        }
    }

    /// The counts of values in raw units, `dim` per row, rounded to the nearest `i32`.
    pub fn counts<'a>(&'a self, values: &'a [f64], dim: usize) -> impl Iterator<Item = f64> + 'a {
        let channels = self.channels().take(dim).collect::<Vec<_>>();
        let row = move |row: &'a [f64]| -> Vec<f64> {
            let pairs = row.iter().zip(&channels);
            pairs.map(|(x, channel)| channel.count(*x)).collect()
        };
        values.chunks_exact(dim.max(1)).flat_map(row)
    }

    /// The scale of each input in turn, repeated without end; nothing if a list is empty.
    fn channels(&self) -> impl Iterator<Item = Channel> {
        let pairs = self.unit.iter().cycle().zip(self.zero.iter().cycle());
        pairs.map(|(&unit, &zero)| Channel { unit, zero })
    }
}

/// The scale of one input.
#[derive(Clone, Copy)]
struct Channel {
    unit: f64,
    zero: f64,
}

impl Channel {
    /// The nearest count in the range of `i32`.
    fn count(self, x: f64) -> f64 {
        libm::round(x / self.unit + self.zero).clamp(i32::MIN.into(), i32::MAX.into())
    }

    /// An error unless counts give these values back with an error of at most [`COARSEST`] times `deviation`.
    fn expect_told_apart(
        self,
        values: impl Iterator<Item = f64> + Clone,
        deviation: f64,
    ) -> std::result::Result<(), String> {
        let Self { unit, zero } = self;
        if !unit.is_normal() {
            return Err(format!("expected a unit other than 0, found {unit:?}"));
        }
        let error = |x: f64| x - (self.count(x) - zero) * unit;
        let squares: f64 = values.clone().map(|x| error(x) * error(x)).sum();
        let found = (squares / values.clone().count().max(1) as f64).sqrt();
        let expected = COARSEST * deviation;
        if found <= expected {
            return Ok(());
        }
        let least = values.clone().fold(f64::INFINITY, f64::min);
        let largest = values.fold(f64::NEG_INFINITY, f64::max);
        let [least, largest, expected, found] = [least, largest, expected, found].map(|x| x as f32);
        Err(format!(
            "expected counts of 32 bits that give its normal values, {least:?} to {largest:?}, back to within {expected:?} (an eighth of their deviation), found unit {unit:?} and zero {zero:?}, which miss them by {found:?}"
        ))
    }
}

/// The error for `--counts` with a number type that cannot take counts.
pub fn no_counts(numeric: &str) -> Error {
    let integers = Weights::names(" or ");
    let message = format!("expected --numeric {integers}, found {numeric}");
    Error::input("--counts", message)
}

impl Module {
    /// The module that takes counts of the channels `features`; `rows` are normal rows in raw units.
    pub fn taking_counts(self, scale: &Scale, features: &[String], rows: &[f64]) -> Result<Self> {
        let Encoder::Standardise(encoder) = &self.encoder else {
            return Ok(self);
        };
        let mut counts = Counts {
            factor: vec![],
            offset: vec![],
            shift: vec![],
            limit: encoder.limit,
        };
        for list in [&scale.unit, &scale.zero] {
            if list.is_empty() || !self.dim.is_multiple_of(list.len()) {
                let (dim, found) = (self.dim, list.len());
                let message = format!("expected numbers that go into {dim} inputs, found {found}");
                return Err(Error::input("--counts", message));
            }
        }
        let deviations = libm::ldexp(1.0, self.fraction as i32);
        let inputs = encoder.mean.iter().zip(&encoder.factor);
        let channels = inputs.zip(scale.channels()).zip(features);
        for (index, (((mean, factor), channel), name)) in channels.enumerate() {
            let (mean, factor) = (f64::from(*mean), f64::from(*factor));
            let values = rows.iter().skip(index).step_by(self.dim).copied();
            channel
                .expect_told_apart(values.filter(|x| x.is_finite()), deviations / factor)
                .and_then(|()| {
                    counts.push(channel.unit * factor, channel.zero + mean / channel.unit)
                })
                .map_err(|message| Error::input(format!("--counts: {name}"), message))?;
        }
        Ok(Self {
            encoder: Encoder::Counts(counts),
            ..self
        })
    }
}

impl Counts {
    /// Adds an input whose state changes by `steps` per count and is zero at the count `center`.
    fn push(&mut self, steps: f64, center: f64) -> std::result::Result<(), String> {
        if !steps.is_normal() || steps.abs() >= libm::ldexp(1.0, FACTOR_BITS) {
            return Err(format!(
                "expected a unit that makes a count up to 2³⁰ steps of the state, found {steps}"
            ));
        }
        // The largest shift with a factor below 2³⁰ for which the offset fits 62 bits.
        let offset = |shift: i32| -steps * center * libm::ldexp(1.0, shift);
        let widest = FACTOR_BITS - libm::frexp(steps).1;
        let shift = (0..=widest.min(62))
            .rev()
            .find(|shift| offset(*shift).abs() < libm::ldexp(1.0, 61));
        let shift = shift.ok_or_else(|| {
            format!("expected a zero within reach, found the mean at count {center}")
        })?;
        let half = if shift > 0 { 1 << (shift - 1) } else { 0 };
        self.factor
            .push((steps * libm::ldexp(1.0, shift)).round() as i32);
        self.offset.push(offset(shift).round() as i64 + half);
        self.shift.push(shift as u8);
        Ok(())
    }
}
