//! Scale maps as tables of logarithms to the base 2.

use super::power::{exp2, floor_log2, round};
use super::samples::quantile;
use crate::flow::ir::{Activation, ScaleMap};
use std::f64::consts::LN_2;

/// `ρ(r)` by straight lines between knots, constant beyond the first and the last.
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    /// Where the first and the last knot are.
    pub range: [i32; 2],
    /// Knots in a unit of `r`, as a power of two.
    pub density: u8,
    /// Fractional bits of the knots.
    pub fraction: u8,
    /// The knots.
    pub knots: Vec<i16>,
}

/// `r ↦ ρ`, with `2^ρ` the scale, or one over it if the coupling runs backwards.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rho {
    pub map: ScaleMap,
    /// What the scale network ends with.
    pub last: Option<Activation>,
    pub backwards: bool,
}

/// The largest error of a table in nats; it changes the model a little, not the consistency of scale and log-determinant.
const TOLERANCE: f64 = 1e-4;

/// A table this far off, as at a sharp bend, is refused.
const LARGEST_ERROR: f64 = 2e-3;

impl Rho {
    pub fn eval(&self, r: f64) -> f64 {
        let r = self.last.map_or(r, |last| last.eval(r));
        self.sign() * self.map.eval(r).1 / LN_2
    }

    fn sign(&self) -> f64 {
        if self.backwards { -1.0 } else { 1.0 }
    }

    /// `ρ / r`, if that is a constant: no table is needed then.
    pub fn slope(&self) -> Option<f64> {
        match (&self.map, self.last) {
            (ScaleMap::Exp, None) => Some(self.sign() / LN_2),
            (ScaleMap::Reciprocal { of }, None) if **of == ScaleMap::Exp => {
                Some(-self.sign() / LN_2)
            }
            _ => None,
        }
    }

    /// Whether it is flat beyond ±16.
    fn is_bounded(&self) -> bool {
        let map = match &self.map {
            ScaleMap::Reciprocal { of } => of,
            map => map,
        };
        let flat = matches!(map, ScaleMap::ExpTanh { .. } | ScaleMap::ExpAtan { .. });
        flat || self.last.is_some()
    }

    /// The second derivative, by differences.
    fn bend(&self, r: f64) -> f64 {
        const STEP: f64 = 1e-4;
        (self.eval(r + STEP) - 2.0 * self.eval(r) + self.eval(r - STEP)) / (STEP * STEP)
    }

    /// The table for raw numbers within `seen`, with as much again on either side.
    pub fn table(&self, [low, high]: [f64; 2]) -> Result<Map, String> {
        let most = if self.is_bounded() { 16.0 } else { 48.0 };
        let margin = (high - low).max(0.5);
        let low = (low - margin).max(-48.0).floor().max(-most);
        let high = (high + margin).min(48.0).ceil().min(most);
        if low >= high {
            return Err(format!(
                "expected raw scales within ±{most}, found calibration rows beyond"
            ));
        }
        let knots = |density: i32| -> Vec<(f64, f64)> {
            let count = ((high - low) * exp2(density)) as usize + 1;
            let place = |i| low + i as f64 * exp2(-density);
            // Half of the distance between line and curve, by which knots are put lower.
            let off = |r: f64| self.bend(r) * exp2(-2 * density) / 16.0;
            (0..count).map(|i| (place(i), off(place(i)))).collect()
        };
        let error = |knots: &[(f64, f64)]| {
            let largest = knots
                .iter()
                .fold(0.0, |most: f64, (_, off)| most.max(off.abs()));
            largest * LN_2
        };
        let fine = (2..8).find(|density| error(&knots(*density)) < TOLERANCE);
        let density = fine.unwrap_or(8);
        let places = knots(density);
        let off = error(&places);
        if off.is_nan() || off >= LARGEST_ERROR {
            return Err(format!(
                "expected a scale map that straight lines follow to {LARGEST_ERROR} nats, found one that is {off:.4} off: it has a sharp bend"
            ));
        }
        let values: Vec<f64> = places.iter().map(|(r, off)| self.eval(*r) - off).collect();
        let largest = values
            .iter()
            .fold(1e-3, |most: f64, value| most.max(value.abs()));
        if !(largest.is_finite() && largest < 8192.0) {
            return Err(format!(
                "expected scales of finite logarithms, found one of {largest} bits"
            ));
        }
        let fraction = floor_log2(32767.0 / largest).min(14);
        let knots: Vec<i16> = (values.iter())
            .map(|value| round(value * exp2(fraction)) as i16)
            .collect();
        fits(&knots, fraction, density)?;
        Ok(Map {
            range: [low as i32, high as i32],
            density: density as u8,
            fraction: fraction as u8,
            knots,
        })
    }
}

/// An error unless the product of a step between knots and the place in it fits 32 bits.
fn fits(knots: &[i16], fraction: i32, density: i32) -> Result<(), String> {
    let steps = knots
        .windows(2)
        .map(|pair| i64::from(pair[1]) - i64::from(pair[0]));
    let steepest = steps.map(i64::abs).max().unwrap_or(0);
    let shift = (16 - fraction) + (16 - density);
    match steepest << shift < 1 << 31 {
        true => Ok(()),
        false => Err(format!(
            "the scale map is too steep: its table rises by {steepest} of 2^-{fraction} between knots"
        )),
    }
}

impl Map {
    /// The largest magnitude of `ρ`, in units of 2⁻¹⁶.
    pub(super) fn reach(&self) -> i64 {
        let largest = self.knots.iter().map(|knot| i64::from(knot.unsigned_abs()));
        largest.max().unwrap_or(0) << (16 - self.fraction)
    }
}

/// All but one in ten thousand of the numbers on either side.
pub(super) fn most_of(values: &[f64]) -> [f64; 2] {
    [1e-4, 1.0 - 1e-4].map(|q| quantile(values.to_vec(), q))
}
