//! Which inputs make a row anomalous, as a board's `nice_flow::Repair` says it: the same causes in the same order.

use super::arithmetic::Arithmetic;
use super::fixed::distances;
use super::score::{inputs, score, score_lowered};
use super::scores::Scores;
use nice_flow::Number;
use nice_flow::host::search;
use nice_flow_codegen::model::Threshold;
use nice_flow_codegen::module::{LoweredFlow, fixed::Scale, usual_values};
use nice_flow_codegen::{Lowered, Model, Result, lowered};

/// An input that makes a row anomalous.
#[derive(Clone, Debug, PartialEq)]
pub struct Cause {
    /// The place of the input.
    pub input: usize,
    /// Its value.
    pub value: f64,
    /// The usual value that lowers the score most.
    pub usual: f64,
    /// The score that is left with this input and those of earlier causes at their usual values.
    pub score: f64,
    /// How far the score fell; infinite if it was none before, or the largest that an integer holds.
    pub fall: f64,
}

/// Explains rows by a model.
pub struct Explainer<'a> {
    model: &'a Model,
    /// `None` for the reference.
    lowered: Option<Lowered>,
    usual: Vec<Vec<f64>>,
}

/// The most numbers in rows that are scored together.
const MOST_NUMBERS: usize = 4 << 20;

impl<'a> Explainer<'a> {
    /// By `count` usual values of each input: quantiles of the model's normal rows, as `generate --explain` writes them.
    pub fn new(
        model: &'a Model,
        arithmetic: Arithmetic,
        scale: Option<&Scale>,
        count: usize,
    ) -> Result<Self> {
        let usual = usual_values(model, count, scale)?;
        let numeric = arithmetic.module();
        let lowered = numeric.map(|numeric| lowered(model, numeric)).transpose()?;
        let lowered = match (lowered, scale) {
            (Some(lowered), Some(scale)) => Some(lowered.taking_counts(scale, model)?),
            (lowered, _) => lowered,
        };
        Ok(Self::of(model, lowered, usual))
    }

    /// By these usual values of each input, in what rows are in; without a module by the reference.
    pub fn of(model: &'a Model, lowered: Option<Lowered>, usual: Vec<Vec<f64>>) -> Self {
        Self {
            model,
            lowered,
            usual,
        }
    }

    /// The causes of a row, at most so many, the one to blame first in front; it is mended until its score is no higher
    /// than the threshold or, without one, until nothing lowers it.
    pub fn causes(
        &self,
        row: &[f64],
        threshold: Option<Threshold>,
        most: usize,
    ) -> Result<Vec<Cause>> {
        let scores = self.scores(row)?;
        let limit = threshold.map_or(f64::NEG_INFINITY, |threshold| scores.limit(threshold));
        let largest = scores.largest();
        let ends = [-scores.impossible(), largest];
        let is_number = |score: f64| -largest <= score && score < largest;
        let (mut x, mut mended) = (row.to_vec(), vec![false; row.len()]);
        let mut now = scores.to_f64().first().copied().unwrap_or(f64::NAN);
        let mut causes = vec![];
        while causes.len() < most && !(now.is_finite() && now <= limit) {
            let Some((input, usual, score)) = self.step(&x, &mended, now, ends)? else {
                break;
            };
            causes.push(Cause {
                input,
                value: x[input],
                usual,
                score,
                fall: if is_number(now) {
                    now - score
                } else {
                    f64::INFINITY
                },
            });
            (x[input], mended[input], now) = (usual, true, score);
        }
        Ok(causes)
    }

    /// The next input to put right, at which value, and the score that is left. All that the runtime's search may try is scored
    /// at once: it is asked twice, first what it tries and then, with the scores, what it chooses.
    fn step(
        &self,
        x: &[f64],
        mended: &[bool],
        now: f64,
        ends: [f64; 2],
    ) -> Result<Option<(usize, f64, f64)>> {
        let far = self.far(x);
        let choice = |trial: &mut dyn FnMut(usize, f64) -> f64| {
            let far = far.iter().zip(mended);
            let far = far.map(|(far, is_mended)| if *is_mended { -1 } else { *far });
            let trial = |_: &mut (), input, value| -trial(input, value);
            search(&mut (), &self.usual, far, -now, ends, trial)
        };
        let mut trials = vec![];
        choice(&mut |input, value| {
            trials.push((input, value));
            now
        });
        let mut scores = vec![];
        for trials in trials.chunks((MOST_NUMBERS / x.len().max(1)).max(1)) {
            let rows = trials.iter().flat_map(|(input, value)| {
                let mut row = x.to_vec();
                row[*input] = *value;
                row
            });
            scores.extend(self.scores(&rows.collect::<Vec<_>>())?.to_f64());
        }
        let mut each = scores.iter().copied();
        let found = choice(&mut |_, _| each.next().unwrap_or(f64::NAN));
        let left = |(input, value): (usize, &f64)| {
            let place = trials.iter().position(|trial| *trial == (input, *value));
            let score = place.and_then(|place| scores.get(place)).copied();
            (input, *value, score.unwrap_or(f64::NAN))
        };
        Ok(found.map(left))
    }

    fn scores(&self, rows: &[f64]) -> Result<Scores> {
        match &self.lowered {
            None => score(self.model, rows, Arithmetic::F64, &|_| ()),
            Some(lowered) => {
                let rows = inputs(self.model, lowered, rows);
                Ok(score_lowered(lowered, &rows, &|_| ()))
            }
        }
    }

    /// How far out each input is: of integers by the encoder of the first flow, else by its size.
    fn far(&self, x: &[f64]) -> Vec<i32> {
        let Some(lowered) = &self.lowered else {
            return x.iter().map(|x| clamped(*x).size()).collect();
        };
        match lowered.flows().first() {
            Some(LoweredFlow::Fixed(module)) => distances(module, &inputs(self.model, lowered, x)),
            _ => x.iter().map(|x| (*x as f32).size()).collect(),
        }
    }
}

/// The nearest finite `f32` of a finite number: the reference takes larger ones.
fn clamped(x: f64) -> f32 {
    if x.is_finite() {
        x.clamp(f32::MIN.into(), f32::MAX.into()) as f32
    } else {
        x as f32
    }
}
