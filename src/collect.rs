//! From a stream of raw samples to the vectors that a model scores.

use crate::Number;
use nalgebra::SVector;

/// Takes samples of `CH` channels one by one, and gives the vectors of `D` numbers that a model scores.
///
/// ```text
/// push:   sample, sample, …  ↦  x, now and then
/// learn:  what the verdict on that x was
/// ```
///
/// [`Window`](crate::Window) is one: its vector is the last samples as they are. A [`Detector`](crate::Detector) takes any:
///
/// ```
/// use nice_flow::{Collect, Detector, Number, float::Normal, nalgebra::{SVector, vector}};
///
/// /// The change since the sample before.
/// struct Change(Option<f32>);
///
/// impl Collect<1, 1> for Change {
///     type Raw = f32;
///     type Value = f32;
///
///     fn push(&mut self, [sample]: [f32; 1]) -> Option<SVector<f32, 1>> {
///         self.0.replace(sample).map(|before| vector![sample - before])
///     }
///
///     fn clear(&mut self) {
///         self.0 = None;
///     }
/// }
///
/// let mut detector = Detector::with(Change(None), &Normal, 10.0);
/// assert!(detector.push([20.0]).is_none());
/// assert!(!detector.push([20.5]).unwrap().anomalous);
/// assert!(detector.push([29.0]).unwrap().anomalous);
/// ```
pub trait Collect<const CH: usize, const D: usize> {
    /// What a channel gives: `f32`, or the `i16` or `i32` counts of an ADC.
    type Raw: Number;
    /// What the vectors hold.
    type Value: Number;

    /// Takes one sample; the vector that it completes, `None` if it completes none.
    fn push(&mut self, sample: [Self::Raw; CH]) -> Option<SVector<Self::Value, D>>;

    /// Takes the verdict on the vector that [`push`](Self::push) gave last. What follows the stream holds still while
    /// that is anomalous; most collectors need no verdict, and do nothing here.
    #[inline]
    fn learn(&mut self, anomalous: bool) {
        let _ = anomalous;
    }

    /// Forgets every sample, say after a gap in the stream.
    fn clear(&mut self);
}
