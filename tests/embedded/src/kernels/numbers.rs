//! Numbers for kernels, and arrays in the middle of others.

/// A repeatable sequence.
pub struct Numbers(pub u32);

impl Numbers {
    /// The next, of which every third or so is an extreme one.
    pub fn word(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        match self.0 >> 28 {
            0 => 0x8000_8000,
            1 => 0x7fff_7fff,
            2 => 0xffff_0000,
            3 => 0x8080_8080,
            4 => 0x8000_7fff,
            _ => self.0.rotate_left(13),
        }
    }

    /// The next of floating point: most of them ordinary, some at the ends, infinite or no number.
    pub fn real(&mut self) -> f32 {
        let word = self.word();
        match word >> 8 & 63 {
            0 => f32::INFINITY,
            1 => f32::NEG_INFINITY,
            2 => f32::NAN,
            3 => f32::MAX,
            4 => -0.0,
            5 => 1e-40,
            6 => f32::MIN_POSITIVE,
            _ => self.ordinary(),
        }
    }

    /// The next from -2e-38 to 2e-38, most of them subnormal.
    pub fn tiny(&mut self) -> f32 {
        2e-38 * self.ordinary()
    }

    /// The next from -1 to 1, none of them subnormal.
    pub fn ordinary(&mut self) -> f32 {
        self.word().cast_signed() as f32 / 2_147_483_648.0
    }
}

/// What stands around a result.
pub const GUARD: u32 = 0x5a5a_a5a5;
/// Words before a result, and as many behind it.
pub const MARGIN: usize = 8;

/// Words from the start of a line of four on.
#[repr(align(16))]
pub struct Aligned<T, const N: usize>(pub [T; N]);

impl<T, const N: usize> Aligned<T, N> {
    /// So many words behind the margin, from one of the four words of a line on.
    pub fn part(&mut self, offset: usize, count: usize) -> &mut [T] {
        let start = MARGIN + offset % 4;
        self.0.get_mut(start..start + count).unwrap_or_default()
    }
}
