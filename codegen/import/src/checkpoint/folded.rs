//! Weights that training frameworks store in parts, put together when the file is read.
//!
//! | parts | weight |
//! |---|---|
//! | `weight_g`, `weight_v`; `parametrizations.weight.original0`, `…original1` | `g · v / ‖v‖`: weight normalisation |
//! | `weight_orig`, `weight_u`, `weight_v`; `parametrizations.weight.original`, `….0._u`, `….0._v` | `W / (uᵀ W v)`: spectral normalisation |
//! | `weight_orig`, `weight_mask`; `weight`, `mask` of the same shape | `W · mask`: pruning, masked linear layers |
//! | `weight.args[1]`, `weight.args[0]` of the same shape | the same of flowjax, `where(mask, W, 0)` |
//!
//! Parts of names that wrappers add, such as `_orig_mod` of `torch.compile`, are left out.

use super::Tensor;
use std::collections::BTreeMap;

type Tensors = BTreeMap<String, Tensor>;

/// What `torch.compile`, fully sharded training and activation checkpointing write into names.
const WRAPPERS: [&str; 3] = [
    "_orig_mod",
    "_fsdp_wrapped_module",
    "_checkpoint_wrapped_module",
];

/// Puts every weight together, and returns the files' names in the same order, with the new names.
pub(super) fn fold(tensors: &mut Tensors, order: Vec<String>) -> Vec<String> {
    unwrap(tensors);
    let mut renamed: Vec<String> = order.iter().map(|name| unwrapped(name)).collect();
    let numbered = renamed.iter().cloned().enumerate().rev();
    let mut places: BTreeMap<String, usize> = numbered.map(|(place, name)| (name, place)).collect();
    for (whole, parts, join) in found(tensors) {
        let Some(read) = parts
            .iter()
            .map(|part| tensors.get(part))
            .collect::<Option<Vec<_>>>()
        else {
            continue;
        };
        let Some(weight) = join(&read) else { continue };
        parts.iter().for_each(|part| drop(tensors.remove(part)));
        // The whole stands where the first of its parts stood.
        let found = parts.iter().filter_map(|part| places.remove(part));
        if let Some(place) = found.min() {
            renamed[place].clone_from(&whole);
            places.insert(whole.clone(), place);
        }
        tensors.insert(whole, weight);
    }
    renamed.retain(|name| tensors.contains_key(name));
    renamed
}

fn unwrap(tensors: &mut Tensors) {
    let names = tensors.keys().map(|name| (name.clone(), unwrapped(name)));
    let wrapped: Vec<_> = names.filter(|(name, short)| name != short).collect();
    for (name, short) in wrapped {
        if !tensors.contains_key(&short)
            && let Some(tensor) = tensors.remove(&name)
        {
            tensors.insert(short, tensor);
        }
    }
}

/// The name without the parts that wrappers add.
fn unwrapped(name: &str) -> String {
    let parts = name.split('.').filter(|part| !WRAPPERS.contains(part));
    parts.collect::<Vec<_>>().join(".")
}

/// A weight's name, the names of its parts, and what joins them; `None` if the parts do not fit.
type Join = fn(&[&Tensor]) -> Option<Tensor>;

