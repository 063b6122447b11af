//! A moving baseline: what samples are above the level that they move about.

mod level;

pub use level::Level;

use crate::{Collect, Number, Window};
use nalgebra::SVector;

/// Takes off each channel the level that it moves about, and collects the last `D / CH` samples of what is left.
///
/// ```text
/// y = x − m            what the model scores
/// m += (x − m) / 2ᵏ    after the verdict, unless it is anomalous
/// ```
///
/// For channels whose level means nothing and creeps: the ambient temperature, a pressure that differs from day to day.
/// The level starts at the first sample and follows fast at first (by halves, then quarters, …), then with a time constant
/// of `2ᵏ` samples. While windows are anomalous it stands still, so that a fault does not become normal.
///
/// In RAM are the window, a level and a sample for each channel, and a counter. `T` is what a channel gives: of `f32` the
/// model gets `f32`, of `i16` or `i32` counts it gets `i32` counts. [`Level`] says how each is computed.
///
/// ```
/// use nice_flow::{Baseline, Detector, float::Normal};
///
/// let mut detector = Detector::with(Baseline::<f32, 1, 1>::new(4), &Normal, 8.0);
/// // A slow rise is followed, a step is not.
/// let slow = (0..200).map(|i| 20.0 + 0.05 * i as f32);
/// assert!(slow.map(|x| detector.push([x]).unwrap()).all(|verdict| !verdict.anomalous));
/// let step = (0..200).map(|i| 36.0 + 0.05 * i as f32);
/// assert!(step.map(|x| detector.push([x]).unwrap()).all(|verdict| verdict.anomalous));
/// ```
///
/// The size of the shift is checked when the program is built:
///
/// ```compile_fail,E0080
/// static BASELINE: nice_flow::Baseline<f32, 1, 1> = nice_flow::Baseline::new(16);
/// ```
// Not derived for `defmt`: that would ask for the formats of associated types.
#[derive(Clone, Debug)]
pub struct Baseline<T: Level, const CH: usize, const D: usize> {
    window: Window<T::Value, CH, D>,
    levels: [T::State; CH],
    last: [T; CH],
    shift: u8,
    /// How many samples the level has followed, at most `2ᵏ`.
    followed: u16,
}

/// The largest shift: a time constant of 32,768 samples.
const MOST: u8 = 15;

impl<T: Level, const CH: usize, const D: usize> Baseline<T, CH, D> {
    /// A baseline with a time constant of `2^shift` samples, before its first sample.
    ///
    /// # Panics
    ///
    /// If `shift` is above 15.
    pub const fn new(shift: u8) -> Self {
        assert!(shift <= MOST, "a shift of at most 15");
        Self {
            window: Window::new(),
            levels: [T::START; CH],
            last: [T::ZERO; CH],
            shift,
            followed: 0,
        }
    }

    fn follow(&mut self) {
        let step = step(self.followed, self.shift);
        for (level, x) in self.levels.iter_mut().zip(self.last) {
            *level = x.followed(*level, step, self.followed == 0);
        }
        self.followed = more(self.followed, self.shift);
    }
}

/// The shift of the next step: 0, 1, 1, 2, 2, 2, 2, 3, …, and `shift` from the `2^shift`-th sample on.
pub fn step(followed: u16, shift: u8) -> u8 {
    // The logarithm to base 2; `ilog2` has a panic for zero.
    let step = 31 - (u32::from(followed) + 1).leading_zeros() as u8;
    if step < shift { step } else { shift }
}

/// One more sample followed, up to `2^shift`.
pub fn more(followed: u16, shift: u8) -> u16 {
    followed + u16::from(followed < 1u16 << shift)
}

impl<T: Level, const CH: usize, const D: usize> Collect<CH, D> for Baseline<T, CH, D> {
    type Raw = T;
    type Value = T::Value;

    fn push(&mut self, sample: [T; CH]) -> Option<SVector<T::Value, D>> {
        let mut above = [T::Value::ZERO; CH];
        for ((above, x), level) in above.iter_mut().zip(sample).zip(self.levels) {
            // Before the first sample of counts, there is no level: the sample is its own.
            let level = match self.followed {
                0 => x.followed(level, 0, true),
                _ => level,
            };
            *above = x.above(level);
        }
        self.last = sample;
        self.window.push(above);
        let x = self.window.get();
        if x.is_none() {
            self.follow();
        }
        x
    }

    fn learn(&mut self, anomalous: bool) {
        if !anomalous {
            self.follow();
        }
    }

    /// Forgets the samples and the level.
    fn clear(&mut self) {
        self.window.clear();
        self.levels = [T::START; CH];
        self.followed = 0;
    }
}

#[cfg(feature = "defmt")]
impl<T: Level, const CH: usize, const D: usize> defmt::Format for Baseline<T, CH, D> {
    fn format(&self, f: defmt::Formatter) {
        defmt::write!(
            f,
            "Baseline {{ shift: {}, followed: {} }}",
            self.shift,
            self.followed
        );
    }
}
