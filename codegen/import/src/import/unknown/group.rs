//! Which tensors belong to one layer of the flow, by their names.

use super::known::bias;
use super::natural;
use super::role::role_of_module;
use crate::checkpoint::Tensor;
use std::collections::BTreeMap;

/// What the names of a layer's tensors begin with, and the number behind it if they have one in common.
pub(super) type Group = (String, Option<usize>);

/// The layer of a tensor.
///
/// Names agree up to the first number, as in `flows.0.…`. Nets beside each other, such as `s` and `t`, or `s1`, `t1`, `s2` and `t2`, belong
/// to what stands in front of their names. The number of a linear layer, as in `net.2.weight` or `fc2.weight`, tells no layers of a flow apart.
pub(super) fn group(name: &str, tensors: &BTreeMap<&str, &Tensor>) -> Group {
    split(name, is_linear(name, tensors)).0
}

/// The names of the modules that a weight of a net is in, behind what names its layer of the flow.
pub(super) fn modules(weight: &str) -> impl Iterator<Item = &str> {
    let behind = split(weight, true).1;
    let modules = behind
        .rsplit_once('.')
        .map_or(behind, |(modules, _)| modules);
    modules.split('.')
}

/// The group of a name, and the rest of it.
fn split(name: &str, is_linear: bool) -> (Group, &str) {
    let mut start = 0;
    while let Some(length) = name[start..].find(['.', '/']) {
        let (end, module) = (start + length, &name[start..][..length]);
        if role_of_module(module).is_some() {
            return ((name[..start].into(), None), &name[start..]);
        }
        if let Some(digits) = module.find(|c: char| c.is_ascii_digit()) {
            let is_last = !name[end + 1..].contains(['.', '/']);
            if is_linear && is_last {
                return ((name[..start + digits].into(), None), &name[start..]);
            }
            return numbered(name);
        }
        start = end + 1;
    }
    numbered(name)
}

/// The name up to its first number, with that.
fn numbered(name: &str) -> (Group, &str) {
    let parts = natural(name);
    let (text, number) = &parts[0];
    let digits = name[text.len()..].find(|c: char| !c.is_ascii_digit());
    match parts.len() {
        1 => ((text.clone(), None), name),
        _ => (
            (text.clone(), Some(*number)),
            &name[text.len() + digits.unwrap_or_default()..],
        ),
    }
}

/// Whether a tensor is a matrix with a bias beside it, or such a bias.
fn is_linear(name: &str, tensors: &BTreeMap<&str, &Tensor>) -> bool {
    let is_matrix = |weight: &str| {
        let tensor = tensors.get(weight);
        tensor.is_some_and(|tensor| tensor.shape.len() == 2)
    };
    let with_bias = |weight: &str| bias(weight).is_some_and(|bias| tensors.contains_key(&*bias));
    let ends = [("bias", "weight"), ("bias", "kernel"), ("b", "w")];
    let weights = ends.iter().filter_map(|(bias, weight)| {
        let stem = name.strip_suffix(bias)?;
        Some(format!("{stem}{weight}"))
    });
    (is_matrix(name) && with_bias(name)) || weights.into_iter().any(|weight| is_matrix(&weight))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_belong_together_have_one_group() {
        let group = |name| split(name, true).0;
        let same = |names: &[&'static str]| names.iter().all(|name| group(name) == group(names[0]));
        assert!(same(&[
            "s1.0.weight",
            "t1.0.weight",
            "s2.2.weight",
            "t2.0.weight"
        ]));
        assert!(same(&["flow.s.0.weight", "flow.t.2.weight"]));
        assert!(same(&["net.0.weight", "net.2.weight"]));
        assert!(same(&["fc1.weight", "fc2.weight"]));
        assert!(same(&["flows.1.s1.0.weight", "flows.1.t2.0.weight"]));
        assert!(!same(&["flows.1.s.0.weight", "flows.2.s.0.weight"]));
        assert!(!same(&["nets.0.fc1.weight", "nets.1.fc1.weight"]));
        assert!(!same(&["first.0.weight", "second.0.weight"]));
        assert_ne!(
            split("flows.0.weight", false),
            split("flows.1.weight", false)
        );
    }

    #[test]
    fn modules_are_those_behind_the_group() {
        let modules = |name| modules(name).collect::<Vec<_>>();
        assert_eq!(modules("flows.1.s2.net.0.weight"), ["", "s2", "net", "0"]);
        assert_eq!(modules("s2.net.0.weight"), ["s2", "net", "0"]);
    }
}
