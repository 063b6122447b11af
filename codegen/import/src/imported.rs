//! The result of an import.

use crate::standardise::Beside;
use nice_flow_codegen::Model;
use std::fmt::{self, Display, Formatter};

/// Something that the user is told of a reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// A tensor of the file, of this name and shape, has no part in the flow.
    Unused {
        /// Its full name.
        name: String,
        /// Its extents, outermost axis first.
        shape: Vec<usize>,
    },
    /// A default that was used, a setting that was read from the file, or anything else, in words.
    Said(String),
}

impl From<String> for Note {
    fn from(words: String) -> Self {
        Self::Said(words)
    }
}

impl From<&str> for Note {
    fn from(words: &str) -> Self {
        Self::Said(words.into())
    }
}

impl Display for Note {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unused { name, shape } => write!(f, "not used: {name} {shape:?}"),
            Self::Said(words) => f.write_str(words),
        }
    }
}

/// A model, with notes on how it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// The model; it has preprocessing and a threshold only if a manifest defines them.
    pub model: Model,
    /// Every default that was used and every setting that was read from the file, and what was not used.
    pub notes: Vec<Note>,
    /// Constant that the library's code adds to the `ln p` that it prints, in nats; the model does not add it.
    pub log_prob_constant: f64,
    /// Statistics in the file that the model does not use, so that it takes rows that are standardised already.
    pub statistics: Option<Beside>,
}

impl From<Model> for Imported {
    fn from(model: Model) -> Self {
        Self {
            model,
            notes: vec![],
            log_prob_constant: 0.0,
            statistics: None,
        }
    }
}
