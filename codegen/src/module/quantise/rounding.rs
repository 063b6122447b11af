//! Weights to what the kernel multiplies by.

use super::Weights;
use super::power::round;

impl Weights {
    /// The largest magnitude that a row's weights are scaled to.
    pub(super) fn top(self) -> f64 {
        match self {
            // Half a step of the byte is lost to the fraction that it may find below it.
            Self::I8 => 126.5 * 256.0,
            Self::I16 => 32767.0,
        }
    }

    /// The largest magnitude of an input that comes from the state, and of a hidden one.
    pub(super) fn input_limits(self) -> (i32, i32) {
        match self {
            Self::I8 => (16383, 8191),
            Self::I16 => (32767, 32767),
        }
    }

    /// The nearest that can be stored in column `j` behind `before`, what was stored in the column before.
    ///
    /// A word holds the bytes of four columns; the kernel multiplies by `256 b` plus the byte below as a fraction.
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

/// The byte of the column before, which lies below that of column `j` in its word.
pub fn fraction(j: usize, before: i32) -> i32 {
    if j.is_multiple_of(4) {
        0
    } else {
        (before >> 8) & 0xff
    }
}

/// The row of weights nearest to `targets` in what it does; each error is taken out of the targets after it.
pub(super) fn row(weights: Weights, targets: &[f64], feedback: &[Vec<f64>]) -> Vec<i32> {
    let mut targets = targets.to_vec();
    let mut stored = Vec::with_capacity(targets.len());
    let mut before = 0;
    for (j, feedback) in feedback.iter().enumerate() {
        before = weights.nearest(j, before, targets[j]);
        stored.push(before);
        let error = targets[j] - f64::from(before);
        let later = targets.iter_mut().zip(feedback).skip(j + 1);
        later.for_each(|(target, feedback)| *target -= error * feedback);
    }
    stored
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_makes_good_for_the_byte_below_it() {
        let independent = vec![vec![0.0; 5]; 5];
        let targets = [-300.0, 1000.0, 40.0, -3.0, 700.0];
        let stored = row(Weights::I8, &targets, &independent);
        // −300 → −1 · 256, whose byte is 255; 1000 → 3 · 256 + 255; 40 → 0 + 3; −3 → 0 + 0; a new word: 3 · 256.
        assert_eq!(stored, [-256, 1023, 3, 0, 768]);
        let wide = row(Weights::I16, &targets, &independent);
        assert_eq!(wide, [-300, 1000, 40, -3, 700]);
    }
}
