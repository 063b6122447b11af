//! Checkpoints of every layout: the names and shapes of real ones, in `layouts.txt`, with numbers of no meaning.

use crate::edits::{real, text};
use libfuzzer_sys::arbitrary::{Result, Unstructured};
use nice_flow_import::checkpoint::{Checkpoint, Container, Element, Tensor, Value};
use nice_flow_import::import::{Key, LAYOUTS, Layout, import};
use std::collections::{BTreeMap, BTreeSet};

/// A checkpoint, and the settings that its layout needs.
pub type Entry = (Checkpoint, Vec<(String, String)>);

/// One checkpoint of each entry of `layouts.txt`, and what has to be set to read it.
///
/// # Panics
/// If one of them is not read as its layout, or a layout has none.
pub fn all() -> Vec<Entry> {
    let entries = include_str!("layouts.txt").split("\n[").skip(1);
    let mut seen = BTreeSet::new();
    let read = entries.map(|text| {
        let (checkpoint, set) = entry(text);
        let model = import(&checkpoint, None, &set)
            .unwrap_or_else(|error| panic!("{text}: {error}"))
            .model;
        assert!(
            text.starts_with(&model.origin.layout),
            "{} of {text}",
            model.origin.layout
        );
        seen.insert(model.origin.layout);
        (checkpoint, set)
    });
    let read = read.collect();
    assert_eq!(seen.len(), LAYOUTS.len(), "{seen:?}");
    read
}

/// `layout key=value …]`, then a line a tensor: `name shape numbers`.
fn entry(text: &str) -> Entry {
    let (head, lines) = text.split_once("]\n").expect("a heading");
    let set = head.split(' ').skip(1).map(|pair| {
        let (key, value) = pair.split_once('=').expect("a setting");
        (key.to_owned(), value.to_owned())
    });
    let lines = lines.lines().filter(|line| !line.is_empty()).enumerate();
    let container = match lines.clone().any(|(_, line)| line.starts_with("leaf.")) {
        true => Container::Eqx,
        false => Container::Torch,
    };
    let checkpoint = Checkpoint {
        path: "model.pt".into(),
        sha256: "0123456789abcdef".repeat(4),
        container,
        tensors: lines.map(|(index, line)| tensor(index, line)).collect(),
        config: BTreeMap::new(),
        order: vec![],
        notes: vec![],
        fitted: vec![],
    };
    (checkpoint, set.collect())
}

fn tensor(index: usize, line: &str) -> (String, Tensor) {
    let mut words = line.split(' ');
    let name = words.next().unwrap_or_default().to_owned();
    let list = |word: Option<&str>| -> Vec<f64> {
        let numbers = word
            .unwrap_or_default()
            .split(',')
            .filter(|number| !number.is_empty());
        numbers
            .map(|number| number.parse().expect("a number"))
            .collect()
    };
    let shape: Vec<usize> = list(words.next())
        .into_iter()
        .map(|extent| extent as usize)
        .collect();
    let data = match words.next() {
        None => (0..shape.iter().product())
            .map(|i| number(&name, &shape, index, i))
            .collect(),
        given => list(given),
    };
    // Counters, or sizes among records.
    let element = match shape.is_empty() {
        true => Element::I64,
        false => Element::F32,
    };
    (
        name,
        Tensor {
            element,
            shape,
            data,
        },
    )
}

/// Without pattern; variances and scales are above zero, what has to be a rotation is one.
fn number(name: &str, shape: &[usize], tensor: usize, i: usize) -> f64 {
    if name.contains("w_perm") {
        let width = shape.last().copied().unwrap_or(1);
        return f64::from(i / width == i % width);
    }
    let lift = name.ends_with("var") || name.contains("scale");
    (i as f64 * 1.7 + tensor as f64).sin() + if lift { 1.5 } else { 0.0 }
}

