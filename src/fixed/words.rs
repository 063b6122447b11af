//! How weights and activations are stored.

/// Four activations `x₀ … x₃`, 16 bits each: what the layers of a conditioner read and write.
///
/// Where there are fewer than four, the others are zero.
///
/// ```
/// use nice_flow::fixed::Quad;
///
/// assert_eq!(Quad::of([1, -2, 3, -4]).activations(), [1, -2, 3, -4]);
/// ```
// As the words `x₁ | x₃ << 16` and `x₀ | x₂ << 16`: a block of weights stands in the same order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(transparent)]
pub struct Quad(pub(super) [u32; 2]);

impl Quad {
    /// Four zeros.
    pub const ZERO: Self = Self([0; 2]);

    /// Four activations; of each number, the lowest 16 bits.
    #[inline]
    #[must_use]
    pub const fn of([x0, x1, x2, x3]: [i32; 4]) -> Self {
        const fn pair(low: i32, high: i32) -> u32 {
            low as u32 & 0xffff | (high as u32) << 16
        }
        Self([pair(x1, x3), pair(x0, x2)])
    }

    /// The four activations.
    #[inline]
    #[must_use]
    pub const fn activations(self) -> [i32; 4] {
        let Self([odd, even]) = self;
        [
            even as i16 as i32,
            odd as i16 as i32,
            (even >> 16) as i16 as i32,
            (odd >> 16) as i16 as i32,
        ]
    }
}

/// Weights of 8 bits: a parameter of layers, `Mlp<I8, …>`. The smallest and fastest.
///
/// ```
/// use nice_flow::fixed::{Dense, I8};
///
/// type Layer<const G: usize, const P: usize> = Dense<I8, G, P>;
/// assert_eq!(size_of::<Layer<16, 16>>(), 64 * 64 + 4 * 64);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum I8 {}

/// Weights of 16 bits: a parameter of layers, `Mlp<I16, …>`. Where 8 bits lose too much.
///
/// ```
/// use nice_flow::fixed::{Dense, I16};
///
/// type Layer<const G: usize, const P: usize> = Dense<I16, G, P>;
/// assert_eq!(size_of::<Layer<16, 16>>(), 2 * 64 * 64 + 4 * 64);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum I16 {}

/// Four rows by four columns of 8-bit weights: a word a row, its lowest byte of column 0.
///
/// A kernel takes a byte *together with the byte below it in the word*, which adds a fraction of 0 to 255 parts in 256:
///
/// ```text
/// row b₀ b₁ b₂ b₃:   256 b₀ x₀ + (256 b₁ + u₀) x₁ + (256 b₂ + u₁) x₂ + (256 b₃ + u₂) x₃,   uᵢ = bᵢ as unsigned
/// ```
///
/// So two multiply-accumulates of halfwords serve four weights, and nothing unpacks them. The generator writes the bytes
/// lowest first: it knows the fraction that each weight will get, and rounds the weight with it.
pub type Block8 = [u32; 4];

/// Four rows by four columns of 16-bit weights: two words a row, `w₁ | w₃ << 16` and `w₀ | w₂ << 16`,
/// the first words of the four rows before the second ones.
pub type Block16 = [u32; 8];
