//! What is between a row and the model: a moving baseline.

use firmware::model::{BASELINE, D, Detector, detector};
use firmware::{Element, Nats};
use nalgebra::SVector;
use nice_flow::{Baseline, Collect};

pub struct Stream {
    baseline: Baseline<Element, D, D>,
    /// The detector as a user has it, with a baseline of its own.
    detector: Detector@OF_COUNTS@,
}

impl Stream {
    pub const fn new() -> Self {
        Self {
            baseline: Baseline::new(BASELINE),
            detector: detector(@LIMIT@),
        }
    }

    /// What is above the level.
    pub fn push(&mut self, x: &SVector<Element, D>) -> Option<SVector<Element, D>> {
        self.baseline.push((*x).into())
    }

    /// Follows the row if it is normal; `None` if the detector's score has other bits.
    pub fn learn(&mut self, x: &SVector<Element, D>, bits: u32) -> Option<()> {
        let verdict = self.detector.push((*x).into())?;
        self.baseline.learn(verdict.anomalous);
        (canonical(verdict.score) == bits).then_some(())
    }
}

fn canonical<T: Nats>(score: T) -> u32 {
    T::canonical(score.bits())
}
