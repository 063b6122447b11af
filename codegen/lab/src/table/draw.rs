//! How many rows are kept in memory, and which.

/// Most numbers that are read from a file: 2 GiB of them. A pipe may have no end.
pub(super) const MAX_NUMBERS: usize = 1 << 28;

/// How many rows are drawn from more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw {
    /// The most normal rows, and as many anomalies; fewer where they would be more than 2 GiB of numbers.
    pub(super) most: usize,
    /// The same seed and rows give the same sample.
    pub(super) seed: u64,
    /// How many rows were read before, from other files.
    pub(super) before: usize,
}

impl Draw {
    /// At most so many normal rows.
    pub fn new(most: usize, seed: u64) -> Self {
        Self {
            most,
            seed,
            before: 0,
        }
    }

    /// The key of the row with this number: uniform on all 64 bits, by the finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
    pub(super) fn key(self, number: usize) -> u64 {
        let mixed = |seed: u64| {
            let z = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        };
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let start = mixed(self.seed.wrapping_add(STEP));
        let number = (self.before + number) as u64;
        mixed(start.wrapping_add(number.wrapping_mul(STEP)))
    }

    /// The most rows of so many columns.
    pub(super) fn most_of(self, columns: usize) -> usize {
        self.most.min(MAX_NUMBERS / columns.max(1))
    }
}
