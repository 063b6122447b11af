//! The side of the interrupt.

use crate::imu::{CHANNELS, Imu, Silent};
use heapless::spsc;

/// From the interrupt to the loop: for 32 samples, 32 ms in which the loop may be busy with something else.
pub type Queue = spsc::Queue<Sample, 33>;

/// What the sensor read, and how many samples right before it are lost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// The counts of both axes.
    pub raw: [i16; CHANNELS],
    /// Not read, or found the queue full.
    pub lost: u32,
}

/// Reads the sensor into a queue.
pub struct Sampler {
    imu: Imu,
    queue: spsc::Producer<'static, Sample>,
    lost: u32,
}

/// The sample is: not read, or without room.
struct Lost;

impl From<Silent> for Lost {
    fn from(Silent: Silent) -> Self {
        Self
    }
}

impl Sampler {
    /// Writes into this end of a queue.
    pub const fn new(imu: Imu, queue: spsc::Producer<'static, Sample>) -> Self {
        Self {
            imu,
            queue,
            lost: 0,
        }
    }

    /// One sample, for the timer's interrupt: it takes the same short time, whatever the loop is at.
    pub fn tick(&mut self) {
        self.lost = match self.sample() {
            Ok(()) => 0,
            Err(Lost) => self.lost.saturating_add(1),
        };
    }

    fn sample(&mut self) -> Result<(), Lost> {
        let raw = self.imu.read_raw()?;
        let sample = Sample {
            raw,
            lost: self.lost,
        };
        self.queue.enqueue(sample).map_err(|_| Lost)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::{Queue, Sampler};
    use crate::{Imu, SAMPLES};
    use std::boxed::Box;

    #[test]
    fn samples_that_find_the_queue_full_are_counted_in_the_next_that_does_not() {
        let (producer, mut consumer) = Box::leak(Box::new(Queue::new())).split();
        let mut sampler = Sampler::new(Imu::new(), producer);
        (0..40).for_each(|_| sampler.tick());
        let lost = core::iter::from_fn(|| consumer.dequeue()).map(|sample| sample.lost);
        assert_eq!(lost.collect::<std::vec::Vec<_>>(), [0; 32]);
        sampler.tick();
        sampler.tick();
        let lost = [consumer.dequeue(), consumer.dequeue()].map(|sample| sample.unwrap().lost);
        assert_eq!(lost, [8, 0]);
    }

    #[test]
    fn a_silent_sensor_gives_no_samples() {
        let (producer, mut consumer) = Box::leak(Box::new(Queue::new())).split();
        let mut sampler = Sampler::new(Imu::new(), producer);
        for _ in 0..SAMPLES {
            sampler.tick();
            assert!(consumer.dequeue().is_some());
        }
        sampler.tick();
        assert!(consumer.dequeue().is_none());
        assert_eq!(sampler.lost, 1);
    }
}
