//! The guarantee that a number of calibration rows gives.

use nice_flow_codegen::model::debounce::Debounce;
use nice_flow_codegen::{Error, Result};
use statrs::function::beta::{inv_beta_reg, ln_beta};
use statrs::function::factorial::ln_binomial;

/// The guarantee of a split-conformal threshold, the `k`-th largest score of `n` calibration rows.
///
/// It holds for new rows that are exchangeable with the calibration rows, such as independent samples from the same
/// machine in the same state, if the flow was trained on neither. Nothing is assumed about the flow or the distribution
/// of its scores. If scores tie, the rates are lower than stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guarantee {
    /// The number of calibration rows, `n`.
    pub rows: usize,
    /// The rank of the threshold among their scores; the largest has rank 1.
    pub k: usize,
}

impl Guarantee {
    /// The guarantee with the largest `k` for which `k/(n + 1)` does not exceed the given rate.
    ///
    /// An error unless `0 < rate < 1` and there are at least `1/rate − 1` rows.
    pub fn new(rows: usize, false_alarm_rate: f64) -> Result<Self> {
        if !(false_alarm_rate > 0.0 && false_alarm_rate < 1.0) {
            let message = format!("expected a number between 0 and 1, found {false_alarm_rate}");
            return Err(Error::input("--false-alarm-rate", message));
        }
        let places = (rows + 1) as f64;
        // Compares the quotient `k/(n + 1)` itself, since in `f64` 0.29 · 100 is less than 29.
        let nearest = (places * false_alarm_rate).round();
        let exceeds = nearest / places > false_alarm_rate;
        let k = nearest as usize - usize::from(exceeds);
        if k == 0 {
            let message = format!(
                "expected at least {} rows for a rate of {false_alarm_rate}, found {rows}",
                (1.0 / false_alarm_rate).ceil() - 1.0
            );
            return Err(Error::input("calibration rows", message));
        }
        Ok(Self { rows, k })
    }

    /// The probability that a new row scores above the threshold, over the random choice of calibration rows and new
    /// row: `k/(n + 1)`.
    pub fn expected_rate(&self) -> f64 {
        self.k as f64 / (self.rows + 1) as f64
    }

    /// The false-alarm rate that is not exceeded with this probability, over the random choice of calibration rows.
    ///
    /// Once chosen, a threshold has a fixed false-alarm rate for all later rows. Over the random choice of calibration
    /// rows, that rate has the distribution `Beta(k, n + 1 − k)`. This is its quantile, within 1e-6 of itself.
    pub fn realised_rate(&self, probability: f64) -> f64 {
        self.realised_rate_of(self.rows as f64, probability)
    }

    /// The same where the calibration rows depend on each other and tell no more than `effective` independent ones:
    /// the quantile of `Beta(k · s, (n + 1 − k) · s)` with `s = effective/n`.
    pub fn realised_rate_of(&self, effective: f64, probability: f64) -> f64 {
        let share = (effective / self.rows as f64).min(1.0);
        inv_beta_reg(
            self.k as f64 * share,
            (self.rows + 1 - self.k) as f64 * share,
            probability.clamp(0.0, 1.0),
        )
    }

    /// The share of independent normal rows in alarm with debouncing, on average over the random choice of calibration
    /// rows.
    pub fn debounced_rate(&self, debounce: Debounce) -> f64 {
        self.chance(debounce.needed(), debounce.of())
    }

