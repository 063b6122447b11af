//! A manifest to fill in, with question marks for what is unknown.

use super::coupling::couplings;
use super::group::group;
use super::known::{Known, Named, bias, is_mask, quoted};
use super::made;
use super::masks::Masks;
use super::matrix;
use super::prior::Latent;
use super::shapes::{is_vector, mask, permutation, same};
use super::vectors::layers;
use crate::checkpoint::{Checkpoint, Tensor};
use std::collections::{BTreeMap, BTreeSet};

/// A manifest whose ops follow the groups of tensors that belong together: a coupling or an autoregressive layer of each net of matrices, a
/// linear layer of a lone square matrix, a diagonal, a permutation or a normalisation of what is no net. `columns` is the length of the
/// rows of a probe.
pub(super) fn of(checkpoint: &Checkpoint, all: &[Named], columns: Option<usize>) -> String {
    let latent = Latent::of(all);
    let all = all.iter().filter(|(name, _)| !latent.has(name));
    let all: &[Named] = &all.copied().collect::<Vec<_>>();
    let tensors: BTreeMap<&str, &Tensor> = all.iter().copied().collect();
    let together = |a: &Named, b: &Named| group(a.0, &tensors) == group(b.0, &tensors);
    let stack = Masks::stacked(all);
    let is_stack = |name: &str| stack.as_ref().is_some_and(|masks| masks.is_stack(name));
    let mut known = Known {
        dim: None,
        masks: stack.as_ref().map(|masks| masks.all.len()),
        tensors: tensors.clone(),
    };
    let is_weight =
        |known: &Known, (name, tensor): &&Named| known.is_weight(name, tensor) && !is_stack(name);
    let nets: Vec<Vec<Named>> = (all.chunk_by(together))
        .map(|group| {
            group
                .iter()
                .filter(|named| is_weight(&known, named))
                .copied()
                .collect()
        })
        .collect();
    known.dim = dim(all, stack.as_ref(), latent.dim)
        .or_else(|| made::dim(&nets, &known))
        .or(columns)
        .or_else(|| lone(all, together))
        .or_else(|| matrix::dim(&nets, &known));
    let weights: BTreeSet<&str> = nets.iter().flatten().map(|(name, _)| *name).collect();
    let biases: BTreeSet<String> = weights.iter().filter_map(|name| known.bias(name)).collect();
    let rest = all.iter().filter(|(name, _)| !biases.contains(*name));
    let (stacks, rest): (Vec<Named>, Vec<Named>) = rest.partition(|(name, _)| is_stack(name));

    let mut ops = String::new();
    let mut ignored: Vec<&str> = stacks.iter().map(|(name, _)| *name).collect();
    for group in rest.chunk_by(together) {
        let (layers_of, own): (Vec<Named>, Vec<Named>) =
            group.iter().partition(|(name, _)| weights.contains(name));
        ops += &match &layers_of[..] {
            [] => layers(&own, &mut ignored),
            [alone] if own.is_empty() && matrix::is_layer(alone, &known) => {
                matrix::text(alone, &known)
            }
            _ => couplings(group, &layers_of, &known, &mut ignored),
        };
    }
    let masks = stack.unwrap_or_else(|| Masks::apart(rest.chunk_by(together), &known));
    head(checkpoint, &known, &latent, &ignored) + &masks.fill(ops)
}

/// The length that all masks and permutations have; if there are none, the prior's.
fn dim(all: &[Named], stack: Option<&Masks>, latent: Option<usize>) -> Option<usize> {
    let exact = all.iter().filter(|(name, tensor)| {
        (is_mask(name) && mask(tensor).is_some())
            || (!tensor.element.is_float() && permutation(tensor).is_some())
    });
    let stacked = stack.and_then(|masks| masks.all.first());
    let stacked = stacked.map(|(ones, zeros)| ones.len() + zeros.len());
    let exact = exact.map(|(_, tensor)| tensor.data.len());
    same(exact.chain(stacked)).or(latent)
}

/// The length of all vectors that belong to no net.
fn lone(all: &[Named], together: impl Fn(&Named, &Named) -> bool) -> Option<usize> {
    let groups = all.chunk_by(together);
    let lone = groups.filter(|group| group.iter().all(|(_, tensor)| is_vector(tensor)));
    let lone = lone.flatten().filter(|(name, tensor)| {
        let net = bias(name).is_some() || name.ends_with("bias") || name.ends_with('b');
        tensor.data.len() > 1 && !net
    });
    same(lone.map(|(_, tensor)| tensor.data.len()))
}

fn head(checkpoint: &Checkpoint, known: &Known, latent: &Latent, ignored: &[&str]) -> String {
    let file = checkpoint.path.file_name().unwrap_or_default();
    let container = toml::Value::try_from(checkpoint.container);
    let dim = known.dim.map_or("?".into(), |dim| dim.to_string());
    let ignored: Vec<String> = ignored.iter().map(|name| quoted(name)).collect();
    format!(
        "schema = \"nice-manifest/1\"\nname = \"model\"\ndim = {dim}  # length of x\ndirection = \"x_to_z\"\n\n\
         [source]\nfile = {}\ncontainer = {}\nsha256 = {}\nignore = [{}]  # tensors that no op uses\n\n\
         [prior]\n{}\n\
         # From x to z, one [[ops]] a layer; every tensor once. What no tensor holds, as a flip between two layers, is an op too:\n\
         # op = \"permute\" with index = […], z[i] = x[index[i]].\n",
        quoted(&file.to_string_lossy()),
        container.map_or("?".into(), |word| word.to_string()),
        quoted(&checkpoint.sha256),
        ignored.join(", "),
        latent.text(),
    )
}