/// Every weight of which the file seems to hold the parts.
fn found(tensors: &Tensors) -> Vec<(String, Vec<String>, Join)> {
    let parts = |stem: &str, ends: &[&str]| {
        let names = ends.iter().map(|end| format!("{stem}{end}"));
        names.collect::<Vec<_>>()
    };
    let kind = |name: &str| -> Option<(String, Vec<String>, Join)> {
        if let Some(stem) = name.strip_suffix("_g") {
            return Some((stem.to_owned(), parts(stem, &["_g", "_v"]), normalised));
        }
        if let Some(stem) = name.strip_suffix("_orig") {
            let mask = tensors.contains_key(&format!("{stem}_mask"));
            return Some(match mask {
                true => (stem.to_owned(), parts(stem, &["_orig", "_mask"]), masked),
                false => (
                    stem.to_owned(),
                    parts(stem, &["_orig", "_u", "_v"]),
                    spectral,
                ),
            });
        }
        if let Some(stem) = name.strip_suffix("weight") {
            let whole = name.to_owned();
            let mask = format!("{stem}mask");
            return (tensors.contains_key(&mask))
                .then(|| (whole.clone(), vec![whole, mask], masked as Join));
        }
        if let Some(stem) = name.strip_suffix(".args[1]") {
            let ends = [".args[1]", ".args[0]"];
            return Some((stem.to_owned(), parts(stem, &ends), masked));
        }
        let (stem, part) = name.rsplit_once('.')?;
        let (module, parameter) = stem.rsplit_once('.')?;
        let plain = format!("{}.{parameter}", module.strip_suffix(".parametrizations")?);
        match part {
            "original0" => Some((
                plain,
                parts(stem, &[".original0", ".original1"]),
                normalised,
            )),
            "original" => {
                let ends = [".original", ".0._u", ".0._v"];
                Some((plain, parts(stem, &ends), spectral))
            }
            _ => None,
        }
    };
    tensors.keys().filter_map(|name| kind(name)).collect()
}

/// `g · v / ‖v‖`; the norm is taken over the axes along which `g` has one number.
fn normalised(parts: &[&Tensor]) -> Option<Tensor> {
    let [g, v] = parts else { return None };
    let &[rows, columns] = v.shape.as_slice() else {
        return None;
    };
    let group: fn(usize, usize) -> usize = match g.shape[..] {
        [n, 1] if n == rows => |row, _| row,
        [1, n] if n == columns => |_, column| column,
        [] | [1] => |_, _| 0,
        _ => return None,
    };
    let place = |i: usize| group(i / columns, i % columns);
    let mut squares = vec![0.0; g.data.len()];
    for (i, v) in v.data.iter().enumerate() {
        squares[place(i)] += v * v;
    }
    let one = |(i, v): (usize, &f64)| g.data[place(i)] * v / squares[place(i)].sqrt();
    Some(Tensor {
        data: v.data.iter().enumerate().map(one).collect(),
        ..(*v).clone()
    })
}

/// `W / (uᵀ W v)`.
fn spectral(parts: &[&Tensor]) -> Option<Tensor> {
    let [weight, u, v] = parts else { return None };
    let &[rows, columns] = weight.shape.as_slice() else {
        return None;
    };
    if u.data.len() != rows || v.data.len() != columns || columns == 0 {
        return None;
    }
    let row = |row: &[f64]| row.iter().zip(&v.data).map(|(w, v)| w * v).sum::<f64>();
    let images = weight.data.chunks(columns).map(row);
    let norm: f64 = images.zip(&u.data).map(|(image, u)| image * u).sum();
    Some(Tensor {
        data: weight.data.iter().map(|w| w / norm).collect(),
        ..(*weight).clone()
    })
}

/// Multiplies each of the arrays of a file without names by the one before it, if that is a mask of its shape. Masks keep their
/// places, since the places are all that tells the arrays apart.
pub(super) fn behind_masks(tensors: &mut Tensors, name: fn(usize) -> String) {
    for place in 1..tensors.len() {
        let pair = [place, place - 1].map(|place| tensors.get(&name(place)));
        if let [Some(weight), Some(mask)] = pair
            && weight.shape.len() > 1
            && let Some(product) = masked(&[weight, mask])
        {
            tensors.insert(name(place), product);
        }
    }
}

