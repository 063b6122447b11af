//! What is known of a file when its ops are written.

use crate::checkpoint::Tensor;
use std::collections::BTreeMap;

/// A tensor with its name.
pub(super) type Named<'a> = (&'a str, &'a Tensor);

/// The tensors by name, and what they tell of all.
pub(super) struct Known<'a> {
    pub tensors: BTreeMap<&'a str, &'a Tensor>,
    /// The length of the vector, if masks, permutations or scales tell it.
    pub dim: Option<usize>,
    /// The number of couplings that a tensor of several masks tells.
    pub masks: Option<usize>,
}

impl Known<'_> {
    /// The name of the bias beside a weight.
    pub fn bias(&self, weight: &str) -> Option<String> {
        bias(weight).filter(|bias| self.tensors.contains_key(bias.as_str()))
    }

    /// Whether a tensor is a matrix, or has one row or column and as many outputs as its bias.
    pub fn is_weight(&self, name: &str, tensor: &Tensor) -> bool {
        let narrow = |bias: String| {
            let outputs: usize = self.tensors[&*bias].shape.iter().product();
            matches!(tensor.shape[..], [rows, columns] if rows == outputs || columns == outputs)
        };
        let matrix = tensor.shape.len() == 2 && tensor.shape.iter().all(|extent| *extent > 1);
        matrix || self.bias(name).is_some_and(narrow)
    }
}

/// Whether a name says that the tensor is a mask, perhaps one of a list.
pub(super) fn is_mask(name: &str) -> bool {
    let is_number = |part: &&str| part.chars().all(|c| c.is_ascii_digit());
    let last = name.rsplit(['.', '/']).find(|part| !is_number(part));
    last.is_some_and(|last| last.to_lowercase().contains("mask"))
}

/// The text as a TOML string.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// The name that the bias beside a weight would have.
pub(super) fn bias(weight: &str) -> Option<String> {
    let ends = [("weight", "bias"), ("kernel", "bias"), ("w", "b")];
    ends.iter().find_map(|(w, b)| {
        let stem = weight.strip_suffix(w)?;
        (stem.is_empty() || stem.ends_with(['.', '/', '_', ':'])).then(|| format!("{stem}{b}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn biases_are_found_beside_their_weights() {
        assert_eq!(bias("a.weight").as_deref(), Some("a.bias"));
        let haiku = bias("mlp/~/linear_0/w");
        assert_eq!(haiku.as_deref(), Some("mlp/~/linear_0/b"));
        assert_eq!(bias("flow"), None);
    }
}
