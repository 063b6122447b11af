//! Where the model is: the module's own, linked into the firmware.

use crate::model::{MODEL, Model};

/// Finds the model.
pub fn open() -> Option<()> {
    Some(())
}

/// The model.
pub fn model() -> &'static Model {
    &MODEL
}