/// Up to four changes of the tensors and settings.
pub fn edit(checkpoint: &mut Checkpoint, u: &mut Unstructured) -> Result<()> {
    for _ in 0..u.int_in_range(0..=4)? {
        change(checkpoint, u)?;
    }
    Ok(())
}

fn change(checkpoint: &mut Checkpoint, u: &mut Unstructured) -> Result<()> {
    let tensors = &mut checkpoint.tensors;
    let names: Vec<String> = tensors.keys().cloned().collect();
    let name = u.choose(&names)?.clone();
    let Some(mut tensor) = tensors.remove(&name) else {
        return Ok(());
    };
    let name = match u.int_in_range(0..=6)? {
        0 => return Ok(()),
        1 => renamed(&name, u)?,
        2 => {
            tensors.insert(name.clone(), tensor.clone());
            renamed(u.choose(&names)?, u)?
        }
        3 => {
            reshape(&mut tensor, u)?;
            name
        }
        4 => {
            let value = match u.arbitrary()? {
                true => Value::Number(real(u)?),
                false => Value::Text(text(u)?),
            };
            checkpoint.config.insert(text(u)?, value);
            name
        }
        _ => {
            if !tensor.data.is_empty() {
                let index = u.choose_index(tensor.data.len())?;
                tensor.data[index] = real(u)?;
            }
            name
        }
    };
    checkpoint.tensors.insert(name, tensor);
    Ok(())
}

/// A name with another part, or without it.
fn renamed(name: &str, u: &mut Unstructured) -> Result<String> {
    let mut parts: Vec<String> = name.split('.').map(str::to_owned).collect();
    let index = u.choose_index(parts.len())?;
    match u.int_in_range(0..=3)? {
        0 => drop(parts.remove(index)),
        1 => parts[index] = text(u)?,
        2 => parts.insert(index, u.int_in_range(0..=9)?.to_string()),
        _ => {
            parts[index] = u
                .choose(&["0", "1", "2", "7", "99999999999", "weight", "bias"])?
                .to_string()
        }
    }
    Ok(parts.join("."))
}

/// Another shape and as many numbers as that takes, at most 4096.
fn reshape(tensor: &mut Tensor, u: &mut Unstructured) -> Result<()> {
    let mut shape = tensor.shape.clone();
    match u.int_in_range(0..=3)? {
        0 => shape.push(1),
        1 => drop(shape.pop()),
        2 => shape.reverse(),
        _ if shape.is_empty() => shape = vec![0],
        _ => {
            let index = u.choose_index(shape.len())?;
            shape[index] = *u.choose(&[0, 1, 2, 3, 5, 64])?;
        }
    }
    let numbers: usize = shape.iter().product();
    if numbers <= 1 << 12 {
        tensor.data.resize(numbers, 0.5);
        tensor.shape = shape;
    }
    Ok(())
}

/// Values for some keys of a layout: its own words, numbers where words stand for them, or anything.
pub fn settings(u: &mut Unstructured) -> Result<Vec<(String, String)>> {
    let layout: &Layout = u.choose(&LAYOUTS)?;
    let mut set = vec![];
    for key in layout.keys {
        if u.ratio(1, 3)? {
            set.push((key.name.to_owned(), value(key, u)?));
        }
    }
    Ok(set)
}

fn value(key: &Key, u: &mut Unstructured) -> Result<String> {
    if u.ratio(1, 8)? {
        return text(u);
    }
    let words: Vec<&str> = key.values.split('|').collect();
    let word = u.choose(&words)?;
    let number = *u.choose(&[
        "0.5",
        "0",
        "-1",
        "1e300",
        "1,2,3",
        "1.5,2,2,2,2,2",
        "nan",
        "18446744073709551615",
    ])?;
    let stands = ["SLOPE", "ALPHA", "NUMBER,NUMBER,…", "NUMBER"];
    Ok(stands.iter().fold((*word).to_owned(), |word, stand| {
        word.replace(stand, number)
    }))
}
