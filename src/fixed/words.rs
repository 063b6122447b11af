//! How weights and activations are stored.

/// Four activations `x₀ … x₃`, `i16` each, as the two words `x₁ | x₃ << 16` and `x₀ | x₂ << 16`.
///
/// Where there are fewer than four, the others are zero.
pub type Quad = [u32; 2];

/// Four rows by four columns of 8-bit weights: a word a row, its lowest byte of column 0.
///
/// An activation is multiplied with a byte *and the byte below it* in its word as a fraction, of 0 to 255: row
/// `b₀ b₁ b₂ b₃` gives `256 b₀ x₀ + (256 b₁ + u₀) x₁ + (256 b₂ + u₁) x₂ + (256 b₃ + u₂) x₃`, `uᵢ` the unsigned value
/// of byte `bᵢ`. So two multiply-accumulates serve four weights that nothing unpacks; who writes the bytes, lowest
/// first, knows the fraction that each will carry and rounds to it.
pub type I8 = [u32; 4];

/// Four rows by four columns of 16-bit weights: two words a row, `w₁ | w₃ << 16` and `w₀ | w₂ << 16`,
/// the first words of the four rows before the second ones.
pub type I16 = [u32; 8];
