//! A manifest to fill in, with question marks for what is unknown.

use super::coupling::couplings;
use super::natural;
use super::shapes::{is_vector, mask, permutation};
use super::vectors::layers;
use crate::checkpoint::{Checkpoint, Tensor};
use std::collections::{BTreeMap, BTreeSet};

/// A tensor with its name.
pub(super) type Named<'a> = (&'a str, &'a Tensor);

/// What is known of a file when its ops are written.
pub(super) struct Known<'a> {
    pub tensors: BTreeMap<&'a str, &'a Tensor>,
    /// The length of the vector, if masks, permutations or scales tell it.
    pub dim: Option<usize>,
}

/// A manifest whose ops follow the tensors whose names agree up to the first number: a coupling of each net of matrices, a
/// diagonal, a permutation or a normalisation of what is no net.
pub(super) fn of(checkpoint: &Checkpoint, all: &[Named]) -> String {
    let known = Known {
        tensors: all.iter().copied().collect(),
        dim: dim(all),
    };
    let weights: BTreeSet<&str> = all
        .iter()
        .filter(|(name, tensor)| known.is_weight(name, tensor))
        .map(|(name, _)| *name)
        .collect();
    let biases: BTreeSet<String> = weights.iter().filter_map(|name| known.bias(name)).collect();
    let rest = all.iter().filter(|(name, _)| !biases.contains(*name));
    let rest: Vec<Named> = rest.copied().collect();

    let (mut ops, mut ignored) = (String::new(), vec![]);
    for group in rest.chunk_by(|a, b| natural(a.0).first() == natural(b.0).first()) {
        let (layers_of, own): (Vec<Named>, Vec<Named>) =
            group.iter().partition(|(name, _)| weights.contains(name));
        ops += &match layers_of.is_empty() {
            true => layers(&own, &mut ignored),
            false => couplings(group, &layers_of, &known, &mut ignored),
        };
    }
    head(checkpoint, &known, &ignored) + &ops
}

impl Known<'_> {
    /// The name of the bias beside a weight.
    pub fn bias(&self, weight: &str) -> Option<String> {
        bias(weight).filter(|bias| self.tensors.contains_key(bias.as_str()))
    }

    /// Whether a tensor is a matrix, or has one row or column and as many outputs as its bias.
    fn is_weight(&self, name: &str, tensor: &Tensor) -> bool {
        let narrow = |bias: String| {
            let outputs: usize = self.tensors[&*bias].shape.iter().product();
            matches!(tensor.shape[..], [rows, columns] if rows == outputs || columns == outputs)
        };
        let matrix = tensor.shape.len() == 2 && tensor.shape.iter().all(|extent| *extent > 1);
        matrix || self.bias(name).is_some_and(narrow)
    }
}

/// The length that all masks and permutations have; if there are none, that of vectors which belong to no net.
fn dim(all: &[Named]) -> Option<usize> {
    let length = |named: &Named| named.1.data.len();
    let exact = all.iter().filter(|(name, tensor)| {
        (is_mask(name) && mask(tensor).is_some())
            || (!tensor.element.is_float() && permutation(tensor).is_some())
    });
    let groups = all.chunk_by(|a, b| natural(a.0).first() == natural(b.0).first());
    let lone = groups.filter(|group| group.iter().all(|(_, tensor)| is_vector(tensor)));
    let lone = lone.flatten().filter(|(name, tensor)| {
        let net = bias(name).is_some() || name.ends_with("bias") || name.ends_with('b');
        tensor.data.len() > 1 && !net
    });
    same(exact.map(length)).or_else(|| same(lone.map(length)))
}

/// The number that all are, if there are any.
fn same(mut numbers: impl Iterator<Item = usize>) -> Option<usize> {
    let first = numbers.next()?;
    numbers.all(|number| number == first).then_some(first)
}

/// Whether a name says that the tensor is a mask.
pub(super) fn is_mask(name: &str) -> bool {
    let last = name.rsplit(['.', '/']).next().unwrap_or(name);
    last.to_lowercase().contains("mask")
}

fn head(checkpoint: &Checkpoint, known: &Known, ignored: &[&str]) -> String {
    let file = checkpoint.path.file_name().unwrap_or_default();
    let container = toml::Value::try_from(checkpoint.container);
    let dim = known.dim.map_or("?".into(), |dim| dim.to_string());
    let ignored: Vec<String> = ignored.iter().map(|name| quoted(name)).collect();
    format!(
        "schema = \"nice-manifest/1\"\nname = \"model\"\ndim = {dim}  # length of x\ndirection = \"x_to_z\"\n\n\
         [source]\nfile = {}\ncontainer = {}\nsha256 = {}\nignore = [{}]  # tensors that no op uses\n\n\
         [prior]\nkind = ?  # \"normal\" or \"logistic\"\n\n\
         # From x to z, one [[ops]] a layer; every tensor once.\n",
        quoted(&file.to_string_lossy()),
        container.map_or("?".into(), |word| word.to_string()),
        quoted(&checkpoint.sha256),
        ignored.join(", "),
    )
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
