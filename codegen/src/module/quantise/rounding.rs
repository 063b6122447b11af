//! Rounds weights to values that can be stored.

use super::Weights;
use super::covariance::{STRIP, Strip};
use super::multiples::add_multiples;
use super::power::round;

impl Weights {
    /// The magnitude to which the largest weight of a row is scaled.
    pub(super) fn top(self) -> f64 {
        match self {
            // Not 127: the byte below is added as a fraction of up to one step, and rounding must be able to compensate
            // for it.
            Self::I8 => 126.5 * 256.0,
            Self::I16 => 32767.0,
        }
    }

    /// What is between two values that a weight can have.
    pub(super) fn step(self) -> f64 {
        match self {
            Self::I8 => 256.0,
            Self::I16 => 1.0,
        }
    }

    /// The largest magnitude of an input from the state, and of a hidden activation.
    pub(super) fn input_limits(self) -> (i32, i32) {
        match self {
            Self::I8 => (16383, 8191),
            Self::I16 => (32767, 32767),
        }
    }

    /// The storable value nearest to `target` in column `j`, where `before` is the value stored in the column before.
    ///
    /// With bytes, a word holds four columns, and the kernel multiplies by `256 b` plus the byte below `b` in the word.
    fn nearest(self, j: usize, before: i32, target: f64) -> i32 {
        match self {
            Self::I16 => round(target).clamp(-32768.0, 32767.0) as i32,
            Self::I8 => {
                let below = fraction(j, before);
                let byte = round((target - f64::from(below)) / 256.0).clamp(-128.0, 127.0);
                256 * byte as i32 + below
            }
        }
    }
}

/// The byte of the column before, which is below that of column `j` in its word; 0 for the first column of a word.
pub fn fraction(j: usize, before: i32) -> i32 {
    if j.is_multiple_of(4) {
        0
    } else {
        (before >> 8) & 0xff
    }
}

/// The storable value nearest to `target` in column `j` of a row, where `before` is that of the column before.
pub(super) fn next(weights: Weights, j: usize, before: i32, target: f64) -> i32 {
    weights.nearest(j, before, target)
}

/// Weights whose errors change later targets together.
const BLOCK: usize = 16;

/// Rounds a row of weights. The error of each weight is compensated by changing the targets of later ones in its strip, by
/// `feedback`.
pub(super) fn row(weights: Weights, targets: &[f64], feedback: &[Strip]) -> Vec<i32> {
    let mut stored = Vec::with_capacity(targets.len());
    for (targets, feedback) in targets.chunks(STRIP).zip(feedback) {
        strip(weights, targets.to_vec(), feedback, &mut stored);
    }
    stored
}

/// The columns of one strip. It starts with a word, so that the column before is none of its first one's.
fn strip(weights: Weights, mut targets: Vec<f64>, feedback: &Strip, stored: &mut Vec<i32>) {
    let mut before = 0;
    for first in (0..targets.len()).step_by(BLOCK) {
        let end = targets.len().min(first + BLOCK);
        let mut errors = [0.0; BLOCK];
        for j in first..end {
            before = weights.nearest(j, before, targets[j]);
            stored.push(before);
            let error = f64::from(before) - targets[j];
            errors[j - first] = error;
            for l in j + 1..end {
                targets[l] += error * feedback[j][l];
            }
        }
        let later = feedback[first..end].iter().map(|row| &row[end..]);
        add_multiples(&mut targets[end..], &errors[..end - first], later);
    }
}

#[cfg(test)]
mod tests {
    use super::super::covariance::feedback;
    use super::super::samples::Samples;
    use super::*;

    #[test]
    fn a_byte_makes_good_for_the_byte_below_it() {
        let independent = [vec![vec![0.0; 5]; 5]];
        let targets = [-300.0, 1000.0, 40.0, -3.0, 700.0];
        let stored = row(Weights::I8, &targets, &independent);
        // −300 → −1 · 256, whose byte is 255; 1000 → 3 · 256 + 255; 40 → 0 + 3; −3 → 0 + 0; a new word starts: 3 · 256.
        assert_eq!(stored, [-256, 1023, 3, 0, 768]);
        let wide = row(Weights::I16, &targets, &independent);
        assert_eq!(wide, [-300, 1000, 40, -3, 700]);
    }

    /// Four inputs that are always equal: only the sum of their weights counts, and it is 1.6 to within a half.
    #[test]
    fn later_weights_make_good_for_the_errors_of_earlier_ones() {
        let inputs = Samples {
            width: 4,
            values: (0..100).flat_map(|i| [f64::from(i); 4]).collect(),
        };
        let stored = row(Weights::I16, &[0.4; 4], &feedback(&inputs, &[1.0; 4]));
        assert_eq!(stored.iter().sum::<i32>(), 2, "{stored:?}");
    }

    #[test]
    fn a_strip_is_rounded_as_if_it_were_alone() {
        let width = STRIP + 6;
        let wave = |i: usize| (0..width).map(move |k| (i as f64 * (0.3 + k as f64)).sin());
        let inputs = Samples {
            width,
            values: (0..9).flat_map(wave).collect(),
        };
        let targets: Vec<f64> = (0..width).map(|k| 900.0 * (k as f64).cos()).collect();
        for weights in [Weights::I8, Weights::I16] {
            let stored = row(weights, &targets, &feedback(&inputs, &vec![1.0; width]));
            let last = inputs.pick(&Vec::from_iter(STRIP..width));
            let alone = row(weights, &targets[STRIP..], &feedback(&last, &[1.0; 6]));
            assert_eq!((stored.len(), &stored[STRIP..]), (width, &alone[..]));
        }
    }
}
