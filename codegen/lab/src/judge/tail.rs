//! Estimates the distribution of a flow's scores of normal rows.

use crate::judge::metrics::quantile;
use nice_flow_codegen::model::tail::{KNOTS, Tail};

/// The tail of scores of normal rows, in nats: 16 quantiles, and the mean excess over the last.
pub fn tail_of(scores: &[f64]) -> Tail {
    let place = |j| 1.0 - libm::exp(-Tail::STEP * j as f64);
    let knots: [f64; KNOTS] = std::array::from_fn(|j| quantile(scores, place(j)).unwrap_or(0.0));
    let last = knots[KNOTS - 1];
    let beyond = scores.iter().filter(|score| **score > last);
    let (count, sum) = beyond.fold((0.0, 0.0), |(n, sum), score| (n + 1.0, sum + score - last));
    // If no score exceeds the last knot, take 1 nat, the mean excess under a correct density with exponential tail.
    let excess = if sum > 0.0 { sum / count } else { 1.0 };
    Tail { knots, excess }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nice_flow_codegen::model::tail::LAST;

    #[test]
    fn a_tail_score_is_minus_the_logarithm_of_the_share_above() {
        // For exponentially distributed scores the share above `s` is e^−s, so u = s.
        let count = 20_000;
        let scores: Vec<f64> = (0..count)
            .map(|n| -((f64::from(n) + 0.5) / f64::from(count)).ln())
            .collect();
        let tail = tail_of(&scores);
        for u in [0.5, 1.0, 2.0, 2.9, 3.1, 5.0, 9.0] {
            // Errors come from linear interpolation between knots 0.2 apart, and from a mean of a thousand excesses.
            assert!((tail.score(u) - u).abs() < 0.05, "{u}: {}", tail.score(u));
        }
        assert_eq!(tail.score(-1.0), 0.0);
        assert!(tail.score(f64::NAN).is_nan());
        assert_eq!(tail.score(f64::INFINITY), f64::INFINITY);
    }

    #[test]
    fn equal_scores_have_a_tail_too() {
        let tail = tail_of(&[3.0; 50]);
        assert_eq!(tail.score(2.9), 0.0);
        assert_eq!(tail.score(3.0), LAST);
        assert_eq!(tail.score(4.0), LAST + 1.0);
    }

    /// A knot is the least score that no more than its share exceeds: two thirds exceed 1, one third 2, none 4.
    #[test]
    fn three_scores_are_the_knots_of_their_shares() {
        let tail = tail_of(&[4.0, 1.0, 2.0]);
        // 0.05^(j/15) is 0.67 at j = 2, 0.55 at 3, 0.37 at 5, 0.30 at 6.
        let mut knots = [4.0; KNOTS];
        knots[..3].fill(1.0);
        knots[3..6].fill(2.0);
        assert_eq!((tail.knots, tail.excess), (knots, 1.0));
    }

    #[test]
    fn the_excess_is_the_mean_of_what_lies_beyond_the_last_knot() {
        // 0.95 · 70 is 66.5: the 67th is the last knot, three are beyond it.
        let mut scores: Vec<f64> = (1..=67).map(f64::from).collect();
        scores.extend([68.0, 70.0, 75.0]);
        let tail = tail_of(&scores);
        assert_eq!((tail.knots[KNOTS - 1], tail.excess), (67.0, 4.0));
    }

    #[test]
    fn a_tail_score_never_falls() {
        let scores: Vec<f64> = (0..500).map(|n| (f64::from(n) * 0.7).sin() * 4.0).collect();
        let tail = tail_of(&scores);
        let all: Vec<f64> = (-500..500)
            .map(|n| tail.score(f64::from(n) / 50.0))
            .collect();
        assert!(all.is_sorted());
    }
}
