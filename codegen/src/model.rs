//! The content of a model file: one or several flows, with their units, threshold and origin.

pub mod baseline;
mod biases;
pub mod calibration;
mod call;
pub mod combination;
pub mod debounce;
pub mod file;
pub mod front_end;
mod member;
pub mod missing;
pub mod name;
pub mod origin;
pub mod p_values;
pub mod resolution;
mod samples;
mod steps;
pub mod tail;
pub mod threshold;
pub mod unit;

pub use baseline::Baseline;
pub use biases::Biases;
pub use calibration::Calibration;
pub use call::Call;
pub use combination::{Combination, Combine};
pub use front_end::FrontEnd;
pub use member::{Member, USUAL_MEMBERS};
pub use missing::Missing;
pub use origin::{Origin, TRAINED};
pub use samples::{expect_channels, expect_samples};
pub use steps::{Step, Way};
pub use tail::Tail;
pub use threshold::Threshold;
pub use unit::Unit;

use crate::flow::{ir::Flow, sample};
use crate::text::counted;
use crate::{Error, Numeric, Result};
use debounce::Debounce;
use p_values::PValues;
use std::borrow::Cow;

/// The most inputs of a model: an image of 64 by 64. Square matrices of this size are made while a model is checked.
pub const MOST_INPUTS: usize = 4096;

/// The most layers of a flow.
pub const MOST_LAYERS: usize = 4096;

/// Flows of the same inputs that together give one score, with the units of the inputs and what counts as normal.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// The name of the model, which names the generated items; letters, digits and underscores.
    pub name: String,
    /// One name for each input.
    pub features: Vec<String>,
    /// Numbers in one sample of the stream: an input vector is `dim / channels` samples, the oldest first.
    pub channels: usize,
    /// What is computed of raw samples, whose outputs are the inputs; `None`: samples are the inputs.
    pub front_end: Option<FrontEnd>,
    /// What a missing cell means.
    pub missing: Missing,
    /// What is taken off each channel before anything else; inputs, thresholds and calibration rows are those after it.
    pub baseline: Option<Baseline>,
    /// The flows; at least one.
    pub members: Vec<Member>,
    /// How the members' scores become one. `None` for a single flow, whose score in nats is that of the model.
    pub combine: Option<Combine>,
    /// Scores above it are anomalies.
    pub threshold: Option<Threshold>,
    /// How rare each score is among normal rows, if that was measured.
    pub p_values: Option<PValues>,
    /// How many anomalous verdicts raise an alarm; `None`: a single one does.
    pub debounce: Option<Debounce>,
    /// Normal rows, which give an integer module its scales, and the thresholds of integer scores.
    pub calibration: Option<Calibration>,
    /// How integer modules store the biases of small networks.
    pub biases: Biases,
    /// Where the model came from.
    pub origin: Origin,
}

/// Rows that are sampled from a flow when the model has no normal rows.
const DRAWN_ROWS: usize = 4000;

/// Rows whose sum of squares is below this are usable without computing their score, which takes time: values that a
/// sensor gives are far smaller.
const ORDINARY: f64 = 1e24;

impl Model {
    /// A model of one flow on raw inputs, with no threshold, calibration or origin.
    pub fn new(name: impl Into<String>, features: Vec<String>, flow: Flow) -> Self {
        Self {
            name: name.into(),
            channels: features.len(),
            front_end: None,
            missing: Missing::Alarm,
            baseline: None,
            features,
            members: vec![Member::new(flow)],
            combine: None,
            threshold: None,
            p_values: None,
            debounce: None,
            calibration: None,
            biases: Biases::Words,
            origin: Origin::default(),
        }
    }

    /// The first flow; all flows have its inputs.
    pub fn first(&self) -> &Member {
        &self.members[0]
    }

    /// Length of an input vector.
    pub fn dim(&self) -> usize {
        self.features.len()
    }

    /// Multiply-accumulates of one score: those of all layers of all flows on raw inputs.
    pub fn macs(&self) -> usize {
        let members = self.members.iter();
        members.map(|member| member.raw_flow().macs()).sum()
    }

    /// Numbers of all layers and priors of all flows on raw inputs, those that standardise among them.
    pub fn parameters(&self) -> usize {
        let members = self.members.iter();
        members.map(|member| member.raw_flow().parameters()).sum()
    }

