//! Ops that stand for what a layout does not understand: each has a question mark, so that no tensor is left out of the manifest
//! to complete.

use super::Weights;
use super::ops::{Op, Scale, scaling};

impl Weights<'_> {
    /// A layer that is not understood: an op for each of its tensors, or one if it stores none.
    pub(super) fn unknown(&self, at: &str) -> Vec<Op> {
        let prefix = format!("{at}.");
        let names = self.names().filter(|name| name.starts_with(&prefix));
        let ops: Vec<Op> = names.map(unknown).collect();
        match ops.is_empty() {
            true => vec![scaling(Scale::map("?", &[]))],
            false => ops,
        }
    }
}

/// An op with a question mark that names the tensor.
pub(super) fn unknown(tensor: &str) -> Op {
    scaling(Scale::map("?", &[]).of(tensor))
}
