//! The lowest band, halved again and again, for what turns slowly.

use super::half_band::HalfBand;
use super::tree::square;

/// `N` half-bands, each of which takes the lower half of the one before.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Octaves<const N: usize> {
    nodes: [HalfBand; N],
    /// The older of the two samples that a half-band takes next.
    older: [i32; N],
}

impl<const N: usize> Octaves<N> {
    /// At rest.
    pub const NEW: Self = Self {
        nodes: [HalfBand::NEW; N],
        older: [0; N],
    };

    /// Takes the sample of the lowest band with this number; adds the squares of the upper halves, the highest first.
    #[inline]
    pub fn push(&mut self, number: u32, sample: i32, sums: &mut [u64; N]) {
        let (mut x, mut turn) = (sample, number);
        for ((node, older), sum) in self.nodes.iter_mut().zip(&mut self.older).zip(sums) {
            if turn & 1 == 0 {
                *older = x;
                return;
            }
            let (lower, upper) = node.halve(*older, x);
            *sum += u64::from(square(upper));
            x = lower;
            turn >>= 1;
        }
    }
}
