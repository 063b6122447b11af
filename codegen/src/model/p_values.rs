//! Conformal p-values: how rare a score is among normal rows.

use crate::{Error, Result};

/// Conformal p-values: for a score `s`, with `sᵢ` the scores of `n` normal rows,
/// `p(s) = (1 + #{i: sᵢ ≥ s}) / (n + 1)`, rounded up by at most 5 %.
///
/// A new normal row that is exchangeable with those rows (and, like them, was not used in training) has `p ≤ α` with
/// probability at most `α`, for every `α` and whatever the flow. A small p-value means a strange row; the p-values of
/// new normal rows are nearly uniform. A p-value is not the probability of being anomalous, and among many normal rows
/// some have small ones.
///
/// Not all scores are kept: the 40 largest are, and below them ever fewer, which makes 252 of a million.
#[derive(Clone, Debug, PartialEq)]
pub struct PValues {
    /// Scores, the largest first; infinite for a row without a finite score.
    pub scores: Vec<f64>,
    /// For each of these scores, the largest p-value that a higher score can have.
    pub p_values: Vec<f64>,
}

impl PValues {
    /// The p-values that the scores of normal rows define.
    pub fn of_normal(scores: &[f64]) -> Self {
        let sorted = strangest_first(scores);
        let places = (sorted.len() + 1) as f64;
        let next = |rank: &usize| Some(rank + 1.max(rank / 20));
        let ranks = std::iter::successors(Some(1), next).take_while(|rank| *rank <= sorted.len());
        let (scores, p_values) = ranks
            .map(|rank| (sorted[rank - 1], rank as f64 / places))
            .unzip();
        Self { scores, p_values }
    }

    /// The p-value of a score; a score that is not finite has the smallest one.
    pub fn of(&self, score: f64) -> f64 {
        let score = strangeness(score);
        let above = self.scores.partition_point(|kept| *kept >= score);
        self.p_values.get(above).copied().unwrap_or(1.0)
    }

    /// An error unless the scores descend and the p-values, from 0 to 1, ascend.
    pub fn check(&self) -> Result<()> {
        let (scores, p_values) = (&self.scores, &self.p_values);
        if !scores.is_sorted_by(|a, b| a >= b) || scores.iter().any(|score| score.is_nan()) {
            return Err(Error::input("p_values", "expected scores that fall"));
        }
        let are_probabilities = p_values.iter().all(|p| (0.0..=1.0).contains(p));
        if !(are_probabilities && p_values.is_sorted() && scores.len() == p_values.len()) {
            let message = "expected p-values from 0 to 1 that rise, one for each score";
            return Err(Error::input("p_values", message));
        }
        Ok(())
    }
}

/// The number of knots of the runtime's p-values.
pub const KNOTS: usize = 32;

/// The constants of `nice_flow::PValues`.
#[derive(Clone, Debug, PartialEq)]
pub struct Knots {
    /// Scores, the lowest first; a score above knot `k`, from 0, has a surprise of `k + 1` steps at least.
    pub scores: [f64; KNOTS],
    /// Nats times 2¹⁶, rounded down.
    pub step: i32,
}

impl PValues {
    /// The knots at equal steps of `−ln p` up to that of the smallest p-value; `None` without a score.
    ///
    /// Each surprise is rounded down to a step, so that p-values are rounded up.
    pub fn knots(&self) -> Option<Knots> {
        let rarest = -libm::log(*self.p_values.first()?);
        let step = rarest / KNOTS as f64;
        let score = |k: usize| {
            // A little more, so that rounding does not pass by a p-value that is as small as asked for.
            let most = libm::exp(-step * (k + 1) as f64) * (1.0 + 1e-9);
            let place = self.p_values.partition_point(|p| *p <= most);
            self.scores[place.max(1) - 1]
        };
        Some(Knots {
            scores: std::array::from_fn(score),
            step: (step * 65_536.0) as i32,
        })
    }
}

impl Knots {
    /// The surprise of a score in nats times 2¹⁶, as `nice_flow::PValues` has it.
    pub fn surprise(&self, score: f64) -> i32 {
        let reaches = |knot: &&f64| score <= **knot;
        let not_passed = self.scores.iter().filter(reaches).count();
        nice_flow::host::surprise(not_passed, KNOTS, self.step)
    }
}

/// The score for ranking: one that is not finite ranks above all others, as in the detector.
fn strangeness(score: f64) -> f64 {
    if score.is_finite() {
        score
    } else {
        f64::INFINITY
    }
}

