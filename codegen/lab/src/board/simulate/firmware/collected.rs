//! What is between a row and the model: the module's collector, which takes off levels, holds missing cells or ignores rows.

use firmware::model::{Collector, D, Detector, collector};
use firmware::{Element, Nats};
use nalgebra::SVector;
use nice_flow::Collect;

pub struct Stream {
    collector: Collector@OF_COUNTS@,
    /// The detector as a user has it, with a collector of its own.
    detector: Detector@OF_COUNTS@,
}

impl Stream {
    pub fn new() -> Self {
        Self {
            collector: collector(),
            detector: @DETECTOR@,
        }
    }

    /// What the model scores; `None` if the row is ignored.
    pub fn push(&mut self, x: &SVector<Element, D>) -> Option<SVector<Element, D>> {
        self.collector.push((*x).into())
    }

    /// Learns the verdict on the row; `None` if the detector's score has other bits, or is there where none is.
    pub fn learn(&mut self, x: &SVector<Element, D>, bits: Option<u32>) -> Option<()> {
        let verdict = self.detector.push((*x).into());
        if let Some(verdict) = &verdict {
            self.collector.learn(verdict.anomalous);
        }
        (verdict.map(|verdict| canonical(verdict.score)) == bits).then_some(())
    }
}

fn canonical<T: Nats>(score: T) -> u32 {
    T::canonical(score.bits())
}
