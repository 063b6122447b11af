//! Numbers beside a flow that could standardise its rows, whatever they are called.

use super::arrays::Named;
use super::words::{is_of_other_rows, parts};
use std::collections::BTreeSet;

/// The words of a text of JSON that tell statistics, one of each.
const IN_TEXT: [[&str; 3]; 2] = [["mean", "mu", "min"], ["std", "var", "max"]];

/// The names of the arrays with one number or two for each of so many inputs, at least two, and of lists of as many pairs.
///
/// Masks and permutations are none, nor are numbers that change nothing.
pub(super) fn arrays(loose: &[Named], dim: usize) -> Vec<String> {
    let pairs: BTreeSet<&str> = (loose.iter())
        .filter(|(_, tensor)| tensor.shape == [2])
        .map(|(name, _)| *name)
        .collect();
    let named = loose.iter().filter_map(|(name, tensor)| {
        let is_vector = tensor.data.len() == dim;
        let is_matrix = tensor.shape == [2, dim] || tensor.shape == [dim, 2];
        // A list is looked at once, at its first pair.
        let list = name.strip_suffix(".0").filter(|_| dim != 2);
        match list.filter(|list| is_list_of_pairs(list, &pairs, dim)) {
            Some(list) => Some(list),
            None => ((is_vector || is_matrix) && !is_indices(&tensor.data)).then_some(*name),
        }
    });
    let apart = named.filter(|name| dim > 1 && is_apart(name));
    apart.map(String::from).collect()
}

/// Whether a list has a pair for each input, and no more.
fn is_list_of_pairs(list: &str, pairs: &BTreeSet<&str>, dim: usize) -> bool {
    let is_pair = |i: usize| pairs.contains(format!("{list}.{i}").as_str());
    (0..dim).all(is_pair) && !is_pair(dim)
}

/// Whether a text of JSON speaks of a mean and a deviation, or of the least and the largest.
pub(super) fn is_text(text: &str) -> bool {
    let words = parts(text.get(..1000).unwrap_or(text));
    let has = |kind: [&str; 3]| {
        words
            .iter()
            .flatten()
            .any(|word| kind.contains(&word.as_str()))
    };
    text.trim_start().starts_with('{') && IN_TEXT.into_iter().all(has)
}

/// Whether a name is not that of a part of a network or of running statistics of one, nor says that rows are others.
fn is_apart(name: &str) -> bool {
    let is_number = |part: &str| part.parse::<usize>().is_ok();
    let (folder, last) = name.rsplit_once('.').unwrap_or(("", name));
    let mut numbers = folder.split('.').filter(|part| !part.is_empty());
    let is_inside = !numbers.all(is_number) && folder.split('.').any(is_number);
    let is_running = last.starts_with("running_") && !folder.is_empty();
    !is_inside && !is_running && !is_of_other_rows(name)
}

/// Whether numbers choose: all are 0 or 1, or each place comes once.
fn is_indices(numbers: &[f64]) -> bool {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let is_permutation = sorted
        .iter()
        .enumerate()
        .all(|(i, number)| *number == i as f64);
    is_permutation || numbers.iter().all(|number| [0.0, 1.0].contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::{Element, Tensor};

    fn found(named: &[(&str, &[usize])]) -> Vec<String> {
        let tensor = |shape: &[usize]| Tensor {
            element: Element::F64,
            shape: shape.to_vec(),
            data: vec![0.5; shape.iter().product()],
        };
        let tensors: Vec<_> = named
            .iter()
            .map(|(name, shape)| (*name, tensor(shape)))
            .collect();
        let loose: Vec<Named> = tensors
            .iter()
            .map(|(name, tensor)| (*name, tensor))
            .collect();
        arrays(&loose, 4)
    }

    #[test]
    fn what_has_a_number_for_each_input_could_be_statistics() {
        for name in [
            "Xmean",
            "mittelwert",
            "inv_std",
            "running_mean",
            "1.0",
            "stats.lo",
        ] {
            assert_eq!(found(&[(name, &[4])]), [name]);
        }
        for shape in [&[4, 1][..], &[1, 1, 4], &[2, 4], &[4, 2]] {
            assert_eq!(found(&[("stats", shape)]), ["stats"], "{shape:?}");
        }
        let pairs = ["p.0", "p.1", "p.2", "p.3"].map(|name| (name, &[2][..]));
        assert_eq!(found(&pairs), ["p"]);
        assert!(is_text("{\"mean\": [1, 2], \"std\": [1, 1]}"));
    }

    #[test]
    fn other_numbers_could_not() {
        for name in ["layers.0.bias", "bn.running_mean", "y_mean", "net.3.0"] {
            assert!(found(&[(name, &[4])]).is_empty(), "{name}");
        }
        for shape in [&[][..], &[3], &[5], &[4, 4]] {
            assert!(found(&[("a", shape)]).is_empty(), "{shape:?}");
        }
        assert!(found(&[("p.0", &[2]), ("p.1", &[2])]).is_empty());
        assert!(is_indices(&[2.0, 0.0, 1.0]) && is_indices(&[1.0, 1.0, 0.0]));
        assert!(!is_text("mean and std") && !is_text("{\"mean\": 1}"));
    }
}
