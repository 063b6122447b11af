//! A filter that halves a band: the lower half goes on at half the rate, and so does the upper.

/// Samples that are filtered at once.
pub const CHUNK: usize = 16;

/// Two first-order all-passes, one for the older and one for the newer of each two samples.
///
/// ```text
/// p = A₀(newer),  q = A₁(older),  Aᵢ(z) = (cᵢ + z⁻¹) / (1 + cᵢ z⁻¹),  c = 36/256 and 151/256
/// lower half: (p + q) / 2        upper half: (p − q) / 2, its frequencies from high to low
/// ```
///
/// At a quarter of the rate both are at −3 dB, at 0.30 of it the lower is at −17 dB, at 0.35 at −41 dB.
///
/// No sum overflows: of any samples within ±2²⁰, twelve half-bands deep, no product reaches 2^29.3. Of counts, which lie on
/// one side of the first or on both at half the distance, none reaches half of that.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct HalfBand {
    /// The last input and output of `A₀`.
    newer: [i32; 2],
    /// The last input and output of `A₁`.
    older: [i32; 2],
}

impl HalfBand {
    /// At rest.
    pub const NEW: Self = Self {
        newer: [0; 2],
        older: [0; 2],
    };

    /// The lower and the upper half of two samples.
    #[inline]
    pub fn halve(&mut self, older: i32, newer: i32) -> (i32, i32) {
        let p = self.newer[0] + ((36 * (newer - self.newer[1])) >> 8);
        let q = self.older[0] + ((151 * (older - self.older[1])) >> 8);
        self.newer = [newer, p];
        self.older = [older, q];
        ((p + q) >> 1, (p - q) >> 1)
    }
}

/// Halves `NODES` bands whose samples take turns in `x`. Each sample's place is taken by a half: the lower by that of the
/// older of two, so that twice as many bands take turns then.
#[inline]
pub fn split<const NODES: usize>(nodes: &mut [HalfBand; NODES], x: &mut [i32; CHUNK]) {
    for [older, newer] in x.as_chunks_mut::<NODES>().0.as_chunks_mut::<2>().0 {
        for ((node, older), newer) in nodes.iter_mut().zip(older).zip(newer) {
            (*older, *newer) = node.halve(*older, *newer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CHUNK, HalfBand};
    use proptest::prelude::*;
    use std::vec::Vec;
    extern crate std;

    /// A count from the first sample, with the bits below it.
    const FULL_SCALE: i64 = 0xffff << 4;
    /// Three levels of halves and nine more of the lower.
    const DEPTH: usize = 12;

    /// [`HalfBand`] in 64 bits, which remembers its largest product.
    #[derive(Clone, Copy, Default)]
    struct Wide {
        newer: [i64; 2],
        older: [i64; 2],
        largest: i64,
    }

    impl Wide {
        fn halve(&mut self, older: i64, newer: i64) -> (i64, i64) {
            let products = [36 * (newer - self.newer[1]), 151 * (older - self.older[1])];
            self.largest = self.largest.max(products[0].abs()).max(products[1].abs());
            let p = self.newer[0] + (products[0] >> 8);
            let q = self.older[0] + (products[1] >> 8);
            self.newer = [newer, p];
            self.older = [older, q];
            ((p + q) >> 1, (p - q) >> 1)
        }
    }

    /// The largest product in a tree of nodes that each sees `x`, which holds their halves against those in 32 bits.
    fn largest(x: &[i64], depth: usize) -> i64 {
        let (mut wide, mut node) = (Wide::default(), HalfBand::NEW);
        let (mut lower, mut upper) = (Vec::new(), Vec::new());
        for [older, newer] in x.as_chunks().0 {
            let halves = wide.halve(*older, *newer);
            let (low, high) = node.halve(*older as i32, *newer as i32);
            assert_eq!(halves, (i64::from(low), i64::from(high)));
            lower.push(halves.0);
            upper.push(halves.1);
        }
        let mut worst = wide.largest;
        if depth < DEPTH && lower.len() > 1 {
            worst = worst.max(largest(&lower, depth + 1));
            if depth < 4 {
                worst = worst.max(largest(&upper, depth + 1));
            }
        }
        worst
    }

    fn bits(product: i64) -> f64 {
        (product as f64).log2()
    }

    /// The signal of full scale that drives the node at the end of a path highest: at each sample the sign of what that
    /// adds to the node's last product.
    fn hardest(path: &[bool], length: usize) -> Vec<i64> {
        // The filters are linear but for rounding, so one sample at a time tells what each adds.
        let added = |at: usize| {
            let mut x: Vec<i64> = (0..length).map(|i| i64::from(i == at) << 40).collect();
            for upper in path {
                let mut node = Wide::default();
                let halves = x.as_chunks().0.iter().map(|[a, b]| node.halve(*a, *b));
                x = halves
                    .map(|(low, high)| if *upper { high } else { low })
                    .collect();
            }
            let mut node = Wide::default();
            let mut last = 0;
            for [older, newer] in x.as_chunks().0 {
                last = older - node.older[1];
                node.halve(*older, *newer);
            }
            last
        };
        (0..length)
            .map(|at| {
                if added(at) < 0 {
                    -FULL_SCALE
                } else {
                    FULL_SCALE
                }
            })
            .collect()
    }

    #[test]
    fn the_hardest_signals_come_near_the_bound_and_not_beyond() {
        let mut worst = 0;
        for length in [256, 1_024] {
            for path in 0..8 {
                for depth in 0..4 {
                    let path: Vec<bool> = (0..depth).map(|level| path >> level & 1 == 1).collect();
                    worst = worst.max(largest(&hardest(&path, length), 0));
                }
            }
        }
        assert!((29.2..29.3).contains(&bits(worst)), "{}", bits(worst));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn no_samples_overflow(
            levels in prop::collection::vec((any::<i16>(), 1usize..40), 1..40),
            noise in prop::collection::vec(any::<i16>(), 64 * CHUNK),
            extremes: bool,
        ) {
            let steps = levels.iter().flat_map(|(level, length)| std::iter::repeat_n(*level, *length));
            let x: Vec<i16> = match extremes {
                false => steps.chain(noise).collect(),
                true => noise.iter().map(|x| if *x < 0 { i16::MIN } else { i16::MAX }).collect(),
            };
            let x: Vec<i64> = x.iter().map(|v| (i64::from(*v) - i64::from(x[0])) << 4).collect();
            prop_assert!(bits(largest(&x, 0)) < 28.3);
        }
    }
}
