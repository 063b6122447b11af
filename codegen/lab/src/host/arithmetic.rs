//! The arithmetic in which scores are computed.

use nice_flow_codegen::Numeric;

/// The arithmetic in which a score is computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arithmetic {
    /// The reference: `f64`, with the flow as it was imported.
    #[default]
    F64,
    /// The same bits as the generated module in `f32`.
    F32,
    /// The same bits as the generated integer module with weights of 16 bits.
    I16,
    /// The same bits as the generated integer module with weights of 8 bits.
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

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        self.module().map_or("f64", |numeric| numeric.name())
    }

    /// The number type of the module; `None` for the reference.
    pub fn module(self) -> Option<Numeric> {
        match self {
            Self::F64 => None,
            Self::F32 => Some(Numeric::F32),
            Self::I16 => Some(Numeric::I16),
            Self::I8 => Some(Numeric::I8),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_type_is_an_arithmetic_beside_the_reference() {
        let modules: Vec<_> = Arithmetic::ALL
            .into_iter()
            .filter_map(Arithmetic::module)
            .collect();
        assert_eq!(modules, Numeric::ALL);
        assert_eq!(Arithmetic::ALL[1..], Numeric::ALL.map(Arithmetic::from));
    }
}
