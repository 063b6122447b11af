//! The two kinds of triangles.

/// Which side of the diagonal a triangular matrix fills.
///
/// ```
/// use nice_flow::{Bijection, float::{Side, Triangular}, nalgebra::vector};
///
/// // Columns. The other side of the diagonal is never read.
/// let lower = Triangular::new(Side::Lower, [[1.0, 3.0], [9.0, 1.0]]);
/// let mut x = vector![1.0, 0.0];
/// lower.forward(&mut x);
/// assert_eq!(x, vector![1.0, 3.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(u8)]
pub enum Side {
    /// Below the diagonal: an element depends on those before it.
    Lower,
    /// Above the diagonal: an element depends on those after it.
    Upper,
}
