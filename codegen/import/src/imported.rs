//! What an import gives.

use nice_flow_codegen::Model;

/// A model, and what a reader of the import should know of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// The model; preprocessing and threshold come from manifests only.
    pub model: Model,
    /// Every default that was used and every value that was read from the file, in words.
    pub notes: Vec<String>,
    /// What the library's code adds to `ln p` where it prints it, in nats; the model does not.
    pub log_prob_constant: f64,
}

impl From<Model> for Imported {
    fn from(model: Model) -> Self {
        Self {
            model,
            notes: vec![],
            log_prob_constant: 0.0,
        }
    }
}
