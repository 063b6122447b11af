//! Trees of half-band filters: one channel of samples in, eight or sixteen bands of one width out.

use super::half_band::{CHUNK, HalfBand, split};
use core::fmt::Debug;

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Eight {}
    impl Sealed for super::Sixteen {}
}

/// How finely [`Bands`](super::Bands) divide the spectrum: [`Eight`] or [`Sixteen`]. Sealed.
pub trait Tree: sealed::Sealed + Clone + Debug {
    /// How many bands there are.
    const BANDS: usize;
    /// At rest.
    #[doc(hidden)]
    const NEW: Self;
    /// Sums of squares of each band.
    #[doc(hidden)]
    type Sums: AsRef<[u64]> + Copy + Debug;
    /// Of no sample.
    #[doc(hidden)]
    const ZERO: Self::Sums;

    /// Filters a chunk in place. The samples of the bands take turns; [`place`] says in which order.
    #[doc(hidden)]
    fn filter(&mut self, x: &mut [i32; CHUNK]);

    /// Adds the squares of a filtered chunk.
    #[doc(hidden)]
    fn add(sums: &mut Self::Sums, x: &[i32; CHUNK]);
}

/// Eight bands, each a sixteenth of the sampling rate wide: three levels of half-bands.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Eight([HalfBand; 1], [HalfBand; 2], [HalfBand; 4]);

/// Sixteen bands, each a thirty-second of the sampling rate wide: four levels, for sound.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Sixteen(Eight, [HalfBand; 8]);

impl Tree for Eight {
    const BANDS: usize = 8;
    const NEW: Self = Self([HalfBand::NEW; 1], [HalfBand::NEW; 2], [HalfBand::NEW; 4]);
    type Sums = [u64; 8];
    const ZERO: [u64; 8] = [0; 8];

    #[inline(never)]
    fn filter(&mut self, x: &mut [i32; CHUNK]) {
        split(&mut self.0, x);
        split(&mut self.1, x);
        split(&mut self.2, x);
    }

    #[inline]
    fn add(sums: &mut [u64; 8], x: &[i32; CHUNK]) {
        let (first, second) = x.split_at(8);
        for ((sum, first), second) in sums.iter_mut().zip(first).zip(second) {
            *sum += u64::from(square(*first) + square(*second));
        }
    }
}

impl Tree for Sixteen {
    const BANDS: usize = 16;
    const NEW: Self = Self(Eight::NEW, [HalfBand::NEW; 8]);
    type Sums = [u64; 16];
    const ZERO: [u64; 16] = [0; 16];

    #[inline]
    fn filter(&mut self, x: &mut [i32; CHUNK]) {
        self.0.filter(x);
        split(&mut self.1, x);
    }

    #[inline]
    fn add(sums: &mut [u64; 16], x: &[i32; CHUNK]) {
        for (sum, x) in sums.iter_mut().zip(x) {
            *sum += u64::from(square(*x));
        }
    }
}

/// Where in turn the band with this number comes, counted from the lowest frequency.
///
/// The bits of a place are the halves taken, the first the lowest bit. As every upper half comes out backwards, they
/// are the Gray code of the band.
pub const fn place(band: usize, bands: usize) -> usize {
    (band ^ band >> 1).reverse_bits() >> (usize::BITS - bands.trailing_zeros())
}

/// A filtered sample rounded to half counts, at most half of full scale, so that its square has 30 bits.
#[inline]
pub fn halves(x: i32) -> i32 {
    ((x + 4) >> 3).clamp(-0x8000, 0x7fff)
}

/// Of a filtered sample, in quarters of a square count.
#[inline]
pub fn square(x: i32) -> u32 {
    let x = halves(x);
    (x * x) as u32
}
