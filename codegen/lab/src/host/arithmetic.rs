//! What scores are computed in.

use nice_flow_codegen::Numeric;

/// The arithmetic of a score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arithmetic {
    /// The reference: the flow as it was imported.
    #[default]
    F64,
    /// The generated module, bit for bit.
    F32,
    /// The generated module of integers, weights of 16 bits, bit for bit.
    I16,
    /// The generated module of integers, weights of 8 bits, bit for bit.
    I8,
}

impl From<Numeric> for Arithmetic {
    fn from(numeric: Numeric) -> Self {
        match numeric {
            Numeric::F32 => Self::F32,
            Numeric::I16 => Self::I16,
            Numeric::I8 => Self::I8,
        }
    }
}

impl Arithmetic {
    /// Every arithmetic, the reference first.
    pub const ALL: [Self; 4] = [Self::F64, Self::F32, Self::I16, Self::I8];

    /// As the command line has it.
    pub fn name(self) -> &'static str {
        self.module().map_or("f64", |numeric| numeric.name())
    }

    /// The module's number type; `None` of the reference.
    pub fn module(self) -> Option<Numeric> {
        match self {
            Self::F64 => None,
            Self::F32 => Some(Numeric::F32),
            Self::I16 => Some(Numeric::I16),
            Self::I8 => Some(Numeric::I8),
        }
    }
}
