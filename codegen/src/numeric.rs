//! The number types in which a board computes.

use crate::{Error, Result};
use std::fmt;
use std::str::FromStr;

/// The number type of the generated module.
///
/// Integer modules need floating point only to read `f32` inputs. They exist for flows of couplings, additive or affine, whose
/// networks have ReLU or leaky ReLU; without residual blocks tanh, sigmoid, softplus, SiLU, GELU or ELU too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Numeric {
    /// Single precision; computed in software where there is no FPU.
    #[default]
    F32,
    /// Integers, with weights of 16 bits.
    I16,
    /// Integers, with weights of 8 bits.
    I8,
}

impl Numeric {
    /// Every number type.
    pub const ALL: [Self; 3] = [Self::F32, Self::I16, Self::I8];

    /// The storage type of the weights; `None` for `f32`.
    pub fn weights(self) -> Option<Weights> {
        match self {
            Self::F32 => None,
            Self::I16 => Some(Weights::I16),
            Self::I8 => Some(Weights::I8),
        }
    }

    /// Bytes of one weight.
    pub fn parameter_bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::I16 => 2,
            Self::I8 => 1,
        }
    }

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::I16 => "i16",
            Self::I8 => "i8",
        }
    }
}

impl fmt::Display for Numeric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Numeric {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|numeric| numeric.name() == name);
        found.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Error::input(
                "numeric",
                format!("expected one of {names}, found `{name}`"),
            )
        })
    }
}

/// The storage type of an integer flow's weights.
///
/// To find the code: on the board, `words`, `storage` and `kernel` of `nice_flow::fixed`; here,
/// [`quantise`](crate::module::quantise) rounds to them and [`fixed`](crate::module::fixed) packs them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weights {
    /// One byte each; the kernel adds the byte of the column before as a fraction.
    I8,
    /// Two bytes each.
    I16,
}

impl Weights {
    /// Every storage type, in the order of [`Numeric::ALL`].
    pub const ALL: [Self; 2] = [Self::I16, Self::I8];

    /// The names of the number types of integers, as in `i16 or i8`.
    pub fn names(between: &str) -> String {
        Self::ALL
            .map(|weights| Numeric::from(weights).name())
            .join(between)
    }
}

impl From<Weights> for Numeric {
    fn from(weights: Weights) -> Self {
        match weights {
            Weights::I8 => Self::I8,
            Weights::I16 => Self::I16,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_types_of_integers_are_those_with_a_storage() {
        let stored: Vec<_> = Numeric::ALL
            .into_iter()
            .filter_map(Numeric::weights)
            .collect();
        assert_eq!(stored, Weights::ALL);
        for weights in Weights::ALL {
            assert_eq!(Numeric::from(weights).weights(), Some(weights));
        }
        assert_eq!(Weights::names(" or "), "i16 or i8");
    }
}
