//! A row whose score is known.

use crate::Density;

/// A normal row and the exact score that it must have: a test of the board itself.
///
/// It finds a core, a compiler, a mode of the floating-point unit or a memory that computes something else than the host.
/// It is no check of the weights, of which one row sees a third to a half: that is the checksum's.
/// `nice-flow generate --golden` writes `GOLDEN`, and `self_test()` that asks it.
///
/// ```
/// use nice_flow::{Golden, float::Normal};
///
/// static GOLDEN: Golden<f32, f32, 1> = Golden::new([0.0], 0.918_938_5);
/// assert!(GOLDEN.holds(&Normal));
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Golden<T, N, const D: usize> {
    row: [T; D],
    score: N,
}

impl<T, N, const D: usize> Golden<T, N, D> {
    /// A row, in what the model takes, and its score on the host.
    pub const fn new(row: [T; D], score: N) -> Self {
        Self { row, score }
    }

    /// Whether the model gives the row its score, in every bit.
    #[must_use]
    pub fn holds<M>(&self, model: &M) -> bool
    where
        T: crate::Number,
        N: PartialEq,
        M: Density<T, D, Nats = N>,
    {
        model.score(&self.row) == self.score
    }
}

#[cfg(test)]
mod tests {
    use super::Golden;
    use crate::Density;
    use crate::float::{DiagonalNormal, Normal};

    #[test]
    fn a_row_holds_for_its_model_and_no_other() {
        let golden = Golden::new([1.0, -2.0], Normal.score(&[1.0, -2.0]));
        assert!(golden.holds(&Normal));
        assert!(!golden.holds(&DiagonalNormal::new([0.5, 0.0], [1.0, 1.0])));
    }
}
