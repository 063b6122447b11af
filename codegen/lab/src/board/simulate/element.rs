//! What a row on a board is made of.

/// The type of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// In raw units.
    F32,
    /// A count.
    I32,
}

impl Element {
    /// Of a generated module.
    pub fn of(module: &str) -> Self {
        let mut types = module.lines().filter(|line| line.starts_with("pub type "));
        match types.any(|line| line.contains("Encoded<Counts<")) {
            true => Self::I32,
            false => Self::F32,
        }
    }

    /// In Rust.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::I32 => "i32",
        }
    }

    /// The name of a file of rows.
    pub fn file(self) -> &'static str {
        match self {
            Self::F32 => "rows.f32",
            Self::I32 => "rows.i32",
        }
    }

    /// Little-endian; what the type does not hold becomes its nearest.
    pub fn bytes<X: Copy + Into<f64>>(self, rows: &[X]) -> Vec<u8> {
        let bytes = |x: f64| match self {
            Self::F32 => (x as f32).to_le_bytes(),
            Self::I32 => (x as i32).to_le_bytes(),
        };
        rows.iter().flat_map(|x| bytes((*x).into())).collect()
    }
}
