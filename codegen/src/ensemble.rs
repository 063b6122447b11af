//! Several flows that score together.
//!
//! A member's score in nats becomes a tail score `u = −ln P(a normal row scores as high)`, as measured on its
//! training rows, and the members' tail scores are averaged: so a normal row exceeds `u` about `e^−u` of the time,
//! whatever the members' own scales.

#[cfg(feature = "cli")]
mod combine;

use crate::debounce::Debounce;
use crate::model::{Calibration, Threshold};
use crate::p_values::PValues;
use crate::{Error, Model, Numeric, Result};
use serde::{Deserialize, Serialize};

/// What a model file holds.
#[derive(Clone, Debug, PartialEq)]
// One is made at a time.
#[allow(clippy::large_enum_variant)]
pub enum Stored {
    /// One flow, which scores in nats.
    One(Model),
    /// Several, which score in tail scores.
    Several(Ensemble),
}

/// Flows of the same inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Ensemble {
    /// At least one.
    pub members: Vec<Member>,
    /// Tail scores above it are anomalies.
    pub threshold: Option<Threshold>,
    /// How rare each tail score is among normal rows.
    pub p_values: Option<PValues>,
    /// How many anomalous verdicts raise an alarm.
    pub debounce: Option<Debounce>,
    /// Thresholds of integer scores; its rows are those of every member.
    pub calibration: Option<Calibration>,
}

/// A flow and its scores of normal rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// The flow.
    pub model: Model,
    /// Its scores of normal rows.
    pub tail: Tail,
}

/// Knots of a tail.
pub const KNOTS: usize = 16;

/// `−ln` of the share of normal rows beyond the last knot, 5 %.
const LAST: f64 = 2.995_732_273_553_991;

/// How a flow's scores of normal rows are distributed: 16 quantiles, and an exponential tail beyond the last.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tail {
    /// Scores that a share of `0.05^(j/15)` of the normal rows exceeds, in nats.
    pub knots: [f64; KNOTS],
    /// What the scores beyond the last knot exceed it by, on the mean, in nats.
    pub excess: f64,
}

impl Tail {
    /// Of scores of normal rows.
    #[cfg(feature = "cli")]
    pub fn of(scores: &[f64]) -> Self {
        let step = LAST / (KNOTS - 1) as f64;
        let quantile = |j| crate::metrics::quantile(scores, 1.0 - libm::exp(-step * j as f64));
        let knots: [f64; KNOTS] = std::array::from_fn(|j| quantile(j).unwrap_or(0.0));
        let last = knots[KNOTS - 1];
        let beyond = scores.iter().filter(|score| **score > last);
        let (count, sum) = beyond.fold((0.0, 0.0), |(n, sum), score| (n + 1.0, sum + score - last));
        // Where nothing lies beyond there is nothing to measure: a nat is what a flow that is right has.
        let excess = if sum > 0.0 { sum / count } else { 1.0 };
        Self { knots, excess }
    }

    /// For scores that are `nats` higher.
    pub fn shifted(&self, nats: f64) -> Self {
        let knots = self.knots.map(|knot| knot + nats);
        Self { knots, ..*self }
    }

    /// The tail score: 0 at the first knot, linear between knots and beyond the last. NaN stays NaN.
    pub fn score(&self, score: f64) -> f64 {
        let [first, .., last] = self.knots;
        if score < first {
            return 0.0;
        }
        let pairs = self.knots.windows(2).enumerate();
        let mut around = pairs.filter(|(_, pair)| pair[0] <= score && score < pair[1]);
        match around.next() {
            Some((j, pair)) => {
                let share = (score - pair[0]) / (pair[1] - pair[0]);
                LAST / (KNOTS - 1) as f64 * (j as f64 + share)
            }
            None => LAST + (score - last) / self.excess,
        }
    }

    fn check(&self, place: &str) -> Result<()> {
        let rises = self.knots.is_sorted() && self.knots.iter().all(|knot| knot.is_finite());
        if rises && self.excess > 0.0 && self.excess.is_finite() {
            return Ok(());
        }
        let message =
            format!("expected finite knots that rise and an excess above 0, found {self:?}");
        Err(Error::input(place, message))
    }
}

impl Ensemble {
    /// Gives all members the rows to scale integers by.
    pub fn share(&mut self, calibration: Option<Calibration>) {
        for member in &mut self.members {
            member.model.calibration = calibration.clone();
        }
        self.calibration = calibration;
    }

    /// What every member agrees on.
    pub fn first(&self) -> &Model {
        &self.members[0].model
    }

    /// An error unless there are members and all have the same features and sound tails.
    pub fn check(&self) -> Result<()> {
        if self.members.is_empty() {
            return Err(Error::input("ensemble", "expected members, found none"));
        }
        for (index, member) in self.members.iter().enumerate() {
            let place = format!("ensemble.members.{index}");
            member.tail.check(&format!("{place}.tail"))?;
            if member.model.features != self.first().features {
                let message = "expected the features of the first member, found others";
                return Err(Error::input(place, message));
            }
        }
        Ok(())
    }
}

impl Stored {
    /// The flow; of an ensemble the first, which has the inputs of all.
    pub fn first(&self) -> &Model {
        match self {
            Self::One(model) => model,
            Self::Several(ensemble) => ensemble.first(),
        }
    }

