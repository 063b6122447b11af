//! What a commissioning found, and a collector that applies it.

use super::{Move, Reading};
use crate::Collect;
use nalgebra::SVector;

/// How the inputs of a machine are moved to where they were at the training, and the threshold with that: the result of a
/// [`Commission`](super::Commission), which can be kept in flash.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Site<T, N, const D: usize> {
    moves: [Move<T>; D],
    threshold: N,
}

impl<T: Reading, N: Copy, const D: usize> Site<T, N, D> {
    /// From its parts, such as those that were stored.
    pub const fn new(moves: [Move<T>; D], threshold: N) -> Self {
        Self { moves, threshold }
    }

    /// How each input is moved.
    pub const fn moves(&self) -> &[Move<T>; D] {
        &self.moves
    }

    /// Scores above it, in nats, are anomalies here.
    pub const fn threshold(&self) -> N {
        self.threshold
    }

    /// A collector whose vectors are moved, for [`Detector::with`](crate::Detector::with).
    pub fn adapted<C>(&self, collector: C) -> Adapted<C, T, D> {
        Adapted {
            collector,
            moves: self.moves,
        }
    }
}

/// Gives the vectors of another collector, each input moved as a [`Site`] has it.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Adapted<C, T, const D: usize> {
    collector: C,
    moves: [Move<T>; D],
}

impl<C, T, const CH: usize, const D: usize> Collect<CH, D> for Adapted<C, T, D>
where
    T: Reading,
    C: Collect<CH, D, Value = T>,
{
    type Raw = C::Raw;
    type Value = T;

    #[inline]
    fn push(&mut self, sample: [C::Raw; CH]) -> Option<SVector<T, D>> {
        let x = self.collector.push(sample)?;
        Some(moved(&self.moves, &x))
    }

    fn learn(&mut self, anomalous: bool) {
        self.collector.learn(anomalous);
    }

    fn clear(&mut self) {
        self.collector.clear();
    }
}

/// Each input moved.
pub fn moved<T: Reading, const D: usize>(moves: &[Move<T>; D], x: &SVector<T, D>) -> SVector<T, D> {
    let mut x = *x;
    for (x, by) in x.as_mut_slice().iter_mut().zip(moves) {
        *x = x.moved(*by);
    }
    x
}
