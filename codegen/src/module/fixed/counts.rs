//! Raw counts of a converter as inputs, so that a board links no floating point.

use super::{Encoder, Module};
use crate::{Error, Result};

/// What a count is in raw units: `x = (count − zero) · unit`.
///
/// The lists repeat along the vector: one number serves all inputs, one for each channel serves a window of samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    /// Raw units of one count.
    pub unit: Vec<f64>,
    /// The count of a raw zero.
    pub zero: Vec<f64>,
}

/// `u = (count · factor + offset) >> shift`, limited: `nice_flow::fixed::Counts`.
#[derive(Clone, Debug, PartialEq)]
pub struct Counts {
    /// Of each input.
    pub factor: Vec<i32>,
    /// Of each input; what rounds the shift included.
    pub offset: Vec<i64>,
    /// Of each input.
    pub shift: Vec<u8>,
    /// The largest state that an input can give.
    pub limit: i32,
}

impl std::str::FromStr for Scale {
    type Err = Error;

    /// Reads `unit=0.5,0.1;zero=2048,0`; what is left out is 1 and 0.
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

/// The largest exponent of a factor: counts of 32 bits times 2³⁰ leave room for the offset.
const FACTOR_BITS: i32 = 30;

impl Module {
    /// The module that takes counts.
    pub fn taking_counts(self, scale: &Scale) -> Result<Self> {
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
        let lists = scale.unit.iter().cycle().zip(scale.zero.iter().cycle());
        let inputs = encoder.mean.iter().zip(&encoder.factor).zip(lists);
        for (index, ((mean, factor), (unit, zero))) in inputs.enumerate() {
            let steps = unit * f64::from(*factor);
            counts
                .push(steps, zero + f64::from(*mean) / unit)
                .map_err(|message| Error::input(format!("--counts: input {index}"), message))?;
        }
        Ok(Self {
            encoder: Encoder::Counts(counts),
            ..self
        })
    }
}

impl Counts {
    /// One more input: `steps` of the state a count, none at `center`.
    fn push(&mut self, steps: f64, center: f64) -> std::result::Result<(), String> {
        if !steps.is_normal() || steps.abs() >= libm::ldexp(1.0, FACTOR_BITS) {
            return Err(format!(
                "expected a unit that makes a count up to 2³⁰ steps of the state, found {steps}"
            ));
        }
        // As many bits as the factor holds, fewer where the offset would not fit 62.
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
