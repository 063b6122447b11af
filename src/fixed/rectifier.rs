//! What stands between two layers of a conditioner.

/// A shift, a clamp and a leaky ReLU: from the 32-bit sum of a row to the 16-bit activation that the next layer reads.
///
/// ```text
/// v = clamp(sum >> shift, -limit, limit)          limit: 8191 after weights of 8 bits, 32767 after those of 16
/// y = v                            if v ≥ 0
///     (v · slope + 2¹⁴) >> 15      if v < 0        slope 0 is ReLU
/// ```
///
/// ```
/// use nice_flow::fixed::Rectifier;
///
/// const RELU: Rectifier = Rectifier::relu(9);
/// const LEAKY: Rectifier = Rectifier::leaky_relu(9, 328); // a slope of 0.01 is 328 / 2¹⁵
/// assert_ne!(RELU, LEAKY);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Rectifier {
    pub(super) shift: u32,
    pub(super) slope: i32,
}

impl Rectifier {
    /// `max(0, sum >> shift)`, clamped.
    ///
    /// # Panics
    ///
    /// If `shift` is not in `1..=31`.
    pub const fn relu(shift: u32) -> Self {
        Self::leaky_relu(shift, 0)
    }

    /// `slope` is that of the negative side, times 2¹⁵.
    ///
    /// # Panics
    ///
    /// If `shift` is not in `1..=31`, or `slope` not in `0..=32767`.
    pub const fn leaky_relu(shift: u32, slope: i32) -> Self {
        assert!(1 <= shift && shift <= 31, "a shift of 1 to 31");
        assert!(0 <= slope && slope <= 32_767, "a slope below one, in Q15");
        Self { shift, slope }
    }
}