    /// How the members' scores become one; `None` for a single flow.
    pub fn combination(&self) -> Option<Combination> {
        let tails = || self.members.iter().filter_map(|member| member.tail);
        Some(match self.combine? {
            Combine::Tail => Combination::Tails(tails().collect()),
            Combine::Max => Combination::HighestTail(tails().collect()),
            Combine::Density => Combination::MeanDensity(self.members.len()),
        })
    }

    /// Sets how the scores of several flows become one; thresholds and p-values must then be computed again.
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
            Some(Combine::Tail | Combine::Max) => Unit::TailScores,
            Some(Combine::Density) | None => Unit::Nats,
        }
    }

    /// The threshold of scores in a number type; the model's general threshold, which is only approximate for integers,
    /// if that type has none.
    pub fn threshold_of(&self, numeric: Numeric) -> Option<Threshold> {
        let threshold = self.threshold?;
        let own = |weights| self.calibration.as_ref()?.threshold(weights);
        Some(Threshold {
            score: numeric.weights().and_then(own).unwrap_or(threshold.score),
            ..threshold
        })
    }

    /// The normal rows that the model keeps from training or calibration, one after another; empty if it has none.
    pub fn kept_rows(&self) -> &[f64] {
        let kept = self.calibration.as_ref();
        kept.map_or(&[], |calibration| &calibration.rows)
    }

    /// Normal rows in raw units: those of the calibration, or samples of the member if there are none.
    pub fn normal_rows(&self, member: &Member) -> Cow<'_, [f64]> {
        match &self.calibration {
            Some(calibration) => Cow::Borrowed(&calibration.rows),
            None => {
                let draws = sample::rows(vec![member.raw_flow()], &[], 0);
                Cow::Owned(draws.take(DRAWN_ROWS).flatten().collect())
            }
        }
    }

    /// Whether each of the rows, in raw units one after another, can be used to scale integers: all its numbers and its
    /// score are finite in `f32`.
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

    /// A calibration without thresholds that keeps those of the normal rows that can be used to scale integers.
    pub fn calibration_of(&self, rows: &[f64]) -> Calibration {
        let mut calibration = Calibration::new(rows, self.dim());
        let rows = calibration.rows.chunks_exact(self.dim().max(1));
        let kept = rows.zip(self.usable(&calibration.rows));
        let kept = kept.filter_map(|(row, usable)| usable.then_some(row));
        calibration.rows = kept.flatten().copied().collect();
        calibration
    }

    /// The places of the inputs that are context: given, not scored; in rising order.
    pub fn context(&self) -> Vec<usize> {
        let mut context = self.first().flow.context();
        context.sort_unstable();
        context
    }

    /// An error where draws of the model are needed, and nothing is known of its context: no normal rows are kept.
    pub fn expect_known_context(&self, place: &str) -> Result<()> {
        if self.context().is_empty() || !self.kept_rows().is_empty() {
            return Ok(());
        }
        let message = "expected normal rows in the model, since a conditional flow cannot draw its context, found none: nice-flow calibrate";
        Err(Error::input(place, message))
    }

    /// `n` rows in raw units, one after another, sampled from the members with equal probability. The same seed gives
    /// the same rows. The context of a conditional flow is that of the rows that the model keeps.
    pub fn sample(&self, n: usize, seed: u64) -> Vec<f64> {
        self.draws(seed).take(n).flatten().collect()
    }

    /// The rows of [`sample`](Self::sample), one by one and without end.
    pub fn draws(&self, seed: u64) -> impl Iterator<Item = Vec<f64>> + '_ {
        let flows = self.members.iter().map(Member::raw_flow).collect();
        sample::rows(flows, self.kept_rows(), seed)
    }

    /// An error, which names `place`, unless memory has room for so many rows at once: 2 GiB of numbers.
    pub fn expect_draws(&self, n: usize, place: &str) -> Result<()> {
        let most = sample::MOST / self.dim().max(1);
        if n <= most {
            return Ok(());
        }
        let numbers = counted(self.dim(), "number");
        let message = format!(
            "expected at most {most} rows of {numbers}, found {n}: draw several times, each with another --seed"
        );
        Err(Error::input(place, message))
    }

    /// The model of a single member, counted from 0. It has no threshold: thresholds belong to the score of the whole.
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

    /// The only flow, mutable; an error if there are several.
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

const ONE_FLOW: &str = "expected an ensemble, found a model of one flow";
