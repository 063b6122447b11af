//! The message for a checkpoint of no known layout: its tensors, and a manifest to fill in.

mod coupling;
mod group;
mod known;
mod made;
mod masks;
mod matrix;
mod net;
mod nets;
mod norm;
mod prior;
mod role;
mod shapes;
mod skeleton;
mod vectors;

use crate::checkpoint::{Checkpoint, Tensor};
use std::collections::BTreeMap;

/// The most lines of the table of tensors.
const LINES: usize = 40;

/// The table and the manifest, appended to the error message; `columns` is the length of the rows of a probe.
pub(super) fn describe(checkpoint: &Checkpoint, columns: Option<usize>) -> String {
    let all = in_order(checkpoint);
    format!(
        "\n{}\n\nA manifest says what they mean (of TensorFlow Probability and Pyro too). \
         Fill in this one and import with --manifest:\n\n{}",
        table(&all),
        skeleton::of(checkpoint, &all, columns)
    )
}

/// The manifest alone.
pub(super) fn scaffold(checkpoint: &Checkpoint, columns: Option<usize>) -> String {
    skeleton::of(checkpoint, &in_order(checkpoint), columns)
}

/// The tensors by the layers that they belong to, numbers compared by value, and each layer's in the order of the file, which is that of
/// its own layers.
fn in_order(checkpoint: &Checkpoint) -> Vec<(&str, &Tensor)> {
    let order = checkpoint.order.iter().enumerate();
    let places: BTreeMap<&str, usize> = order.map(|(at, name)| (name.as_str(), at)).collect();
    let tensors = checkpoint.tensors.iter();
    let mut all: Vec<_> = tensors
        .map(|(name, tensor)| (name.as_str(), tensor))
        .collect();
    let known = all.iter().copied().collect();
    all.sort_by_cached_key(|(name, _)| {
        let place = places.get(name).copied();
        (group::group(name, &known), place, natural(name))
    });
    all
}

/// Name, shape and type of each tensor. If there are many, tensors whose names differ only in numbers share a line.
fn table(all: &[(&str, &Tensor)]) -> String {
    let mut lines = match all.len() {
        0..=LINES => all
            .iter()
            .map(|(name, tensor)| line(name, tensor))
            .collect(),
        _ => kinds(all),
    };
    let more = lines.len().saturating_sub(LINES);
    lines.truncate(LINES);
    if more > 0 {
        lines.push(format!("  and {more} kinds more"));
    }
    lines.join("\n")
}

/// A line for each group of such tensors, in the order of their first member.
fn kinds(all: &[(&str, &Tensor)]) -> Vec<String> {
    let mut kinds: Vec<(String, usize)> = vec![];
    for (name, tensor) in all {
        let line = line(&numberless(name), tensor);
        match kinds.iter_mut().find(|(known, _)| *known == line) {
            Some((_, count)) => *count += 1,
            None => kinds.push((line, 1)),
        }
    }
    let counted = kinds.into_iter();
    counted
        .map(|(line, count)| format!("{line}  ×{count}"))
        .collect()
}

fn line(name: &str, tensor: &Tensor) -> String {
    format!("  {name}  {:?}  {}", tensor.shape, tensor.element)
}

/// Splits a name at its numbers: each text with the number behind it, and the last text with 0.
pub(super) fn natural(name: &str) -> Vec<(String, usize)> {
    let (mut parts, mut rest) = (vec![], name);
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let digits = rest[start..].find(|c: char| !c.is_ascii_digit());
        let end = digits.map_or(rest.len(), |digits| start + digits);
        let number = rest[start..end].parse().unwrap_or(usize::MAX);
        parts.push((rest[..start].to_owned(), number));
        rest = &rest[end..];
    }
    parts.push((rest.to_owned(), 0));
    parts
}

/// The name with `*` in place of each number.
fn numberless(name: &str) -> String {
    let texts: Vec<_> = natural(name).into_iter().map(|(text, _)| text).collect();
    texts.join("*")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_count_as_numbers() {
        assert!(natural("net.2.weight") < natural("net.10.weight"));
        assert_eq!(numberless("net.10.block3.w"), "net.*.block*.w");
    }
}
