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
/// No sum overflows: of any samples within ±2²⁰, four levels and eight octaves deep, no product reaches 2^29.25.
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
