//! The result of an import.

use nice_flow_codegen::Model;

/// A model, with notes on how it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// The model; it has preprocessing and a threshold only if a manifest defines them.
    pub model: Model,
    /// Every default that was used and every setting that was read from the file, in words.
    pub notes: Vec<String>,
    /// Constant that the library's code adds to the `ln p` that it prints, in nats; the model does not add it.
    pub log_prob_constant: f64,
    /// The names of two tensors of the file that are not used, and that look like the statistics by which its rows were
    /// standardised; or none.
    pub statistics: Vec<String>,
}

impl From<Model> for Imported {
    fn from(model: Model) -> Self {
        Self {
            model,
            notes: vec![],
            log_prob_constant: 0.0,
            statistics: vec![],
        }
    }
}
