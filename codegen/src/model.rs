//! What a model file holds: one flow or several, and all that a user knows of them.

pub mod calibration;
pub mod combination;
pub mod debounce;
pub mod file;
mod member;
pub mod name;
pub mod origin;
pub mod p_values;
pub mod tail;
pub mod threshold;
pub mod unit;

pub use calibration::Calibration;
pub use combination::{Combination, Combine};
pub use member::Member;
pub use origin::Origin;
pub use tail::Tail;
pub use threshold::Threshold;
pub use unit::Unit;

use crate::flow::ir::Flow;
use crate::flow::sample;
use crate::{Error, Numeric, Result};
use debounce::Debounce;
use p_values::PValues;
use std::borrow::Cow;

/// Flows of the same inputs that make one score, the units of these inputs, and what is normal.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Names the generated items; letters, digits and underscores.
    pub name: String,
    /// One name for each input.
    pub features: Vec<String>,
    /// Numbers in a sample of the stream: an input vector is `dim / channels` samples, the oldest first.
    pub channels: usize,
    /// At least one.
    pub members: Vec<Member>,
    /// What the members' scores become; `None` of a single flow, whose score, in nats, is the model's.
    pub combine: Option<Combine>,
    /// Scores above it are anomalies.
    pub threshold: Option<Threshold>,
    /// How rare each score is among normal rows.
    pub p_values: Option<PValues>,
    /// How many anomalous verdicts raise an alarm.
    pub debounce: Option<Debounce>,
    /// Normal rows, and thresholds of integer scores: what scales a module that has no floating point.
    pub calibration: Option<Calibration>,
    /// Where the model came from.
    pub origin: Origin,
}

/// Rows that a flow draws of itself where a model has no normal ones.
const DRAWN_ROWS: usize = 4000;

/// Sum of squares of a row below which its score is not looked at: sensors have smaller numbers, and it takes time.
const ORDINARY: f64 = 1e24;

impl Model {
    /// A flow on raw inputs, of which nothing else is known.
    pub fn new(name: impl Into<String>, features: Vec<String>, flow: Flow) -> Self {
        Self {
            name: name.into(),
            channels: features.len(),
            features,
            members: vec![Member::new(flow)],
            combine: None,
            threshold: None,
            p_values: None,
            debounce: None,
            calibration: None,
            origin: Origin::default(),
        }
    }

    /// The first flow, which has the inputs of all.
    pub fn first(&self) -> &Member {
        &self.members[0]
    }

    /// Length of an input vector.
    pub fn dim(&self) -> usize {
        self.features.len()
    }

    /// Multiply-accumulates of one score.
    pub fn macs(&self) -> usize {
        self.members.iter().map(|member| member.flow.macs()).sum()
    }

    /// Trained numbers of all flows.
    pub fn parameters(&self) -> usize {
        let members = self.members.iter();
        members.map(|member| member.flow.parameters()).sum()
    }

    /// How the members' scores become one; `None` of a single flow.
    pub fn combination(&self) -> Option<Combination> {
        let tails = || self.members.iter().filter_map(|member| member.tail);
        Some(match self.combine? {
            Combine::Tail => Combination::Tails(tails().collect()),
            Combine::Density => Combination::MeanDensity(self.members.len()),
        })
    }

    /// Sets what the scores of several flows become; thresholds and p-values are then to be found anew.
    pub fn set_combine(&mut self, combine: Combine) -> Result<()> {
        if self.combine.is_none() {
            return Err(Error::input("--combine", ONE_FLOW));
        }
        self.combine = Some(combine);
        Ok(())
    }

    /// The unit of the score.
    pub fn unit(&self) -> Unit {
        match self.combine {
            Some(Combine::Tail) => Unit::TailScores,
            Some(Combine::Density) | None => Unit::Nats,
        }
    }

