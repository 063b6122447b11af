//! The context of a conditional flow.

use super::Weights;
use nice_flow_codegen::error::Result;

/// What a conditional flow is given.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Context {
    /// Numbers that never change: the flow becomes one of `x` alone.
    Constant(Vec<f64>),
    /// Names of inputs behind those of `x`, whose values may differ from row to row.
    Inputs(Vec<String>),
}

impl Context {
    /// No context.
    pub const NONE: Self = Self::Constant(vec![]);

    /// How many numbers it has.
    pub fn len(&self) -> usize {
        match self {
            Self::Constant(values) => values.len(),
            Self::Inputs(names) => names.len(),
        }
    }

    /// Whether the flow is given nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The names of the inputs that are context; none of a constant one.
    pub fn into_names(self) -> Vec<String> {
        match self {
            Self::Constant(_) => vec![],
            Self::Inputs(names) => names,
        }
    }

    /// The numbers of a constant context. An error for one that changes, which the network below `at` does not merely read
    /// beside its inputs.
    pub fn constant(&self, weights: &Weights, at: &str) -> Result<&[f64]> {
        match self {
            Self::Constant(values) => Ok(values),
            Self::Inputs(_) => {
                let message = "expected --set context=NUMBER,…, a constant context, for an autoregressive transform or a layer that gates by the \
                               context, found names of a context that changes";
                Err(weights.error(at, message))
            }
        }
    }
}
