//! A manifest to fill in, with question marks for what is unknown.

use super::natural;
use crate::checkpoint::{Checkpoint, Tensor};
use std::collections::BTreeSet;

/// A manifest with one coupling for the matrices whose names agree up to the first number, and one diagonal for each
/// tensor left over.
pub(super) fn of(checkpoint: &Checkpoint, all: &[(&str, &Tensor)]) -> String {
    let names: BTreeSet<&str> = all.iter().map(|(name, _)| *name).collect();
    let bias = |weight: &str| bias(weight).filter(|bias| names.contains(bias.as_str()));
    let weights = all.iter().filter(|(_, tensor)| is_matrix(tensor));
    let weights: Vec<&str> = weights.map(|(name, _)| *name).collect();
    let biases: BTreeSet<String> = weights.iter().filter_map(|weight| bias(weight)).collect();

    let mut text = head(checkpoint);
    for layers in weights.chunk_by(|a, b| natural(a).first() == natural(b).first()) {
        let steps: Vec<_> = layers
            .iter()
            .map(|weight| linear(weight, bias(weight)))
            .collect();
        text += &coupling(&steps);
    }
    let used = |name: &str| weights.contains(&name) || biases.contains(name);
    for (name, tensor) in all.iter().filter(|(name, _)| !used(name)) {
        text += &diagonal(name, tensor);
    }
    text
}

fn head(checkpoint: &Checkpoint) -> String {
    let file = checkpoint.path.file_name().unwrap_or_default();
    let container = toml::Value::try_from(checkpoint.container);
    format!(
        "schema = \"nice-manifest/1\"\nname = \"model\"\ndim = ?  # length of x\ndirection = \"x_to_z\"\n\n\
         [source]\nfile = {}\ncontainer = {}\nsha256 = {}\nignore = []  # tensors that no op uses\n\n\
         [prior]\nkind = ?  # \"normal\" or \"logistic\"\n\n\
         # From x to z, one [[ops]] a layer; every tensor once.\n",
        quoted(&file.to_string_lossy()),
        container.map_or("?".into(), |word| word.to_string()),
        quoted(&checkpoint.sha256),
    )
}

fn linear(weight: &str, bias: Option<String>) -> String {
    let (w, b) = (
        quoted(weight),
        bias.map(|bias| format!(", b = {}", quoted(&bias))),
    );
    let b = b.unwrap_or_default();
    format!("  {{ op = \"linear\", w = {w}{b}, layout = \"out_in\" }},  # or \"in_out\"\n")
}

fn coupling(steps: &[String]) -> String {
    let activation = "  { op = \"act\", fn = ? },  # \"relu\", …\n";
    format!(
        "\n[[ops]]\nop = \"coupling\"\nlaw = \"additive\"  # or \"affine\", with form, params and scale\n\
         sign = ?  # \"+\" or \"-\"\ncond = ?  # the elements that are read, from 0\n\
         trans = ?  # the elements that change\nio = \"gathered\"  # \"masked_full\": nets as wide as x\n\
         net = [\n{}]\n",
        steps.join(activation)
    )
}

fn diagonal(name: &str, tensor: &Tensor) -> String {
    format!(
        "\n[[ops]]  # {:?}\nop = \"diag\"\nform = \"mul\"\nscale = {{ map = ?, tensor = {} }}  # \"exp\", \"raw\", …\n",
        tensor.shape,
        quoted(name)
    )
}

/// The text as a TOML string.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// Whether a tensor is a matrix, and not a vector stored as a matrix with one row or column.
fn is_matrix(tensor: &Tensor) -> bool {
    tensor.shape.len() == 2 && tensor.shape.iter().all(|extent| *extent > 1)
}

/// The name that the bias beside a weight would have.
fn bias(weight: &str) -> Option<String> {
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