    /// The threshold of scores in a number type; the general one, which integers can only approach, if it has none.
    pub fn threshold_of(&self, numeric: Numeric) -> Option<Threshold> {
        let threshold = self.threshold?;
        let own = |weights| self.calibration.as_ref()?.threshold(weights);
        Some(Threshold {
            score: numeric.weights().and_then(own).unwrap_or(threshold.score),
            ..threshold
        })
    }

    /// Normal rows in raw units: those of the calibration, else draws of a member.
    pub fn normal_rows(&self, member: &Member) -> Cow<'_, [f64]> {
        match &self.calibration {
            Some(calibration) => Cow::Borrowed(&calibration.rows),
            None => Cow::Owned(sample::rows(&[member.raw_flow()], DRAWN_ROWS, 0)),
        }
    }

    /// Of rows in raw units, one after another, which can scale integers: all numbers are finite, and the score is, both
    /// within `f32`.
    pub fn usable(&self, rows: &[f64]) -> Vec<bool> {
        let flow = std::cell::OnceCell::new();
        let is_single = |x: f64| (x as f32).is_finite();
        let usable = |row: &[f64]| {
            let squares: f64 = row.iter().map(|x| x * x).sum();
            let score = || {
                flow.get_or_init(|| self.first().raw_flow())
                    .log_density(row)
            };
            row.iter().all(|x| is_single(*x)) && (squares < ORDINARY || is_single(score()))
        };
        rows.chunks_exact(self.dim().max(1)).map(usable).collect()
    }

    /// The rows of normal ones that can scale integers, kept as a calibration without thresholds.
    pub fn calibration_of(&self, rows: &[f64]) -> Calibration {
        let mut calibration = Calibration::new(rows, self.dim());
        let rows = calibration.rows.chunks_exact(self.dim().max(1));
        let kept = rows.zip(self.usable(&calibration.rows));
        let kept = kept.filter_map(|(row, usable)| usable.then_some(row));
        calibration.rows = kept.flatten().copied().collect();
        calibration
    }

    /// `n` rows in raw units, one after another: those of a mixture of the members, all as often. Same seed, same rows.
    pub fn sample(&self, n: usize, seed: u64) -> Vec<f64> {
        let flows: Vec<Flow> = self.members.iter().map(Member::raw_flow).collect();
        sample::rows(&flows, n, seed)
    }

    /// The model of one member, counted from 0: its score has no threshold yet.
    pub fn member(self, index: usize) -> Result<Self> {
        if self.combine.is_none() {
            return Err(Error::input("--member", ONE_FLOW));
        }
        let count = self.members.len();
        let member = self.members.into_iter().nth(index).ok_or_else(|| {
            let message = format!("expected 0 to {}, found {index}", count - 1);
            Error::input("--member", message)
        })?;
        Ok(Self {
            members: vec![member],
            combine: None,
            threshold: None,
            p_values: None,
            debounce: None,
            ..self
        })
    }

    /// The only flow; an error if there are several.
    pub fn only(&self) -> Result<&Member> {
        self.expect_one()?;
        Ok(self.first())
    }

    /// The only flow, to change; an error if there are several.
    pub fn only_mut(&mut self) -> Result<&mut Member> {
        self.expect_one()?;
        Ok(&mut self.members[0])
    }

    fn expect_one(&self) -> Result<()> {
        let count = self.members.len();
        if self.combine.is_none() && count == 1 {
            return Ok(());
        }
        let message = format!(
            "expected a model of one flow, found an ensemble of {count}; --member takes one, from 0 to {}",
            count.saturating_sub(1)
        );
        Err(Error::input("ensemble", message))
    }
}

/// An error unless a vector of `dim` inputs is whole samples of `channels` numbers.
pub fn expect_channels(dim: usize, channels: usize) -> Result<()> {
    if channels > 0 && dim.is_multiple_of(channels) {
        return Ok(());
    }
    let message = format!("expected a divisor of the {dim} inputs, found {channels}");
    Err(Error::input("channels", message))
}

const ONE_FLOW: &str = "expected an ensemble, found a model of one flow";
