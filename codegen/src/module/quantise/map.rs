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

/// A table this far off, as one at a steep corner can be, is refused.
const LARGEST_ERROR: f64 = 2e-3;

/// A second derivative that the densest table does not follow to the tolerance.
const CORNER: f64 = 100.0;

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

    /// The second derivative, by differences; 0 where it is no curve but a corner.
    fn bend(&self, r: f64) -> f64 {
        const STEP: f64 = 1e-4;
        let bend = (self.eval(r + STEP) - 2.0 * self.eval(r) + self.eval(r - STEP)) / (STEP * STEP);
        if bend.abs() < CORNER { bend } else { 0.0 }
    }

    /// The table for raw numbers within `seen`, with as much again on either side.
    pub fn table(&self, seen: [f64; 2]) -> Result<Map, String> {
        let [low, high] = self.range(seen)?;
        let drawn = |density| Drawn::new(self, [low, high], density);
        let fine = (2..8).find(|density| drawn(*density).fits(self, TOLERANCE));
        let density = fine.unwrap_or(8);
        let Drawn { places, values, .. } = drawn(density);
        if let Some(place) = values
            .iter()
            .position(|value| value.is_nan() || value.abs() >= 8192.0)
        {
            return Err(format!(
                "expected scales of finite logarithms, found one of {} bits at {}",
                values[place], places[place]
            ));
        }
        let off = drawn(density).off(self);
        if off > LARGEST_ERROR {
            return Err(format!(
                "expected a scale map that straight lines follow to {LARGEST_ERROR} nats, found one that is {off:.4} off"
            ));
        }
        let largest = values
            .iter()
            .fold(1e-3, |most: f64, value| most.max(value.abs()));
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

    /// Whole numbers on either side of those seen, no farther out than where the map is flat.
    fn range(&self, [low, high]: [f64; 2]) -> Result<[f64; 2], String> {
        let margin = (high - low).max(0.5);
        let [least, most] = match &self.map {
            _ if self.is_bounded() => [-16.0, 16.0],
            ScaleMap::ExpClip { min, max } => [min.floor().max(-48.0), max.ceil().min(48.0)],
            _ => [-48.0, 48.0],
        };
        let low = (low - margin).max(-48.0).floor().max(least);
        let high = (high + margin).min(48.0).ceil().min(most);
        match low < high {
            true => Ok([low, high]),
            false => Err(format!(
                "expected raw scales of calibration rows from {least} to {most}, found them beyond"
            )),
        }
    }
}

/// Knots before they are rounded.
struct Drawn {
    density: i32,
    places: Vec<f64>,
    /// Each a little lower than the map: by half of the distance between line and curve.
    values: Vec<f64>,
    /// The largest such distance, in nats.
    lowered: f64,
}

impl Drawn {
    fn new(rho: &Rho, [low, high]: [f64; 2], density: i32) -> Self {
        let count = ((high - low) * exp2(density)) as usize + 1;
        let places: Vec<f64> = (0..count)
            .map(|i| low + i as f64 * exp2(-density))
            .collect();
        let off = places
            .iter()
            .map(|r| match *r == 0.0 && rho.eval(0.0) == 0.0 {
                // What a map of one leaves as it is, such as a context, the table leaves too.
                true => 0.0,
                false => rho.bend(*r) * exp2(-2 * density) / 16.0,
            });
        let off: Vec<f64> = off.collect();
        let values = places.iter().zip(&off).map(|(r, off)| rho.eval(*r) - off);
        Self {
            density,
            values: values.collect(),
            lowered: LN_2 * off.iter().fold(0.0, |most: f64, off| most.max(off.abs())),
            places,
        }
    }

    fn fits(&self, rho: &Rho, tolerance: f64) -> bool {
        self.lowered < tolerance && self.off(rho) < 2.0 * tolerance
    }

    /// The largest distance between lines and map, in nats.
    fn off(&self, rho: &Rho) -> f64 {
        let lines = self.places.iter().zip(self.values.windows(2));
        let apart = lines.flat_map(|(r, ends)| {
            [0.25, 0.5, 0.75].map(|part| {
                let exact = rho.eval(r + part * exp2(-self.density));
                (ends[0] + part * (ends[1] - ends[0]) - exact).abs()
            })
        });
        LN_2 * apart.fold(0.0, f64::max)
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

#[cfg(test)]
mod tests;
