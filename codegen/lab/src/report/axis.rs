//! Axes and their ticks.

use super::number::short;
use plotters::coord::ranged1d::{
    BoldPoints, KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter,
};
use plotters::coord::types::RangedCoordf64;
use std::ops::Range;

/// An axis of a plot, with the texts at its ticks.
#[derive(Clone, Debug)]
pub struct Axis {
    /// The quantity, with its unit.
    pub label: String,
    /// The first and the last position.
    pub range: (f64, f64),
    /// The position and text of each tick.
    pub ticks: Vec<(f64, String)>,
}

impl Axis {
    /// An axis with evenly spaced ticks.
    pub fn linear(label: impl Into<String>, low: f64, high: f64) -> Self {
        let range = widened(low, high);
        let ticks = round_numbers(range, 5);
        Self {
            label: label.into(),
            range,
            ticks: ticks.into_iter().map(|tick| (tick, short(tick))).collect(),
        }
    }

    /// A logarithmic axis for shares from `low` to 1; positions are decimal logarithms.
    pub fn decades(label: impl Into<String>, low: f64) -> Self {
        let first = low.log10().min(-1.0);
        let exponents = (first.ceil() as i32)..=0;
        Self {
            label: label.into(),
            range: (first, 0.0),
            ticks: exponents
                .map(|exponent| (f64::from(exponent), short(10f64.powi(exponent))))
                .collect(),
        }
    }

    /// An axis without ticks and text.
    pub fn bare(low: f64, high: f64) -> Self {
        Self {
            label: String::new(),
            range: widened(low, high),
            ticks: vec![],
        }
    }

    /// Whether a position lies on it; NaN does not.
    pub fn contains(&self, position: f64) -> bool {
        (self.range.0..=self.range.1).contains(&position)
    }

    /// The number of letters of the longest tick.
    pub fn letters(&self) -> usize {
        let lengths = self.ticks.iter().map(|(_, text)| text.chars().count());
        lengths.max().unwrap_or(0)
    }
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, position: &f64, limit: (i32, i32)) -> i32 {
        RangedCoordf64::from(self.range()).map(position, limit)
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        // Minor ticks are not labelled.
        let is_tick = !hint.weight().allow_light_points();
        let ticks = self.ticks.iter().filter(|_| is_tick);
        ticks.map(|(tick, _)| *tick).collect()
    }

    fn range(&self) -> Range<f64> {
        self.range.0..self.range.1
    }
}

impl ValueFormatter<f64> for Axis {
    /// The text at a tick.
    fn format_ext(&self, position: &f64) -> String {
        let mut ticks = self.ticks.iter();
        let found = ticks.find(|(tick, _)| tick == position);
        found.map_or_else(String::new, |(_, text)| text.clone())
    }
}

/// Round numbers within a range, about `wanted` of them.
pub fn round_numbers((low, high): (f64, f64), wanted: usize) -> Vec<f64> {
    let ticks = RangedCoordf64::from(low..high).key_points(BoldPoints(wanted));
    let step = (high - low) / 1e9;
    // plotters computes ticks by repeated addition, so zero may have a rounding error.
    ticks
        .into_iter()
        .map(|tick| if tick.abs() < step { 0.0 } else { tick })
        .collect()
}

/// A range that is finite and not empty.
fn widened(low: f64, high: f64) -> (f64, f64) {
    let low = if low.is_finite() { low } else { 0.0 };
    let least = low.abs().max(1.0) * 1e-6;
    if high.is_finite() && high - low >= least {
        (low, high)
    } else {
        (
            low - 0.5 * low.abs().max(1.0),
            low + 0.5 * low.abs().max(1.0),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_range_can_be_drawn() {
        for (low, high) in [
            (1.0, 1.0),
            (f64::NAN, f64::NAN),
            (0.0, f64::INFINITY),
            (1e300, 1e300),
            (-5.0, 2.0),
        ] {
            let axis = Axis::linear("", low, high);
            assert!(axis.range.0 < axis.range.1 && axis.range.1.is_finite());
            assert!(axis.ticks.len() >= 2, "{:?}", axis.ticks);
        }
    }

    #[test]
    fn decades_reach_down_to_the_least_share() {
        let axis = Axis::decades("", 1.0 / 22_793.0);
        assert!((axis.range.0 + 4.358).abs() < 1e-3);
        assert_eq!(axis.ticks.len(), 5);
        assert_eq!(axis.format_ext(&-1.0), "0.1");
        assert_eq!(axis.format_ext(&-0.5), "");
    }
}
