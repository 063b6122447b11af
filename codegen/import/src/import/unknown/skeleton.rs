//! A manifest to fill in, with question marks for what is unknown.

use super::natural;
use super::nets::Nets;
use crate::checkpoint::{Checkpoint, Tensor};
use std::collections::{BTreeMap, BTreeSet};

/// A manifest with one coupling for the matrices whose names agree up to the first number, and one diagonal for each
/// tensor left over. Tensors of a coupling's group that are no matrices are named beside it.
pub(super) fn of(checkpoint: &Checkpoint, all: &[(&str, &Tensor)]) -> String {
    let tensors: BTreeMap<&str, &Tensor> = all.iter().copied().collect();
    let bias = |weight: &str| bias(weight).filter(|bias| tensors.contains_key(bias.as_str()));
    let is_weight = |name: &str, tensor: &Tensor| {
        is_matrix(tensor) || bias(name).is_some_and(|bias| is_narrow(tensor, tensors[&*bias]))
    };
    let weights = all
        .iter()
        .filter(|(name, tensor)| is_weight(name, tensor))
        .map(|(name, _)| *name);
    let weights: Vec<&str> = weights.collect();
    let biases: BTreeSet<String> = weights.iter().filter_map(|weight| bias(weight)).collect();
    let used = |name: &str| weights.contains(&name) || biases.contains(name);
    let mut rest: Vec<_> = all.iter().filter(|(name, _)| !used(name)).collect();

    let mut text = head(checkpoint);
    for layers in weights.chunk_by(|a, b| natural(a).first() == natural(b).first()) {
        let step = |weight: &&str| linear(weight, bias(weight));
        let nets = Nets::of(layers);
        let group = natural(layers[0]).first().cloned();
        let numbered = natural(layers[0]).len() > 2;
        let (own, others) = rest
            .into_iter()
            .partition(|(name, _)| numbered && natural(name).first() == group.as_ref());
        rest = others;
        text += &match nets {
            Nets::One(net) if own.is_empty() => additive(&net.iter().map(step).collect::<Vec<_>>()),
            Nets::One(net) => joint(&net.iter().map(step).collect::<Vec<_>>()),
            Nets::Two { shift, scale } => {
                let [shift, scale]: [Vec<_>; 2] =
                    [shift, scale].map(|net| net.iter().map(step).collect());
                separate(&shift, &scale)
            }
        };
        own.iter()
            .for_each(|(name, tensor)| text += &beside(name, tensor));
    }
    for (name, tensor) in rest {
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

/// The elements of a coupling.
const ELEMENTS: &str = "cond = ?  # the elements that are read, from 0\ntrans = ?  # the elements that change\n\
                        io = \"gathered\"  # \"masked_full\": nets as wide as x\n";

fn net(name: &str, steps: &[String]) -> String {
    let activation = "  { op = \"act\", fn = ? },  # \"relu\", …\n";
    format!("{name} = [\n{}]\n", steps.join(activation))
}

fn additive(steps: &[String]) -> String {
    format!(
        "\n[[ops]]\nop = \"coupling\"\nlaw = \"additive\"  # or \"affine\", with form, params and scale\n\
         sign = ?  # \"+\" or \"-\"\n{ELEMENTS}{}",
        net("net", steps)
    )
}

/// One net that gives shifts and raw scales.
fn joint(steps: &[String]) -> String {
    format!(
        "\n[[ops]]\nop = \"coupling\"\nlaw = \"affine\"\nform = ?  # \"mul_add\": x S + t, \"sub_div\": (x - t) / S, \
         \"sub_mul\"\nparams = ?  # \"concat_shift_scale\", \"concat_scale_shift\", …\nscale = {{ map = ? }}  # \"exp\", …\n\
         {ELEMENTS}{}",
        net("net", steps)
    )
}

/// A net for the shifts and one for the raw scales.
fn separate(shift: &[String], scale: &[String]) -> String {
    format!(
        "\n[[ops]]\nop = \"coupling\"\nlaw = \"affine\"\nform = ?  # \"mul_add\": x S + t, \"sub_div\": (x - t) / S, \
         \"sub_mul\"\nparams = \"separate\"\nscale = {{ map = ? }}  # of what net_scale gives: \"exp\", …\n{ELEMENTS}{}{}",
        net("net", shift),
        net("net_scale", scale)
    )
}

/// A tensor of a coupling, which its scale may use.
fn beside(name: &str, tensor: &Tensor) -> String {
    format!(
        "# {:?}, in the nets perhaps: {{ op = \"scale\", scale = {{ map = \"raw\", tensor = {} }} }}, divide = true divides\n",
        tensor.shape,
        quoted(name)
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

/// Whether a tensor has one row or column, and as many outputs as its bias.
fn is_narrow(tensor: &Tensor, bias: &Tensor) -> bool {
    let outputs: usize = bias.shape.iter().product();
    matches!(tensor.shape[..], [rows, columns] if rows == outputs || columns == outputs)
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
