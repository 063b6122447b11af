//! Where a model came from.

use crate::text;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The layout that is recorded for models of `nice-flow train`.
pub const TRAINED: &str = "trained by nice-flow";

/// The file that a model was imported from or trained on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// File name, without its folder; or what the model was made of in memory.
    pub file: String,
    /// SHA-256 of the file's bytes, or of the numbers in memory, in hexadecimal; empty or `none` if it is not known.
    pub sha256: String,
    /// Name of the layout that it was read with.
    pub layout: String,
}

impl Origin {
    /// The origin of a model from this file; characters that a model file must not hold are escaped in the name.
    pub fn new(path: &Path, sha256: String, layout: &str) -> Self {
        Self {
            file: text::file_name(path),
            sha256,
            layout: text::escaped(layout).into_owned(),
        }
    }
}
