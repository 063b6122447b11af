//! Why a vector is anomalous: which inputs, put right, make it normal.

mod search;

pub use search::{is_number, search};

use crate::fixed::Fixed;
use crate::{Density, Number, Vector};
use nalgebra::SVector;

/// An input that makes a vector anomalous.
///
/// `T` is the number that the model takes, `N` the one that counts its nats.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Cause<T, N> {
    /// The place of the input in the vector, from 0.
    pub input: usize,
    /// Its value, in the unit of the inputs.
    pub value: T,
    /// The usual value that lowers the score most, in the same unit.
    pub usual: T,
    /// The score in nats that is left with this input and those of earlier causes at their usual values.
    pub score: N,
}

impl<T, const FRAC: u32> Cause<T, Fixed<FRAC>> {
    /// The same with the score as a float, for what is sent.
    #[must_use]
    pub fn to_f32(self) -> Cause<T, f32> {
        Cause {
            input: self.input,
            value: self.value,
            usual: self.usual,
            score: self.score.to_f32(),
        }
    }
}

/// Puts one input after another at one of its usual values, until the score is normal: an iterator of [`Cause`]s, the
/// input to blame first in front.
///
/// ```text
/// (j, v) = argmin score(x with xⱼ = v)     over inputs j not put right yet, and their Q usual values v
/// xⱼ ← v,   cause (j, old xⱼ, v, score(x)),   again while score(x) > threshold
/// ```
///
/// It ends when the score is normal, no single value lowers it, or every input was put right. An input that no model can see
/// past, NaN, infinite, or at the limit of an integer model's encoder, is a cause outright, and all of those come first.
///
/// `nice-flow generate --explain 5` writes `USUAL`: five quantiles of each input over the calibration rows. Three values are
/// nearly as good as fifteen. A cause costs `D · Q + 1` scores: ask after an alarm, not for each sample. In RAM, on the
/// stack, are the vector, a byte for each input, and what a score needs; in flash, beside `USUAL`, 540 bytes (the default
/// ensemble of 16 inputs in `i8` on a Cortex-M4, opt-level s; there a cause of three values an input takes a million
/// instructions, 48 scores of 20,000).
///
/// ```
/// use nice_flow::{Flow, Repair, float::{Diagonal, Normal}};
///
/// // Three sensors, normally 20 ± 0.5, 1013 ± 8 and 5 ± 1. `nice-flow generate` writes this part.
/// static MODEL: Flow<Diagonal<3>, Normal> =
///     Flow::new(Diagonal::new([20.0, 1013.0, 5.0], [2.0, 0.125, 1.0]), Normal);
/// static USUAL: [[f32; 3]; 3] = [[19.5, 20.0, 20.5], [1005.0, 1013.0, 1021.0], [4.0, 5.0, 6.0]];
/// const THRESHOLD: f32 = 10.0;
///
/// let mut causes = Repair::new(&MODEL, THRESHOLD, &USUAL, &[24.0, 1010.0, f32::NAN]);
/// let (dead, hot) = (causes.next().unwrap(), causes.next().unwrap());
/// assert_eq!((dead.input, dead.usual), (2, 5.0));
/// assert_eq!((hot.input, hot.value, hot.usual), (0, 24.0, 20.0));
/// assert!(hot.score <= THRESHOLD && causes.next().is_none());
/// ```
#[derive(Clone, Debug)]
pub struct Repair<'a, M, T, N, const D: usize, const Q: usize> {
    model: &'a M,
    usual: &'a [[T; Q]; D],
    threshold: N,
    x: SVector<T, D>,
    score: N,
    /// Which inputs were put right.
    mended: [bool; D],
}

impl<'a, M, T, const D: usize, const Q: usize> Repair<'a, M, T, M::Nats, D, Q>
where
    T: Number,
    M: Density<T, D>,
{
    /// What makes `x`, an array or a vector, score above `threshold` nats; `usual` has `Q` values of each input.
    pub fn new(
        model: &'a M,
        threshold: M::Nats,
        usual: &'a [[T; Q]; D],
        x: &impl Vector<T, D>,
    ) -> Self {
        let x = x.read(|x| *x);
        Self {
            model,
            usual,
            threshold,
            score: score(model, &x),
            x,
            mended: [false; D],
        }
    }

    /// The score in nats with all causes so far put right.
    #[must_use]
    pub fn score(&self) -> M::Nats {
        self.score
    }

    /// The vector with all causes so far put right.
    #[must_use]
    pub fn vector(&self) -> &SVector<T, D> {
        &self.x
    }
}

impl<M, T, const D: usize, const Q: usize> Iterator for Repair<'_, M, T, M::Nats, D, Q>
where
    T: Number,
    M: Density<T, D>,
{
    type Item = Cause<T, M::Nats>;

    fn next(&mut self) -> Option<Self::Item> {
        if M::Nats::LOWEST <= self.score && self.score <= self.threshold {
            return None;
        }
        let model = self.model;
        let distance = |x: &SVector<T, D>, input| model.distance(x, input);
        let trial = |x: &mut SVector<T, D>, input, usual| {
            let value = exchanged(x, input, usual);
            let left = score(model, x);
            exchanged(x, input, value);
            left
        };
        let ends = [M::Nats::LOWEST, -M::Nats::LOWEST];
        let (input, usual) = search(
            &mut self.x,
            self.usual,
            &self.mended,
            self.score,
            ends,
            distance,
            trial,
        )?;
        let value = exchanged(&mut self.x, input, *usual);
        if let Some(is_mended) = self.mended.get_mut(input) {
            *is_mended = true;
        }
        self.score = score(model, &self.x);
        Some(Cause {
            input,
            value,
            usual: *usual,
            score: self.score,
        })
    }
}

/// The score of `x`.
// Not inlined: the code of the model would be in line twice. To check, compare the flash of a firmware with `Repair`.
#[inline(never)]
fn score<M: Density<T, D>, T, const D: usize>(model: &M, x: &SVector<T, D>) -> M::Nats {
    -model.log_density(x)
}

/// Puts an element at a value; what it was.
#[inline]
fn exchanged<T: Number, const D: usize>(x: &mut SVector<T, D>, input: usize, value: T) -> T {
    match x.as_mut_slice().get_mut(input) {
        Some(element) => core::mem::replace(element, value),
        None => value,
    }
}
