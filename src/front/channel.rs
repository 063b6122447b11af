//! One channel: its filters, and what they let through.

use super::half_band::CHUNK;
use super::octaves::Octaves;
use super::tree::{Tree, halves, place};

/// Bits below a count in the filters.
const GUARD: u32 = 4;

/// The filters of a channel and sums of the last `HOPS` hops.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Channel<const OCTAVES: usize, T: Tree, const HOPS: usize> {
    tree: T,
    octaves: Octaves<OCTAVES>,
    bands: [T::Sums; HOPS],
    upper: [[u64; OCTAVES]; HOPS],
    /// Of the lowest band, in half counts.
    lowest: [i32; HOPS],
    /// The first sample. It is taken off, so that the filters never see the step to it.
    offset: i32,
}

impl<const OCTAVES: usize, T: Tree, const HOPS: usize> Channel<OCTAVES, T, HOPS> {
    /// At rest.
    pub const NEW: Self = Self {
        tree: T::NEW,
        octaves: Octaves::NEW,
        bands: [T::ZERO; HOPS],
        upper: [[0; OCTAVES]; HOPS],
        lowest: [0; HOPS],
        offset: 0,
    };

    /// Makes this the sample that is taken off.
    #[inline]
    pub fn start(&mut self, sample: i16) {
        self.offset = i32::from(sample);
    }

    /// Sets the sums of a hop to zero.
    #[inline]
    pub fn begin(&mut self, hop: usize) {
        if let (Some(bands), Some(upper), Some(lowest)) = (
            self.bands.get_mut(hop),
            self.upper.get_mut(hop),
            self.lowest.get_mut(hop),
        ) {
            (*bands, *upper, *lowest) = (T::ZERO, [0; OCTAVES], 0);
        }
    }

    /// Filters the chunk with this number in its hop.
    #[inline]
    pub fn filter(&mut self, chunk: &[i16; CHUNK], hop: usize, number: u32) {
        let mut x = chunk.map(|sample| (i32::from(sample) - self.offset) << GUARD);
        self.tree.filter(&mut x);
        if let (Some(bands), Some(upper), Some(lowest)) = (
            self.bands.get_mut(hop),
            self.upper.get_mut(hop),
            self.lowest.get_mut(hop),
        ) {
            T::add(bands, &x);
            let turns = number * (CHUNK / T::BANDS) as u32..;
            for (turn, x) in turns.zip(x.iter().step_by(T::BANDS)) {
                *lowest += halves(*x);
                self.octaves.push(turn, *x, upper);
            }
        }
    }

    /// `Σ x²` of a band by rising frequency, in quarters of a square count.
    #[inline]
    pub fn band(&self, band: usize) -> u64 {
        let place = place(band, T::BANDS);
        let sums = self.bands.iter();
        sums.filter_map(|sums| sums.as_ref().get(place)).sum()
    }

    /// `Σ x²` of an octave, the highest first.
    #[inline]
    pub fn octave(&self, octave: usize) -> u64 {
        let sums = self.upper.iter();
        sums.filter_map(|sums| sums.get(octave)).sum()
    }

    /// `Σ x` of the lowest band, in half counts.
    #[inline]
    pub fn sum(&self) -> i32 {
        self.lowest.iter().sum()
    }

    /// The mean of a window with so many samples of the lowest band, in counts, Q16.
    pub fn mean(&self, count: u32) -> i32 {
        let sum = i64::from(self.sum()) << 15;
        let mean = sum.checked_div(i64::from(count)).unwrap_or(0);
        let mean = (i64::from(self.offset) << 16) + mean;
        mean.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32
    }
}
