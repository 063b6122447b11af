//! Where a model came from.

use serde::{Deserialize, Serialize};

/// The file that a model was read from or trained on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// File name, without its folder.
    pub file: String,
    /// Of the file's bytes, in hexadecimal.
    pub sha256: String,
    /// Name of the layout it was read as.
    pub layout: String,
}
