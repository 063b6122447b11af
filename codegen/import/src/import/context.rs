//! The context of a conditional flow.

use super::manifest::schema::Step;

/// What a conditional flow is given.
#[derive(Clone, Debug)]
pub(super) enum Context {
    /// Numbers that never change, as networks read them: the flow becomes one of `x` alone.
    Constant(Vec<f64>),
    /// Inputs behind those of `x`, whose values may differ from row to row.
    Inputs(Inputs),
}

/// Inputs that are context, and what networks read in their place.
#[derive(Clone, Debug, Default)]
pub(super) struct Inputs {
    /// Their names.
    pub names: Vec<String>,
    /// Steps from them to what networks read; none if networks read them as they are.
    pub embedding: Vec<Step>,
    /// How many numbers networks read.
    pub width: usize,
}

impl Context {
    /// No context.
    pub const NONE: Self = Self::Constant(vec![]);

    /// Inputs that networks read as they are.
    pub fn inputs(names: Vec<String>) -> Self {
        Self::Inputs(Inputs {
            width: names.len(),
            names,
            embedding: vec![],
        })
    }

    /// How many numbers networks read of it.
    pub fn len(&self) -> usize {
        match self {
            Self::Constant(values) => values.len(),
            Self::Inputs(inputs) => inputs.width,
        }
    }

    /// Whether the flow is given nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The inputs that are context; none of a constant one.
    pub fn into_inputs(self) -> Inputs {
        match self {
            Self::Constant(_) => Inputs::default(),
            Self::Inputs(inputs) => inputs,
        }
    }

    /// The numbers of a constant one, for a step that reads them in place of inputs.
    pub fn values(&self) -> Option<Vec<f64>> {
        match self {
            Self::Constant(values) => Some(values.clone()),
            Self::Inputs(_) => None,
        }
    }
}
