//! The type of a row's elements on a board.

/// The type of a row's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// Raw units.
    F32,
    /// Counts.
    I32,
}

impl Element {
    /// The element type of a generated module.
    pub fn of(module: &str) -> Self {
        let mut types = module.lines().filter(|line| line.starts_with("pub type "));
        match types.any(|line| line.contains("Encoded<Counts<")) {
            true => Self::I32,
            false => Self::F32,
        }
    }

    /// The name of the type in Rust.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::I32 => "i32",
        }
    }

    /// The name of the file of rows.
    pub fn file(self) -> &'static str {
        match self {
            Self::F32 => "rows.f32",
            Self::I32 => "rows.i32",
        }
    }

    /// The element with these bits.
    pub fn number(self, bits: u32) -> f64 {
        match self {
            Self::F32 => f32::from_bits(bits).into(),
            Self::I32 => (bits as i32).into(),
        }
    }

    /// The elements as little-endian bytes; values outside the type's range become the nearest in it.
    pub fn bytes<X: Copy + Into<f64>>(self, rows: &[X]) -> Vec<u8> {
        let bytes = |x: f64| match self {
            Self::F32 => (x as f32).to_le_bytes(),
            Self::I32 => (x as i32).to_le_bytes(),
        };
        rows.iter().flat_map(|x| bytes((*x).into())).collect()
    }
}
