//! The number types that a board computes in.

use crate::{Error, Result};
use std::fmt;
use std::str::FromStr;

/// The number type of the generated module.
///
/// The integers need no floating-point unit but for their inputs; only additive flows of rectifiers have them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Numeric {
    /// Single precision, in software where there is no FPU.
    #[default]
    F32,
    /// Integers: weights of 16 bits.
    I16,
    /// Integers: weights of 8 bits.
    I8,
}

impl Numeric {
    /// Every number type.
    pub const ALL: [Self; 3] = [Self::F32, Self::I16, Self::I8];

    /// Of integers, what their weights are stored in.
    pub fn weights(self) -> Option<Weights> {
        match self {
            Self::F32 => None,
            Self::I16 => Some(Weights::I16),
            Self::I8 => Some(Weights::I8),
        }
    }

    /// What a weight is stored in.
    pub fn parameter_bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::I16 => 2,
            Self::I8 => 1,
        }
    }

    /// As the command line has it.
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

/// What the weights of an integer flow are stored in.
///
/// On the board: `words`, `block` and `kernel` of `nice_flow::fixed`. Here: [`quantise`](crate::module::quantise) rounds to
/// them, [`fixed`](crate::module::fixed) packs them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weights {
    /// A byte each; the kernel adds the byte of the column before as a fraction.
    I8,
    /// Two bytes each.
    I16,
}
