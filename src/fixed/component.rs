//! One mode of a prior.

/// A normal in a [`Mixture`](super::Mixture): `ln π(u) = constant − ½ Σ zᵢ²`, `zᵢ = (vᵢ − meanᵢ) · factorᵢ / 2^shift` in 2⁻⁸ deviations.
///
/// `vᵢ` is the state as the mixture coarsens it. The generator computes `constant = 2^FRAC (ln weight + Σ ln precisionᵢ −
/// ½ D ln 2π)`, the precisions those that the factors stand for, plus log-determinants of the flow and the encoder.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Component<const D: usize> {
    pub(super) mean: [i16; D],
    pub(super) factor: [i16; D],
    pub(super) constant: i32,
}

impl<const D: usize> Component<D> {
    /// Constants as the type's documentation has them; nobody checks that `constant` belongs to the others.
    ///
    /// # Panics
    ///
    /// If a mean is −2¹⁵, or a factor is below zero.
    pub const fn new(mean: [i16; D], factor: [i16; D], constant: i32) -> Self {
        let mut i = 0;
        while i < D {
            assert!(mean[i] > i16::MIN, "means above -32768");
            assert!(factor[i] >= 0, "factors not below zero");
            i += 1;
        }
        Self {
            mean,
            factor,
            constant,
        }
    }
}
