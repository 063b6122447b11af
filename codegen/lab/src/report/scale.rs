//! The axis of scores: linear around the normal rows, compressed where anomalies are far away.

use super::axis::{Axis, round_numbers};
use super::number::short;
use super::subject::Group;
use crate::judge::metrics::quantile;
use nice_flow_codegen::model::unit::Unit;

/// The position of a score `s` on the axis: `s` itself, or `asinh((s − center) / width)`.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    center: f64,
    width: Option<f64>,
    low: f64,
    high: f64,
}

/// Scores farther from the center than this many widths are drawn at the edge.
const FAR: f64 = 1e9;

impl Scale {
    /// The scale for the finite scores of all groups and the threshold; the first group determines the linear range.
    pub fn new(groups: &[Group], threshold: Option<f64>) -> Self {
        let all = groups.iter().flat_map(|group| &group.scores).copied();
        let finite = |score: &f64| score.is_finite();
        let all = all.chain(threshold).filter(finite);
        let low = all.clone().fold(f64::INFINITY, f64::min);
        let high = all.fold(f64::NEG_INFINITY, f64::max);
        let detail = groups.iter().find(|group| group.scores.iter().any(finite));
        let detail: Vec<f64> = detail.map_or(vec![], |group| {
            group.scores.iter().copied().filter(finite).collect()
        });
        let at = |share| quantile(&detail, share).unwrap_or(0.0);
        let (center, width) = (at(0.5), at(0.95) - at(0.05));
        let width = if width > 0.0 {
            width
        } else {
            center.abs().max(1.0)
        };
        let is_even = high - low <= 12.0 * width;
        Self {
            center,
            width: (!is_even).then_some(width),
            low: low.max(center - FAR * width),
            high: high.min(center + FAR * width),
        }
    }

    /// The position of a score; NaN and +∞ are placed at the upper end.
    pub fn place(&self, score: f64) -> f64 {
        let score = if score.is_nan() { self.high } else { score };
        let score = score.max(self.low).min(self.high);
        match self.width {
            Some(width) => ((score - self.center) / width).asinh(),
            None => score,
        }
    }

    /// Whether far scores are compressed.
    pub fn is_compressed(&self) -> bool {
        self.width.is_some()
    }

    /// The axis, with a small margin at both ends.
    pub fn axis(&self, unit: Unit) -> Axis {
        let (low, high) = (self.place(self.low), self.place(self.high));
        let room = 0.03 * (high - low);
        let mut axis = Axis::linear(unit.score(), low - room, high + room);
        if let Some(width) = self.width {
            let apart = 0.09 * (high - low);
            axis.ticks = vec![];
            for tick in self.candidates(width) {
                let position = self.place(tick);
                let mut taken = axis.ticks.iter();
                let is_inside = (self.low..=self.high).contains(&tick);
                if is_inside && taken.all(|(other, _)| (other - position).abs() > apart) {
                    axis.ticks.push((position, short(tick)));
                }
            }
        }
        axis
    }

    /// Round numbers that could be ticks, the most useful first.
    fn candidates(&self, width: f64) -> Vec<f64> {
        let near = round_numbers((self.center - width, self.center + 2.0 * width), 4);
        let decades = |digit: f64| (0..300).map(move |exponent| digit * 10f64.powi(exponent));
        let far = [1.0, 5.0, 2.0].into_iter().flat_map(decades);
        near.into_iter()
            .chain(far.flat_map(|size| [size, -size]))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::ink::Ink;

    fn scale(scores: &[f64]) -> Scale {
        let group = Group {
            name: String::new(),
            ink: Ink::Normal,
            scores: scores.to_vec(),
        };
        Scale::new(&[group], None)
    }

    #[test]
    fn far_scores_are_compressed_and_keep_their_order() {
        let mut scores: Vec<f64> = (0..100).map(f64::from).collect();
        assert!(!scale(&scores).is_compressed());
        scores.push(1e6);
        let scale = scale(&scores);
        assert!(scale.is_compressed());
        assert!(scores.is_sorted_by_key(|score| scale.place(*score)));
        let ticks = scale.axis(Unit::Nats).ticks;
        assert!(ticks.iter().any(|(_, text)| text == "1e6"), "{ticks:?}");
        assert!(ticks.iter().any(|(_, text)| text == "0"), "{ticks:?}");
    }

    #[test]
    fn scores_without_a_number_lie_at_the_upper_end() {
        let scale = scale(&[1.0, 2.0, f64::NAN, f64::INFINITY]);
        assert_eq!(scale.place(f64::NAN), 2.0);
        assert_eq!(scale.place(f64::INFINITY), 2.0);
        let axis = self::scale(&[f64::NAN]).axis(Unit::Nats);
        assert!(axis.range.0.is_finite());
    }
}