/// Scores for ranking, the largest first.
pub fn strangest_first(scores: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = scores.iter().copied().map(strangeness).collect();
    sorted.sort_by(|a, b| b.total_cmp(a));
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The p-value by its definition, computed from all scores.
    fn exact(normal: &[f64], score: f64) -> f64 {
        let at_least = |other: &&f64| strangeness(**other) >= strangeness(score);
        (1 + normal.iter().filter(at_least).count()) as f64 / (normal.len() + 1) as f64
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn p_values_are_the_definitions_rounded_up_by_at_most_a_twentieth(
            // Rounded to eighths, so that some scores tie.
            normal in prop::collection::vec((-300..300).prop_map(|s| f64::from(s) / 8.0), 0..400),
            broken in 0..3,
            score in prop_oneof![(-310..310).prop_map(|s| f64::from(s) / 8.0), Just(f64::NAN)],
        ) {
            let mut normal = normal;
            normal.extend((0..broken).map(|_| f64::NEG_INFINITY));
            let p_values = PValues::of_normal(&normal);
            p_values.check().unwrap();
            let (found, exact) = (p_values.of(score), exact(&normal, score));
            prop_assert!(found >= exact && found <= exact * 1.05, "{found} {exact}");
        }
    }

    #[test]
    fn the_largest_forty_are_exact() {
        let normal: Vec<f64> = (0..999).map(f64::from).collect();
        let p_values = PValues::of_normal(&normal);
        for score in (959..999).map(|score| f64::from(score) + 0.5) {
            assert_eq!(p_values.of(score), exact(&normal, score));
        }
    }

    #[test]
    fn a_million_rows_take_few_knots() {
        let normal: Vec<f64> = (0..1_000_000).map(f64::from).collect();
        let p_values = PValues::of_normal(&normal);
        assert_eq!(p_values.scores.len(), 252);
        assert_eq!(p_values.of(f64::NAN), 1.0 / 1_000_001.0);
        assert_eq!(p_values.of(-1.0), 1.0);
    }

    #[test]
    fn surprises_are_ranks_rounded_down_to_a_step() {
        let normal: Vec<f64> = (0..999).map(|i| f64::from(i * i)).collect();
        let p_values = PValues::of_normal(&normal);
        let knots = p_values.knots().unwrap();
        assert!(knots.scores.is_sorted());
        let step = f64::from(knots.step);
        for score in (-2..998i32).map(|i| f64::from(i * i.abs()) + 0.5) {
            let exact = -libm::log(p_values.of(score)) * 65_536.0;
            let found = f64::from(knots.surprise(score));
            assert!((found - exact).abs() < step, "{score}: {found} {exact}");
        }
        let most = knots.surprise(1e9);
        assert_eq!(
            [f64::NAN, f64::INFINITY].map(|s| knots.surprise(s)),
            [most; 2]
        );
        assert!((f64::from(most) / 65_536.0 - 4000f64.ln()).abs() < 1e-3);
        assert_eq!(PValues::of_normal(&[]).knots(), None);
    }

    /// A new normal row has each rank among `n` others with the same probability, or a lower one where scores tie.
    #[test]
    fn bets_on_ranks_win_at_most_their_stake() {
        for (n, apart) in [
            (1, 1),
            (2, 1),
            (10, 1),
            (10, 3),
            (99, 1),
            (999, 1),
            (999, 50),
            (20_000, 1),
        ] {
            let place = |i: i32| f64::from(i / apart * apart);
            let normal: Vec<f64> = (0..n).map(place).collect();
            let knots = PValues::of_normal(&normal).knots().unwrap();
            // Those of rank 1 are above all others.
            let scores = normal.into_iter().chain([f64::INFINITY]);
            let won = scores
                .map(|score| 0.5 * libm::exp(0.5 * f64::from(knots.surprise(score)) / 65_536.0));
            let mean = won.sum::<f64>() / f64::from(n + 1);
            // Here, where ranks are many and do not tie, nearly all that a bet can win is won.
            let least = if n > 10_000 { 0.97 } else { 0.5 };
            assert!(mean <= 1.0 && mean > least, "{n} {apart}: {mean}");
        }
    }

    #[test]
    fn knots_out_of_order_are_refused() {
        let good = PValues::of_normal(&[1.0, 2.0, 3.0]);
        good.check().unwrap();
        let broken = [
            (vec![1.0, 2.0], vec![0.1, 0.2]),
            (vec![f64::NAN], vec![0.5]),
            (vec![2.0, 1.0], vec![0.2, 0.1]),
            (vec![2.0, 1.0], vec![0.2, 1.1]),
            (vec![2.0, 1.0], vec![0.2]),
        ];
        for (scores, p_values) in broken {
            assert!(PValues { scores, p_values }.check().is_err());
        }
    }
}
