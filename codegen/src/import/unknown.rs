//! What is said of a checkpoint of no known layout: its tensors, and a manifest to fill in.

use crate::checkpoint::{Checkpoint, Tensor};
use std::collections::{BTreeMap, BTreeSet};

/// Most lines of the table.
const LINES: usize = 40;

/// A part of a name: what is between numbers, or a number.
type Part = (String, usize);

/// The table and the manifest, to follow a message.
pub(super) fn describe(checkpoint: &Checkpoint) -> String {
    format!(
        "\n{}\n\nA manifest says what they mean (of TensorFlow Probability and Pyro too). Fill in this one and import with --manifest:\n\n{}",
        table(checkpoint),
        skeleton(checkpoint)
    )
}

/// Name, shape and type of each tensor; many that differ in a number only as one, then the first.
fn table(checkpoint: &Checkpoint) -> String {
    let line =
        |name: &str, tensor: &Tensor| format!("  {name}  {:?}  {}", tensor.shape, tensor.element);
    let all = in_order(checkpoint);
    let mut lines: Vec<_> = all
        .iter()
        .map(|(name, tensor)| line(name, tensor))
        .collect();
    if lines.len() > LINES {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let alike: Vec<_> = (all.iter())
            .map(|(name, tensor)| line(&numberless(name), tensor))
            .collect();
        alike
            .iter()
            .for_each(|line| *counts.entry(line.clone()).or_default() += 1);
        let mut seen = BTreeSet::new();
        let first = alike.into_iter().filter(|line| seen.insert(line.clone()));
        lines = first
            .map(|line| format!("{line}  ×{}", counts[&line]))
            .collect();
    }
    let more = lines.len().saturating_sub(LINES);
    lines.truncate(LINES);
    if more > 0 {
        lines.push(format!("  and {more} kinds more"));
    }
    lines.join("\n")
}

/// A coupling of the matrices whose names agree up to the first number; a diagonal of every vector left over.
fn skeleton(checkpoint: &Checkpoint) -> String {
    let all = in_order(checkpoint);
    let names: BTreeSet<&str> = all.iter().map(|(name, _)| *name).collect();
    let mut groups: Vec<(Part, Vec<String>)> = vec![];
    let (mut used, mut rest) = (BTreeSet::new(), vec![]);
    for (name, _) in all
        .iter()
        .filter(|(_, tensor)| tensor.shape.len() == 2 && wide(tensor))
    {
        let bias = bias(name).filter(|bias| names.contains(bias.as_str()));
        let b = bias
            .as_ref()
            .map_or(String::new(), |bias| format!(", b = {}", quoted(bias)));
        used.extend([name.to_string()].into_iter().chain(bias));
        let w = quoted(name);
        let step = format!("  {{ op = \"linear\", w = {w}{b}, layout = \"out_in\" }},\n");
        let group = parts(name).into_iter().next().unwrap_or_default();
        match groups.last_mut() {
            Some((last, steps)) if *last == group => steps.push(step),
            _ => groups.push((group, vec![step])),
        }
    }
    rest.extend(all.iter().filter(|(name, _)| !used.contains(*name)));

    let file = checkpoint.path.file_name().unwrap_or_default();
    let mut text = format!(
        "schema = \"nice-manifest/1\"\nname = \"model\"\ndim = ?  # length of x\ndirection = \"x_to_z\"\n\n\
         [source]\nfile = {}\ncontainer = {}\nsha256 = {:?}\nignore = []  # tensors that no op uses\n\n\
         [prior]\nkind = ?  # \"normal\" or \"logistic\"\n\n\
         # From x to z, one [[ops]] a layer; every tensor once.\n",
        quoted(&file.to_string_lossy()),
        toml::Value::try_from(checkpoint.container).map_or("?".into(), |word| word.to_string()),
        checkpoint.sha256,
    );
    for (_, steps) in groups {
        let act = "  { op = \"act\", fn = ? },  # \"relu\", …\n";
        text += &format!(
            "\n[[ops]]\nop = \"coupling\"\nlaw = \"additive\"  # or \"affine\", with form, params and scale\n\
             sign = ?  # \"+\" or \"-\"\ncond = ?  # the elements that are read, from 0\n\
             trans = ?  # the elements that change\nio = \"gathered\"  # \"masked_full\": nets as wide as x\n\
             net = [\n{}]\n",
            steps.join(act)
        );
    }
    for (name, tensor) in rest {
        text += &format!(
            "\n[[ops]]  # {:?}\nop = \"diag\"\nform = \"mul\"\nscale = {{ map = ?, tensor = {} }}  # \"exp\", \"raw\", …\n",
            tensor.shape,
            quoted(name)
        );
    }
    text
}

/// A string of TOML.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// Numbers inside the names in their order, not in their letters'.
fn in_order(checkpoint: &Checkpoint) -> Vec<(&str, &Tensor)> {
    let mut all: Vec<_> = (checkpoint.tensors.iter())
        .map(|(name, tensor)| (name.as_str(), tensor))
        .collect();
    all.sort_by_key(|(name, _)| parts(name));
    all
}

/// The text before each number, and the number; text after the last one has none.
fn parts(name: &str) -> Vec<Part> {
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

/// With `*` for each number.
fn numberless(name: &str) -> String {
    let parts = parts(name);
    let texts: Vec<_> = parts.iter().map(|(text, _)| text.as_str()).collect();
    texts.join("*")
}

/// Not a vector that is stored as a matrix.
fn wide(tensor: &Tensor) -> bool {
    tensor.shape.iter().all(|extent| *extent > 1)
}

/// What the bias beside a weight would be called.
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
    fn numbers_in_names_count_as_numbers() {
        assert!(parts("net.2.weight") < parts("net.10.weight"));
        assert_eq!(numberless("net.10.block3.w"), "net.*.block*.w");
    }

    #[test]
    fn biases_are_found_beside_their_weights() {
        assert_eq!(bias("a.weight").as_deref(), Some("a.bias"));
        assert_eq!(
            bias("mlp/~/linear_0/w").as_deref(),
            Some("mlp/~/linear_0/b")
        );
        assert_eq!(bias("flow"), None);
    }
}
