//! Proof that no state wraps, whatever the input.

use super::Format;
use std::ops::Range;

/// How far each element of the state can be from zero.
pub(super) struct Bounds {
    of: Vec<i64>,
    /// Where triangular layers clamp, if they do.
    limit: Option<i64>,
}

/// What must be left of an `i32`.
const MARGIN: i64 = 1 << 24;

/// Where a flow that scales its state clamps it.
const LIMIT: i64 = 1 << 28;

/// What elements must stay below before they are scaled.
const FACTOR: i64 = 1 << 30;

impl Bounds {
    /// The bounds behind the encoder.
    pub fn new(dim: usize, format: Format) -> Self {
        Self {
            of: vec![i64::from(format.range) << format.fraction; dim],
            limit: format.scales.then_some(LIMIT),
        }
    }

    pub fn permute(&mut self, order: &[usize]) {
        self.of = order.iter().map(|&from| self.of[from]).collect();
    }

    /// Adds the bounds of a shift to the elements from `first` on.
    pub fn shift(&mut self, first: usize, by: &[i64]) -> Result<(), String> {
        let changed = self.of.iter_mut().skip(first);
        changed.zip(by).for_each(|(bound, by)| *bound += by);
        self.check()
    }

    /// Scales and clamps the elements from `first` on; shifts are bounded by `before` it and `after` it.
    pub fn scale(&mut self, first: usize, before: &[i64], after: &[i64]) -> Result<(), String> {
        let changed = self.of.iter_mut().skip(first);
        for ((bound, before), after) in changed.zip(before).zip(after) {
            let reach = *bound + before;
            if reach >= FACTOR {
                return Err(format!(
                    "an element that is scaled could reach {reach}, expected less than 2³⁰"
                ));
            }
            *bound = LIMIT + after;
        }
        self.check()
    }

    /// Adds the bound of the lifting step `Σ coefficient · element >> shift` over `others` to element `i`.
    pub fn lift(
        &mut self,
        i: usize,
        others: Range<usize>,
        coefficients: &[i32],
        shift: u32,
    ) -> Result<(), String> {
        let reach = |(c, bound): (&i32, &i64)| i128::from(c.unsigned_abs()) * i128::from(*bound);
        let sum: i128 = coefficients.iter().zip(&self.of[others]).map(reach).sum();
        if sum >= 1 << 62 {
            return Err(
                "a row of the triangle can overflow 64 bits: its matrix is ill-conditioned".into(),
            );
        }
        // As the board rounds, halves up: what the farthest inputs give, to the step.
        self.of[i] += ((sum + (1 << (shift - 1))) >> shift) as i64;
        self.of[i] = self.limit.map_or(self.of[i], |limit| self.of[i].min(limit));
        self.check()
    }

    fn check(&self) -> Result<(), String> {
        match self.of.iter().max() {
            Some(&far) if far >= (1 << 31) - MARGIN => Err(format!(
                "the state could reach {far}, expected less than 2³¹ − 2²⁴: this layer or one before it is ill-conditioned"
            )),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