/// `W · mask`, if the mask has the weight's shape and holds zeros and ones.
fn masked(parts: &[&Tensor]) -> Option<Tensor> {
    let [weight, mask] = parts else { return None };
    let binary = mask.data.iter().all(|m| *m == 0.0 || *m == 1.0);
    if weight.shape != mask.shape || weight.shape.is_empty() || !binary {
        return None;
    }
    let pairs = weight.data.iter().zip(&mask.data);
    Some(Tensor {
        data: pairs
            .map(|(w, m)| if *m == 0.0 { 0.0 } else { *w })
            .collect(),
        ..(*weight).clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::Element;

    fn tensor(shape: &[usize], data: &[f64]) -> Tensor {
        Tensor {
            element: Element::F64,
            shape: shape.to_vec(),
            data: data.to_vec(),
        }
    }

    fn folded(parts: &[(&str, Tensor)]) -> Tensors {
        let pairs = parts
            .iter()
            .map(|(name, tensor)| (name.to_string(), tensor.clone()));
        let (mut tensors, order) = (
            pairs.collect(),
            parts.iter().map(|(name, _)| name.to_string()),
        );
        fold(&mut tensors, order.collect());
        tensors
    }

    #[test]
    fn weight_normalisation_gives_rows_of_the_stored_length() {
        let (g, v) = (
            tensor(&[2, 1], &[10.0, 2.0]),
            tensor(&[2, 2], &[3.0, 4.0, 0.0, -5.0]),
        );
        for names in [
            ["a.weight_g", "a.weight_v"],
            [
                "a.parametrizations.weight.original0",
                "a.parametrizations.weight.original1",
            ],
        ] {
            let tensors = folded(&[(names[0], g.clone()), (names[1], v.clone())]);
            assert_eq!(tensors.keys().collect::<Vec<_>>(), ["a.weight"]);
            assert_eq!(tensors["a.weight"].data, [6.0, 8.0, 0.0, -2.0]);
        }
        let columns = tensor(&[1, 2], &[1.0, 1.0]);
        let tensors = folded(&[
            ("a.weight_g", columns),
            ("a.weight_v", tensor(&[1, 2], &[-2.0, 4.0])),
        ]);
        assert_eq!(tensors["a.weight"].data, [-1.0, 1.0]);
    }

    #[test]
    fn spectral_normalisation_divides_by_the_stored_norm() {
        let parts = || {
            [
                tensor(&[2, 2], &[3.0, 0.0, 0.0, 1.0]),
                tensor(&[2], &[1.0, 0.0]),
                tensor(&[2], &[1.0, 0.0]),
            ]
        };
        for names in [
            ["a.weight_orig", "a.weight_u", "a.weight_v"],
            [
                "a.parametrizations.weight.original",
                "a.parametrizations.weight.0._u",
                "a.parametrizations.weight.0._v",
            ],
        ] {
            let tensors: Vec<_> = names.into_iter().zip(parts()).collect();
            let tensors = folded(&tensors);
            assert_eq!(tensors["a.weight"].data, [1.0, 0.0, 0.0, 1.0 / 3.0]);
            assert_eq!(tensors.len(), 1);
        }
    }

    #[test]
    fn masks_remove_weights() {
        let (weight, mask) = (tensor(&[1, 2], &[5.0, 7.0]), tensor(&[1, 2], &[0.0, 1.0]));
        for names in [
            ["a.weight_orig", "a.weight_mask"],
            ["a.weight", "a.mask"],
            ["a.weight.args[1]", "a.weight.args[0]"],
        ] {
            let tensors = folded(&[(names[0], weight.clone()), (names[1], mask.clone())]);
            assert_eq!(tensors["a.weight"].data, [0.0, 7.0]);
            assert_eq!(tensors.len(), 1);
        }
        let other = tensor(&[2], &[0.0, 1.0]);
        assert_eq!(folded(&[("a.weight", weight), ("a.mask", other)]).len(), 2);
    }

    #[test]
    fn wrappers_leave_names() {
        let one = tensor(&[1], &[1.0]);
        let names = ["_orig_mod.b.weight", "a._orig_mod.net.bias"];
        let tensors = folded(&names.map(|name| (name, one.clone())));
        assert_eq!(
            tensors.keys().collect::<Vec<_>>(),
            ["a.net.bias", "b.weight"]
        );
    }
}
