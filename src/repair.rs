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
/// stack, are the vector, four bytes for each input, and what a score needs; in flash, beside `USUAL`, a
/// step of 292 bytes, with all that belongs to it 372 (an ensemble of 16 inputs in `i8` on a Cortex-M4, opt-level s,
/// `codegen/lab/tests/elf.rs`; there a cause of three values an input takes a million instructions, 48 scores of 20,000).
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
    /// The log-density from which on a vector is normal.
    floor: N,
    x: SVector<T, D>,
    log_density: N,
    /// How far out each input is, by `Density::distances`; the lowest bits for those that were put right.
    far: SVector<N, D>,
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
        let mut repair = Self {
            model,
            usual,
            floor: -threshold,
            x: x.read(|x| *x),
            log_density: M::Nats::ZERO,
            // Not of the constant `ZERO`: at opt-level z, that would link a function of the compiler, 174 bytes.
            far: SVector::from([M::Nats::of_word(0); D]),
        };
        model.distances(&repair.x, &mut repair.far);
        repair.log_density = model.log_density(&repair.x);
        repair
    }

    /// The score in nats with all causes so far put right.
    #[must_use]
    pub fn score(&self) -> M::Nats {
        -self.log_density
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
        let (model, ends) = (self.model, [M::Nats::IMPOSSIBLE, -M::Nats::LOWEST]);
        if self.floor <= self.log_density && self.log_density <= ends[1] {
            return None;
        }
        let far = self.far.as_slice().iter().map(|far| far.magnitude());
        let trial = |x: &mut SVector<T, D>, input, usual| {
            let value = exchanged(x, input, usual);
            let log_density = model.log_density(x);
            exchanged(x, input, value);
            log_density
        };
        let (input, usual) = search(&mut self.x, self.usual, far, self.log_density, ends, trial)?;
        *self.far.as_mut_slice().get_mut(input)? = M::Nats::of_word(1 << 31);
        let value = exchanged(&mut self.x, input, *usual);
        self.log_density = model.log_density(&self.x);
        Some(Cause {
            input,
            value,
            usual: *usual,
            score: -self.log_density,
        })
    }
}

/// Puts an element at a value; what it was.
#[inline]
fn exchanged<T: Number, const D: usize>(x: &mut SVector<T, D>, input: usize, value: T) -> T {
    match x.as_mut_slice().get_mut(input) {
        Some(element) => core::mem::replace(element, value),
        None => value,
    }
}
