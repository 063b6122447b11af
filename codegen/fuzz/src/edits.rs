//! Changes to a tree of JSON, so that text which parses is what the fuzzer makes.

use libfuzzer_sys::arbitrary::{Result, Unstructured};
use serde_json::{Map, Value, json};

/// What ends a string, a comment, a line, a page or a path, and what turns a line round.
const HOSTILE: [&str; 14] = [
    "",
    "\n",
    "\r",
    "\0",
    "\"",
    "*/",
    "\\",
    "\u{202e}",
    "\u{2028}",
    "</script>",
    "{}",
    "../..",
    "\u{1b}[2J",
    "r#\"",
];

/// Words of the formats.
const WORDS: [&str; 40] = [
    "kind",
    "coupling",
    "diagonal",
    "permute",
    "triangular",
    "dense",
    "joint",
    "separate",
    "linear",
    "activation",
    "scale",
    "skip",
    "stages",
    "relu",
    "leaky_relu",
    "elu",
    "tanh",
    "sigmoid",
    "silu",
    "softplus",
    "slope",
    "alpha",
    "map",
    "exp",
    "exp_clip",
    "reciprocal",
    "of",
    "normal",
    "logistic",
    "diagonal_normal",
    "mixture",
    "lower",
    "upper",
    "members",
    "density",
    "additive",
    "affine",
    "out_in",
    "bias",
    "max",
];

const WHOLE: [i64; 12] = [0, 1, 2, 3, 4, 16, 255, 4097, 1 << 31, 1 << 53, i64::MAX, -1];

const REAL: [f64; 11] = [
    0.5, -0.0, 1e-320, 1e-38, 1e-8, 1.0, 1e8, 3.4e38, 3.5e38, 1e300, -1e300,
];

/// Up to four changes.
pub fn edit(tree: &mut Value, u: &mut Unstructured) -> Result<()> {
    for _ in 0..u.int_in_range(0..=4)? {
        change(tree, u)?;
    }
    Ok(())
}

/// A number that is seldom meant.
pub fn real(u: &mut Unstructured) -> Result<f64> {
    match u.int_in_range(0..=3)? {
        0 => u.arbitrary(),
        _ => u.choose(&REAL).copied(),
    }
}

/// A short text, often one that means something to somebody.
pub fn text(u: &mut Unstructured) -> Result<String> {
    match u.int_in_range(0..=3)? {
        0 => u.arbitrary::<String>(),
        1 => u.choose(&HOSTILE).map(|text| (*text).to_owned()),
        _ => u.choose(&WORDS).map(|text| (*text).to_owned()),
    }
}

fn scalar(u: &mut Unstructured) -> Result<Value> {
    Ok(match u.int_in_range(0..=5)? {
        0 => Value::Null,
        1 => json!(u.arbitrary::<bool>()?),
        2 => json!(u64::MAX),
        3 => json!(u.choose(&WHOLE)?),
        4 => json!(real(u)?),
        _ => json!(text(u)?),
    })
}

fn change(tree: &mut Value, u: &mut Unstructured) -> Result<()> {
    let count = size(tree);
    let other = pick(tree, u.choose_index(count)?).clone();
    let node = pick(tree, u.choose_index(count)?);
    match u.int_in_range(0..=6)? {
        0 => *node = scalar(u)?,
        1 => *node = other,
        2 => remove(node, u)?,
        3 => insert(node, other, u)?,
        4 => swap(node, u)?,
        5 => nudge(node, u)?,
        _ => wrap(node, u)?,
    }
    Ok(())
}

/// Nodes of a tree.
fn size(tree: &Value) -> usize {
    1 + match tree {
        Value::Array(items) => items.iter().map(size).sum(),
        Value::Object(entries) => entries.values().map(size).sum(),
        _ => 0,
    }
}

/// The node before which there are so many, parents first.
fn pick(tree: &mut Value, mut before: usize) -> &mut Value {
    if before == 0 {
        return tree;
    }
    before -= 1;
    let children: Vec<&mut Value> = match tree {
        Value::Array(items) => items.iter_mut().collect(),
        Value::Object(entries) => entries.values_mut().collect(),
        _ => vec![],
    };
    for child in children {
        match before.checked_sub(size(child)) {
            Some(rest) => before = rest,
            None => return pick(child, before),
        }
    }
    unreachable!("fewer nodes than were counted")
}

fn remove(node: &mut Value, u: &mut Unstructured) -> Result<()> {
    match node {
        Value::Array(items) if !items.is_empty() => {
            items.remove(u.choose_index(items.len())?);
        }
        Value::Object(entries) if !entries.is_empty() => {
            let key = key(entries, u)?;
            entries.remove(&key);
        }
        _ => *node = Value::Null,
    }
    Ok(())
}

fn key(entries: &Map<String, Value>, u: &mut Unstructured) -> Result<String> {
    let index = u.choose_index(entries.len())?;
    Ok(entries.keys().nth(index).cloned().unwrap_or_default())
}

fn insert(node: &mut Value, other: Value, u: &mut Unstructured) -> Result<()> {
    match node {
        Value::Array(items) => items.insert(u.choose_index(items.len() + 1)?, other),
        Value::Object(entries) => {
            entries.insert(text(u)?, other);
        }
        _ => *node = other,
    }
    Ok(())
}

fn swap(node: &mut Value, u: &mut Unstructured) -> Result<()> {
    match node {
        Value::Array(items) if !items.is_empty() => {
            let (one, other) = (u.choose_index(items.len())?, u.choose_index(items.len())?);
            items.swap(one, other);
        }
        Value::Object(entries) if !entries.is_empty() => {
            let (one, other) = (key(entries, u)?, key(entries, u)?);
            let (a, b) = (entries[&one].clone(), entries[&other].clone());
            entries.insert(one, b);
            entries.insert(other, a);
        }
        _ => (),
    }
    Ok(())
}

/// A number next to it, or a text with something in it.
fn nudge(node: &mut Value, u: &mut Unstructured) -> Result<()> {
    match node {
        Value::Number(number) => {
            let step = if u.arbitrary()? { 1 } else { -1 };
            *node = match number.as_i64() {
                Some(whole) => json!(whole.saturating_add(step)),
                None => json!(-number.as_f64().unwrap_or(0.0)),
            };
        }
        Value::String(old) => {
            let places: Vec<usize> = (0..=old.len())
                .filter(|i| old.is_char_boundary(*i))
                .collect();
            let place = *u.choose(&places)?;
            old.insert_str(place, &text(u)?);
        }
        Value::Bool(flag) => *flag = !*flag,
        _ => (),
    }
    Ok(())
}

/// Puts a node into others, perhaps very deep.
fn wrap(node: &mut Value, u: &mut Unstructured) -> Result<()> {
    let kind = u.int_in_range(0..=2)?;
    for _ in 0..*u.choose(&[1, 2, 20, 100])? {
        let inner = node.take();
        *node = match kind {
            0 => json!([inner]),
            1 => json!({ "kind": "skip", "stages": [inner] }),
            _ => json!({ "map": "reciprocal", "of": inner }),
        };
    }
    Ok(())
}
