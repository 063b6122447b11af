//! Several flows that score together, in one of two ways.
//!
//! By their tails: a member's score in nats becomes a tail score `u = −ln P(a normal row scores as high)`, as measured on
//! its training rows, and the members' tail scores are averaged: so a normal row exceeds `u` about `e^−u` of the time,
//! whatever the members' own scales. Or as a density: that of a member drawn at random, `−ln (1/N Σ pₙ)` in nats.

mod combination;
mod tail;

pub use combination::{Combination, Combine};
pub use tail::{Constants, KNOTS, Tail};

use crate::model::debounce::Debounce;
use crate::model::p_values::PValues;
use crate::model::{Calibration, Threshold};
use crate::{Error, Model, Numeric, Result};

/// What a model file holds.
#[derive(Clone, Debug, PartialEq)]
// One is made at a time.
#[allow(clippy::large_enum_variant)]
pub enum Stored {
    /// One flow, which scores in nats.
    One(Model),
    /// Several, which score in tail scores or nats.
    Several(Ensemble),
}

/// Flows of the same inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Ensemble {
    /// At least one.
    pub members: Vec<Member>,
    /// What makes one score of theirs.
    pub combine: Combine,
    /// Scores above it are anomalies.
    pub threshold: Option<Threshold>,
    /// How rare each score is among normal rows.
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

    /// Multiply-accumulates of one score.
    pub fn macs(&self) -> usize {
        self.models().iter().map(|model| model.flow.macs()).sum()
    }

    /// All flows.
    pub fn models(&self) -> Vec<&Model> {
        match self {
            Self::One(model) => vec![model],
            Self::Several(ensemble) => ensemble.members.iter().map(|m| &m.model).collect(),
        }
    }

    /// Keeps the draws that integers are scaled by where there are no normal rows, so that they are made once.
    pub fn keep_normal_rows(&mut self) {
        match self {
            Self::One(model) => model.keep_normal_rows(),
            Self::Several(ensemble) => {
                let members = ensemble.members.iter_mut();
                members.for_each(|member| member.model.keep_normal_rows());
            }
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

    /// Sets what the scores of several flows become; thresholds and p-values are then to be found anew.
    pub fn set_combine(&mut self, combine: Combine) -> Result<()> {
        match self {
            Self::Several(ensemble) => {
                ensemble.combine = combine;
                Ok(())
            }
            Self::One(_) => {
                let message = "expected an ensemble, found a model of one flow";
                Err(Error::input("--combine", message))
            }
        }
    }

    /// Sets the rows that scale integers.
    pub fn set_calibration(&mut self, calibration: Calibration) {
        match self {
            Self::One(model) => model.calibration = Some(calibration),
            Self::Several(ensemble) => ensemble.share(Some(calibration)),
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
    pub fn calibrate(&mut self, threshold: Threshold, p_values: PValues, rows: &[f64]) {
        self.set_calibration(Calibration::new(rows, self.first().flow.dim));
        match self {
            Self::One(model) => {
                model.threshold = Some(threshold);
                model.p_values = Some(p_values);
            }
            Self::Several(ensemble) => {
                ensemble.threshold = Some(threshold);
                ensemble.p_values = Some(p_values);
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