    /// All flows.
    pub fn models(&self) -> Vec<&Model> {
        match self {
            Self::One(model) => vec![model],
            Self::Several(ensemble) => ensemble.members.iter().map(|m| &m.model).collect(),
        }
    }

    /// The limit of the score.
    pub fn threshold(&self) -> Option<Threshold> {
        match self {
            Self::One(model) => model.threshold,
            Self::Several(ensemble) => ensemble.threshold,
        }
    }

    /// How rare each score is among normal rows.
    pub fn p_values(&self) -> Option<&PValues> {
        match self {
            Self::One(model) => model.p_values.as_ref(),
            Self::Several(ensemble) => ensemble.p_values.as_ref(),
        }
    }

    /// How many anomalous verdicts raise an alarm.
    pub fn debounce(&self) -> Option<Debounce> {
        match self {
            Self::One(model) => model.debounce,
            Self::Several(ensemble) => ensemble.debounce,
        }
    }

    /// Sets how many anomalous verdicts raise an alarm.
    pub fn set_debounce(&mut self, debounce: Option<Debounce>) {
        match self {
            Self::One(model) => model.debounce = debounce,
            Self::Several(ensemble) => ensemble.debounce = debounce,
        }
    }

    /// Normal rows and the thresholds of integer scores.
    pub fn calibration(&self) -> Option<&Calibration> {
        match self {
            Self::One(model) => model.calibration.as_ref(),
            Self::Several(ensemble) => ensemble.calibration.as_ref(),
        }
    }

    /// The same, to change.
    pub fn calibration_mut(&mut self) -> Option<&mut Calibration> {
        match self {
            Self::One(model) => model.calibration.as_mut(),
            Self::Several(ensemble) => ensemble.calibration.as_mut(),
        }
    }

    /// The threshold of scores in a number type; the general one, which integers can only approach, if it has none.
    pub fn threshold_of(&self, numeric: Numeric) -> Option<Threshold> {
        let threshold = self.threshold()?;
        let own = |weights| self.calibration()?.threshold(weights);
        Some(Threshold {
            score: numeric.weights().and_then(own).unwrap_or(threshold.score),
            ..threshold
        })
    }

    /// Keeps what normal rows in raw units gave.
    #[cfg(feature = "cli")]
    pub fn calibrate(&mut self, threshold: Threshold, p_values: PValues, rows: &[f64]) {
        let calibration = Some(Calibration::new(rows, self.first().flow.dim));
        match self {
            Self::One(model) => {
                model.threshold = Some(threshold);
                model.p_values = Some(p_values);
                model.calibration = calibration;
            }
            Self::Several(ensemble) => {
                ensemble.threshold = Some(threshold);
                ensemble.p_values = Some(p_values);
                ensemble.share(calibration);
            }
        }
    }

    /// One flow: the only one, or the member with this number, counted from 0.
    pub fn flow(self, member: Option<usize>) -> Result<Model> {
        match (self, member) {
            (Self::One(model), None) => Ok(model),
            (Self::One(_), Some(_)) => {
                let message = "expected an ensemble, found a model of one flow";
                Err(Error::input("--member", message))
            }
            (Self::Several(ensemble), None) => {
                let count = ensemble.members.len();
                let message = format!(
                    "expected a model of one flow, found an ensemble of {count}; --member takes one, from 0 to {}",
                    count - 1
                );
                Err(Error::input("ensemble", message))
            }
            (Self::Several(ensemble), Some(index)) => {
                let count = ensemble.members.len();
                let member = ensemble.members.into_iter().nth(index);
                member.map(|member| member.model).ok_or_else(|| {
                    let message = format!("expected 0 to {}, found {index}", count - 1);
                    Error::input("--member", message)
                })
            }
        }
    }
}

#[cfg(all(test, feature = "cli"))]
mod tests {
    use super::*;

    #[test]
    fn a_tail_score_is_minus_the_logarithm_of_the_share_above() {
        // Exponential scores: the share above `s` is e^−s, so u = s.
        let count = 20_000;
        let scores: Vec<f64> = (0..count)
            .map(|n| -((f64::from(n) + 0.5) / f64::from(count)).ln())
            .collect();
        let tail = Tail::of(&scores);
        for u in [0.5, 1.0, 2.0, 2.9, 3.1, 5.0, 9.0] {
            // Straight lines between knots 0.2 apart, and a mean of a thousand excesses.
            assert!((tail.score(u) - u).abs() < 0.05, "{u}: {}", tail.score(u));
        }
        assert_eq!(tail.score(-1.0), 0.0);
        assert!(tail.score(f64::NAN).is_nan());
        assert_eq!(tail.score(f64::INFINITY), f64::INFINITY);
    }

    #[test]
    fn equal_scores_have_a_tail_too() {
        let tail = Tail::of(&[3.0; 50]);
        assert_eq!(tail.score(2.9), 0.0);
        assert_eq!(tail.score(3.0), LAST);
        assert_eq!(tail.score(4.0), LAST + 1.0);
    }

    #[test]
    fn a_tail_score_never_falls() {
        let scores: Vec<f64> = (0..500).map(|n| (f64::from(n) * 0.7).sin() * 4.0).collect();
        let tail = Tail::of(&scores);
        let all: Vec<f64> = (-500..500)
            .map(|n| tail.score(f64::from(n) / 50.0))
            .collect();
        assert!(all.is_sorted());
    }
}