    /// The probability that at least `needed` of `of` new independent rows score above the threshold.
    ///
    /// The rate at which one threshold flags rows has the distribution `Beta(a, b)` with `a = k`, `b = n + 1 − k`. The
    /// probability is therefore `Σⱼ C(of, j) B(a + j, b + of − j) / B(a, b)`, summed over `j ≥ needed`.
    pub fn chance(&self, needed: u32, of: u32) -> f64 {
        let (a, b) = (self.k as f64, (self.rows + 1 - self.k) as f64);
        let chance = |flagged: u32| {
            let ways = ln_binomial(of.into(), flagged.into());
            let (flagged, rest) = (f64::from(flagged), f64::from(of - flagged));
            (ways + ln_beta(a + flagged, b + rest) - ln_beta(a, b)).exp()
        };
        (needed..=of).map(chance).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::calibrate::conformal;
    use rand_chacha::ChaCha8Rng;
    use rand_core::{Rng, SeedableRng};

    #[test]
    fn the_expected_rate_is_the_wanted_one_where_it_can_be() {
        for (rows, rate, k) in [
            (99, 0.01, 1),
            (99, 0.29, 29),
            (99, 0.07, 7),
            (5699, 0.001, 5),
            (1, 0.5, 1),
            (1, 0.999, 1),
        ] {
            let guarantee = Guarantee::new(rows, rate).unwrap();
            assert_eq!(guarantee.k, k, "{rows} rows, {rate}");
            assert!(guarantee.expected_rate() <= rate);
        }
    }

    #[test]
    fn the_number_of_rows_needed_is_enough_and_one_less_is_not() {
        for rate in [0.5, 0.3, 0.1, 0.01, 0.003, 1e-6] {
            let error = Guarantee::new(0, rate).unwrap_err().to_string();
            let words: Vec<&str> = error.split(' ').collect();
            let needed: usize = words[5].parse().expect(&error);
            assert!(Guarantee::new(needed, rate).is_ok(), "{error}");
            assert!(Guarantee::new(needed - 1, rate).is_err(), "{error}");
        }
    }

    #[test]
    fn a_rate_that_is_no_probability_is_refused() {
        for rate in [0.0, 1.0, -0.1, f64::NAN] {
            let error = Guarantee::new(100, rate).unwrap_err().to_string();
            assert!(error.starts_with("--false-alarm-rate: "), "{error}");
        }
    }

    #[test]
    fn quantiles_agree_with_those_of_scipy() {
        // scipy.stats.beta.ppf(q, k, n + 1 - k), from scipy 1.17.
        let quantiles = [
            (99, 1, 0.05, 0.0005179798867979509),
            (99, 1, 0.95, 0.029806673773350886),
            (5699, 5, 0.05, 0.00034576251134242923),
            (5699, 5, 0.95, 0.001605436207705514),
            (11396, 113, 0.05, 0.00843882880238896),
            (999_999, 10_000, 0.95, 0.010164216047328947),
            (1, 1, 0.05, 0.05),
        ];
        for (rows, k, q, expected) in quantiles {
            let found = Guarantee { rows, k }.realised_rate(q);
            assert!((found / expected - 1.0).abs() < 1e-6, "{found} {expected}");
        }
    }

    #[test]
    fn fewer_rows_that_count_widen_the_rates_as_so_many_independent_ones_would() {
        let guarantee = Guarantee { rows: 1999, k: 20 };
        let tenth = Guarantee { rows: 199, k: 2 };
        for probability in [0.05, 0.5, 0.95] {
            let few = guarantee.realised_rate_of(199.9, probability);
            assert!((few / tenth.realised_rate(probability) - 1.0).abs() < 0.01);
        }
        // More rows than there are say no more.
        assert_eq!(
            guarantee.realised_rate_of(1e9, 0.95),
            guarantee.realised_rate(0.95)
        );
    }

    #[test]
    fn realised_rates_fall_between_the_quantiles_as_often_as_said() {
        // Scores are uniform on [0, 1), so the false-alarm rate of a threshold t is 1 − t.
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let guarantee = Guarantee::new(199, 0.05).unwrap();
        let (low, high) = (guarantee.realised_rate(0.05), guarantee.realised_rate(0.95));
        let (mut below, mut above) = (0, 0);
        let mut total = 0.0;
        for _ in 0..4000 {
            let scores: Vec<f64> = (0..199)
                .map(|_| f64::from(random.next_u32()) / 2f64.powi(32))
                .collect();
            let rate = 1.0 - conformal(&scores, 0.05).unwrap().score;
            below += usize::from(rate < low);
            above += usize::from(rate > high);
            total += rate;
        }
        // 200 are expected on each side, with a standard deviation of 13.8; that of the mean is 0.0154/√4000.
        assert!(below.abs_diff(200) < 55, "{below}");
        assert!(above.abs_diff(200) < 55, "{above}");
        assert!((total / 4000.0 - guarantee.expected_rate()).abs() < 0.001);
    }

    #[test]
    fn the_share_of_rows_in_alarm_is_counted_over_all_histories() {
        let guarantee = Guarantee::new(39, 0.1).unwrap();
        let (a, b) = (4.0, 36.0);
        let rising =
            |from: f64, count: u32| (0..count).map(|i| from + f64::from(i)).product::<f64>();
        for rule in ["1/1", "1/4", "3/5", "8/8", "2/9"] {
            let debounce: Debounce = rule.parse().unwrap();
            let probability = |history: u32| -> f64 {
                let verdicts: Vec<bool> = (0..debounce.of())
                    .map(|bit| history >> bit & 1 == 1)
                    .collect();
                let flagged = verdicts.iter().filter(|flagged| **flagged).count() as u32;
                let chance = rising(a, flagged) * rising(b, debounce.of() - flagged)
                    / rising(a + b, debounce.of());
                let alarm = debounce.alarms(&verdicts).last() == Some(&true);
                f64::from(u8::from(alarm)) * chance
            };
            let counted: f64 = (0..1 << debounce.of()).map(probability).sum();
            let found = guarantee.debounced_rate(debounce);
            assert!((found - counted).abs() < 1e-12, "{rule}: {found} {counted}");
            assert!(found <= debounce.largest_rate(0.1) + 1e-12);
        }
    }
}
