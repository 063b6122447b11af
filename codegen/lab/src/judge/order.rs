//! What scores say that the order of their rows matters for: how many rows count, and alarms as they come.

use super::metrics::ranks;
use crate::table::spans;
use nice_flow_codegen::model::debounce::Debounce;

/// How far rows that follow one another depend on each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dependence {
    /// The rank correlation of each score with the next, from -1 to 1.
    pub neighbours: f64,
    /// The number of independent rows that tell as much about a rate.
    pub effective: f64,
}

/// The fewest blocks whose means still tell whether blocks depend on each other.
const FEWEST_BLOCKS: usize = 16;

impl Dependence {
    /// The dependence of scores in the order of their rows.
    ///
    /// By the blocking method of Flyvbjerg and Petersen (J. Chem. Phys. 91, 461, 1989): the ranks of the scores are
    /// averaged in pairs, and in pairs of pairs, until neighbouring means are no longer correlated beyond chance, or 16
    /// blocks are left. With blocks of length `L` and variance `v_L` of their means, `n` rows count as
    /// `n · v₁ / (L · v_L)` independent ones. Rows that do not depend on each other count fully.
    pub fn of(scores: &[f64]) -> Self {
        let ranks = ranks(scores);
        let (mut means, mut length) = (ranks.clone(), 1.0);
        let mut depends = correlation(&means) > chance(means.len());
        while depends && means.len() >= 2 * FEWEST_BLOCKS {
            means = means
                .chunks_exact(2)
                .map(|pair| (pair[0] + pair[1]) / 2.0)
                .collect();
            length *= 2.0;
            depends = correlation(&means) > chance(means.len());
        }
        let rows = scores.len() as f64;
        let share = variance(&ranks) / (length * variance(&means));
        Self {
            neighbours: correlation(&ranks),
            effective: if share < 1.0 {
                (rows * share).max(1.0)
            } else {
                rows
            },
        }
    }
}

/// A correlation of `count` independent neighbours lies below this 39 times of 40.
fn chance(count: usize) -> f64 {
    2.0 / (count as f64).sqrt()
}

fn variance(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    squares / values.len() as f64
}

/// The correlation of each value with the next; zero if all are equal.
fn correlation(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let pairs = values.windows(2);
    let product: f64 = pairs.map(|pair| (pair[0] - mean) * (pair[1] - mean)).sum();
    let squares = variance(values) * values.len() as f64;
    if squares > 0.0 {
        product / squares
    } else {
        0.0
    }
}

/// Whether there is an alarm after each row, as they come: each recording, which begins at one of `starts`, is a stream by
/// itself, since what was flagged in one says nothing of the start of the next.
pub fn alarms(verdicts: &[bool], starts: &[usize], debounce: Debounce) -> Vec<bool> {
    let recordings = spans(starts, verdicts.len());
    let alarms = recordings.flat_map(|rows| debounce.alarms(&verdicts[rows]));
    alarms.collect()
}

/// The share of rows in alarm, as they come.
pub fn alarm_share(verdicts: &[bool], starts: &[usize], debounce: Debounce) -> f64 {
    let alarms = alarms(verdicts, starts, debounce).into_iter();
    alarms.filter(|alarm| *alarm).count() as f64 / verdicts.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_core::{Rng, SeedableRng};

    /// `xₜ = a · xₜ₋₁ + noise`.
    fn autoregressive(a: f64, count: usize, seed: u64) -> Vec<f64> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut noise = || f64::from(random.next_u32()) / 2f64.powi(32) - 0.5;
        let mut x = 0.0;
        let step = |_| {
            x = a * x + noise();
            x
        };
        (0..count).map(step).collect()
    }

    #[test]
    fn independent_rows_count_fully() {
        let counts = (0..20).map(|seed| Dependence::of(&autoregressive(0.0, 1000, seed)).effective);
        // One run in forty seems to depend by chance.
        assert!(counts.filter(|count| *count == 1000.0).count() >= 17);
    }

    #[test]
    fn rows_that_follow_each_other_count_as_theory_has_it() {
        // The mean of n values has the variance of n (1 − a)/(1 + a) independent ones.
        for a in [0.5, 0.9, 0.97] {
            let count = |seed| Dependence::of(&autoregressive(a, 20_000, seed)).effective;
            let mean = (0..20).map(count).sum::<f64>() / 20.0;
            let theory = 20_000.0 * (1.0 - a) / (1.0 + a);
            assert!(
                (0.7..1.5).contains(&(mean / theory)),
                "{a}: {mean}, {theory}"
            );
        }
        let Dependence { neighbours, .. } = Dependence::of(&autoregressive(0.9, 20_000, 1));
        assert!((neighbours - 0.9).abs() < 0.03, "{neighbours}");
    }

    #[test]
    fn a_row_that_only_rises_counts_little_and_a_constant_one_fully() {
        let rising: Vec<f64> = (0..1024).map(f64::from).collect();
        assert!(Dependence::of(&rising).effective < 20.0);
        assert_eq!(Dependence::of(&[3.0; 1024]).effective, 1024.0);
        assert_eq!(Dependence::of(&[1.0]).effective, 1.0);
    }

    #[test]
    fn an_alarm_does_not_last_into_the_next_recording() {
        let verdicts = [true, true, true, false, false, false];
        let debounce: Debounce = "2/3".parse().unwrap();
        // In alarm after rows 1, 2 and 3; with a new stream at row 3, after rows 1 and 2.
        assert_eq!(alarm_share(&verdicts, &[0], debounce), 0.5);
        assert_eq!(alarm_share(&verdicts, &[0, 3], debounce), 2.0 / 6.0);
    }
}
