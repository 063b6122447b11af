//! The side of the loop.

use crate::imu::CHANNELS;
use crate::model::{D, MODEL, Model, THRESHOLD};
use crate::sampler::Sample;
use heapless::spsc;
use nice_flow::fixed::Fixed;
use nice_flow::front::Bands;
use nice_flow::{Detector, Verdict};

/// Eight bands of each axis: what the model was trained on.
type Front = Bands<CHANNELS, 0, D>;
/// Samples a window, and so a verdict.
const WINDOW: u32 = 256;

/// Judges what comes out of a queue.
pub struct Watch {
    queue: spsc::Consumer<'static, Sample>,
    detector: Detector<Model, i32, CHANNELS, D, Front>,
    samples: u32,
    lost: u32,
}

impl Watch {
    /// Reads from this end of a queue.
    pub const fn new(queue: spsc::Consumer<'static, Sample>) -> Self {
        Self {
            queue,
            detector: Detector::with(Front::new(WINDOW), &MODEL, THRESHOLD),
            samples: 0,
            lost: 0,
        }
    }

    /// The next verdict on what is in the queue, `None` if there is no more.
    ///
    /// After a lost sample a new window begins: across a gap, frequencies would not be what they are.
    pub fn verdict(&mut self) -> Option<Verdict<Fixed>> {
        while let Some(Sample { raw, lost }) = self.queue.dequeue() {
            self.samples = self.samples.saturating_add(1);
            if lost > 0 {
                self.lost = self.lost.saturating_add(lost);
                self.detector.reset();
            }
            if let Some(verdict) = self.detector.push(raw) {
                return Some(verdict);
            }
        }
        None
    }

    /// Samples that came.
    pub fn samples(&self) -> u32 {
        self.samples
    }

    /// Samples that did not, before the last that came.
    pub fn lost(&self) -> u32 {
        self.lost
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::Watch;
    use crate::{Imu, Queue, SAMPLES, Sampler};
    use std::boxed::Box;
    use std::vec::Vec;

    fn ends() -> (Sampler, Watch) {
        let (producer, consumer) = Box::leak(Box::new(Queue::new())).split();
        (Sampler::new(Imu::new(), producer), Watch::new(consumer))
    }

    #[test]
    fn the_motor_is_normal_until_it_is_out_of_balance() {
        let (mut sampler, mut watch) = ends();
        let verdicts = (0..SAMPLES).filter_map(|_| {
            sampler.tick();
            watch.verdict()
        });
        let anomalous: Vec<_> = verdicts.map(|verdict| verdict.anomalous).collect();
        assert_eq!(anomalous, [[false; 23], [true; 23]].concat());
        assert_eq!((watch.samples(), watch.lost()), (SAMPLES, 0));
    }

    #[test]
    fn a_window_begins_after_a_gap() {
        let (mut sampler, mut watch) = ends();
        (0..100).for_each(|_| sampler.tick());
        assert!(watch.verdict().is_none());
        let first = (1..).find(|_| {
            sampler.tick();
            watch.verdict().is_some()
        });
        assert_eq!((first, watch.samples(), watch.lost()), (Some(256), 288, 68));
    }
}
