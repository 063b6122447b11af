//! Window, model and threshold in one.

use crate::{Density, Number, Window};
use nalgebra::SVector;

/// What a detector says of one window.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Verdict<T> {
    /// `−ln p(x)` in nats.
    pub score: T,
    /// Whether the score is above the threshold, or no finite number.
    pub anomalous: bool,
}

/// Scores every window of a stream against a model in flash.
///
/// Only the window is in RAM. `CH == D` scores every sample by itself.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Detector<M: Density<T, D> + 'static, T, const CH: usize, const D: usize> {
    model: &'static M,
    threshold: M::Nats,
    window: Window<T, CH, D>,
}

impl<M, T, const CH: usize, const D: usize> Detector<M, T, CH, D>
where
    T: Number,
    M: Density<T, D>,
{
    /// Watches a stream; scores above `threshold` nats are anomalies.
    pub const fn new(model: &'static M, threshold: M::Nats) -> Self {
        Self {
            model,
            threshold,
            window: Window::new(),
        }
    }

    /// Takes one sample; judges the window that it completes, `None` while the first one fills.
    pub fn push(&mut self, sample: [T; CH]) -> Option<Verdict<M::Nats>> {
        self.window.push(sample);
        self.window.get().map(|x| self.judge(&x))
    }

    /// Judges one vector, leaving the stream alone.
    pub fn judge(&self, x: &SVector<T, D>) -> Verdict<M::Nats> {
        let score = self.model.score(x);
        Verdict {
            score,
            // Said of what is normal: a NaN, from a broken sensor, is not; nor is an infinite density.
            anomalous: !(M::Nats::LOWEST <= score && score <= self.threshold),
        }
    }

    /// Starts again with an empty window, say after a gap in the stream.
    pub fn reset(&mut self) {
        self.window.clear();
    }
}
