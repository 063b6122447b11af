//! Ops of tensors that are no nets: normalisations, scales with their shifts, permutations.

use super::known::{Named, is_mask, quoted};
use super::shapes::{mask, permutation};

/// Words at the end of names of shifts.
const SHIFTS: [&str; 10] = [
    "beta",
    "bias",
    "shift",
    "loc",
    "mean",
    "mu",
    "offset",
    "translation",
    "t",
    "b",
];

/// The ops of a group of tensors; what belongs to none goes to `ignored`.
pub(super) fn layers<'a>(group: &[Named<'a>], ignored: &mut Vec<&'a str>) -> String {
    let mut text = String::new();
    let mut left: Vec<Named> = vec![];
    let mut shuffles: Vec<Vec<f64>> = vec![];
    for &(name, tensor) in group {
        let inverse = permutation(tensor).filter(|_| !tensor.element.is_float());
        match inverse {
            Some(inverse) => {
                let inverse: Vec<f64> = inverse.iter().map(|&at| at as f64).collect();
                match shuffles.contains(&inverse) || name.contains("inv") {
                    true => ignored.push(name),
                    false => text += &shuffle(name),
                }
                shuffles.push(tensor.data.clone());
            }
            None if tensor.data.len() < 2 && !tensor.element.is_float() => ignored.push(name),
            None if is_mask(name) && mask(tensor).is_some() => ignored.push(name),
            None => left.push((name, tensor)),
        }
    }
    text + &statistics(&mut left) + &scales(&left)
}

fn shuffle(name: &str) -> String {
    format!(
        "\n[[ops]]\nop = \"permute\"  # z[i] = x[index[i]]\nindex_tensor = {}\n",
        quoted(name)
    )
}

/// A normalisation by a running mean and variance, which it takes from the group.
fn statistics(left: &mut Vec<Named>) -> String {
    let find = |end: &str| left.iter().position(|(name, _)| name.ends_with(end));
    let (Some(mean), Some(var)) = (find("mean"), find("var")) else {
        return String::new();
    };
    let (mean, var) = (left[mean].0, left[var].0);
    left.retain(|(name, _)| ![mean, var].contains(name));
    format!(
        "\n[[ops]]  # (x - mean) / sqrt(var + eps)\nop = \"diag\"\nform = \"sub_mul\"\nshift_tensor = {}\n\
         scale = {{ map = \"rsqrt_eps\", eps = ?, tensor = {} }}  # 1e-5 in torch.nn, 0.0 if var holds it\n",
        quoted(mean),
        quoted(var)
    )
}

/// A diagonal of a scale and its shift, or of each tensor alone.
fn scales(left: &[Named]) -> String {
    let is_shift = |named: &&Named| {
        let words = named.0.rsplit(|c: char| !c.is_ascii_alphabetic());
        let last = words.into_iter().find(|word| !word.is_empty());
        last.is_some_and(|word| SHIFTS.contains(&word.to_lowercase().as_str()))
    };
    let (shifts, scales): (Vec<&Named>, Vec<&Named>) = left.iter().partition(is_shift);
    match (&shifts[..], &scales[..]) {
        ([shift], [scale]) if shift.1.data.len() == scale.1.data.len() => format!(
            "\n[[ops]]  # {:?}\nop = \"diag\"\nform = ?  # \"mul_add\": x S + t, \"sub_div\": (x - t) / S, \"sub_mul\"\n\
             shift_tensor = {}\nscale = {{ map = ?, tensor = {} }}  # \"exp\", \"raw\", …\n",
            scale.1.shape,
            quoted(shift.0),
            quoted(scale.0)
        ),
        _ => left.iter().map(alone).collect(),
    }
}

fn alone((name, tensor): &Named) -> String {
    format!(
        "\n[[ops]]  # {:?}\nop = \"diag\"\nform = \"mul\"\nscale = {{ map = ?, tensor = {} }}  # \"exp\", \"raw\", …\n",
        tensor.shape,
        quoted(name)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::{Element, Tensor};

    fn tensor(element: Element, data: &[f64]) -> Tensor {
        Tensor {
            element,
            shape: vec![data.len()],
            data: data.to_vec(),
        }
    }

    #[test]
    fn a_permutation_is_one_op_and_its_inverse_none() {
        let forward = tensor(Element::I64, &[2.0, 0.0, 1.0]);
        let backward = tensor(Element::I64, &[1.0, 2.0, 0.0]);
        let mut ignored = vec![];
        let text = layers(&[("1.perm", &forward), ("1.back", &backward)], &mut ignored);
        assert!(text.contains("index_tensor = \"1.perm\""), "{text}");
        assert_eq!(text.matches("[[ops]]").count(), 1);
        assert_eq!(ignored, ["1.back"]);
    }

    #[test]
    fn a_batch_norm_is_two_diagonals() {
        let numbers = tensor(Element::F32, &[0.5, 2.0]);
        let names = ["gamma", "beta", "batch_mean", "batch_var"];
        let group: Vec<Named> = names.iter().map(|name| (*name, &numbers)).collect();
        let text = layers(&group, &mut vec![]);
        assert!(text.contains("shift_tensor = \"batch_mean\""), "{text}");
        assert!(text.contains("shift_tensor = \"beta\""), "{text}");
        assert_eq!(text.matches("[[ops]]").count(), 2);
    }
}
