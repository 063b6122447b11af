//! A threshold tried on the rows that follow those it came from.

use super::conformal::{conformal, exceeds};
use super::guarantee::Guarantee;

/// What a threshold from the first 60 % of rows does on the last 40 %: a promise put to the test before it is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trial {
    /// The number of the later rows.
    pub rows: usize,
    /// How many of them score above the threshold of the earlier ones.
    pub flagged: usize,
    /// The rate that the earlier ones promise.
    pub promised: f64,
    /// The probability of as many or more, if earlier and later rows were alike and independent.
    pub chance: f64,
}

impl Trial {
    /// The trial of a false-alarm rate on scores in their order; `None` if the first 60 % are too few for that rate.
    pub fn of(scores: &[f64], false_alarm_rate: f64) -> Option<Self> {
        let (earlier, later) = scores.split_at(scores.len() * 3 / 5);
        let guarantee = Guarantee::new(earlier.len(), false_alarm_rate).ok()?;
        let threshold = conformal(earlier, false_alarm_rate).ok()?.score;
        let flagged = later.iter().filter(|score| exceeds(**score, threshold));
        let flagged = flagged.count();
        Some(Self {
            rows: later.len(),
            flagged,
            promised: guarantee.expected_rate(),
            chance: guarantee.chance(flagged as u32, later.len() as u32),
        })
    }

    /// The share of the later rows that is flagged.
    pub fn share(&self) -> f64 {
        self.flagged as f64 / self.rows.max(1) as f64
    }

    /// Whether the share is at least twice what was promised, and would be so by chance in fewer than 1 of 100 trials.
    pub fn is_broken(&self) -> bool {
        self.share() >= 2.0 * self.promised && self.chance < 0.01
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scores in a fixed disorder.
    fn shuffled(count: usize) -> Vec<f64> {
        (0..count).map(|i| (i * 7919 % count) as f64).collect()
    }

    #[test]
    fn rows_alike_keep_the_promise() {
        let trial = Trial::of(&shuffled(1000), 0.05).unwrap();
        assert_eq!(trial.rows, 400);
        assert!((0.03..0.07).contains(&trial.share()), "{trial:?}");
        assert!(!trial.is_broken());
    }

    #[test]
    fn rows_that_drift_break_it() {
        let drifting = shuffled(1000).into_iter().enumerate();
        let drifting: Vec<f64> = drifting.map(|(i, score)| score + 0.3 * i as f64).collect();
        let trial = Trial::of(&drifting, 0.05).unwrap();
        assert!(trial.is_broken() && trial.share() > 0.15, "{trial:?}");
    }

    #[test]
    fn too_few_rows_are_no_trial() {
        assert_eq!(Trial::of(&shuffled(100), 0.01), None);
        assert_eq!(Trial::of(&[], 0.01), None);
    }

    #[test]
    fn scores_that_are_no_numbers_are_flagged() {
        let mut scores = shuffled(100);
        scores[60..].fill(f64::NAN);
        assert_eq!(Trial::of(&scores, 0.1).unwrap().share(), 1.0);
    }

    #[test]
    fn a_promise_is_broken_by_twice_its_share_that_is_no_chance() {
        let is_broken = |flagged, chance| {
            let trial = Trial {
                rows: 100,
                flagged,
                promised: 0.05,
                chance,
            };
            trial.is_broken()
        };
        assert!(is_broken(10, 0.0099));
        assert!(!is_broken(10, 0.01));
        assert!(!is_broken(9, 0.0001));
    }
}
