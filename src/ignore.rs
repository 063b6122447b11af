//! Samples without a channel that is missing.

use crate::Collect;
use nalgebra::SVector;

/// Leaves out each sample in which a channel is missing, a NaN, as if it had not come; another collector takes the others.
///
/// ```text
/// push: nothing, and no verdict    if a channel is NaN
///       what `collector` gives     otherwise
/// ```
///
/// For sensors that take turns, or a link that loses some of the values. A sensor that dies is then no anomaly: whoever
/// ignores samples looks elsewhere for channels that stay away. An infinity is a value like any other, and never missing.
///
/// ```
/// use nice_flow::{Detector, Ignore, Window, float::Normal};
///
/// static WINDOW: Window<f32, 2, 2> = Window::new();
/// let mut detector = Detector::with(Ignore::new(WINDOW.clone()), &Normal, 8.0);
/// assert!(detector.push([0.3, 0.5]).is_some());
/// assert!(detector.push([0.3, f32::NAN]).is_none());
/// assert!(detector.push([0.3, f32::INFINITY]).unwrap().anomalous);
/// ```
///
/// [`Hold`](crate::Hold) puts the last value in its place instead. Counts of an ADC are never missing, and need neither.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Ignore<C> {
    collector: C,
}

impl<C> Ignore<C> {
    /// Leaves samples out before `collector`.
    pub const fn new(collector: C) -> Self {
        Self { collector }
    }
}

impl<C, const CH: usize, const D: usize> Collect<CH, D> for Ignore<C>
where
    C: Collect<CH, D, Raw = f32>,
{
    type Raw = f32;
    type Value = C::Value;

    #[inline]
    fn push(&mut self, sample: [f32; CH]) -> Option<SVector<C::Value, D>> {
        if sample.iter().any(|x| x.is_nan()) {
            return None;
        }
        self.collector.push(sample)
    }

    #[inline]
    fn learn(&mut self, anomalous: bool) {
        self.collector.learn(anomalous);
    }

    fn clear(&mut self) {
        self.collector.clear();
    }
}
