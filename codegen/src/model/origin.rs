//! Where a model came from.

use crate::text;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The file that a model was read from or trained on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// File name, without its folder.
    pub file: String,
    /// Of the file's bytes, in hexadecimal; empty or `none` if there are none.
    pub sha256: String,
    /// Name of the layout it was read as.
    pub layout: String,
}

impl Origin {
    /// Of a file; what its name must not hold in a model file is escaped.
    pub fn new(path: &Path, sha256: String, layout: &str) -> Self {
        Self {
            file: text::file_name(path),
            sha256,
            layout: text::escaped(layout).into_owned(),
        }
    }
}
