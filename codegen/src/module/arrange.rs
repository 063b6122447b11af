//! Turns repeated layers into arrays, so that many sets of weights share one copy of the code.

use super::tree::{Leaf, Tree};

/// The longest period that is searched for; one period becomes a tuple. Couplings that alternate between two shapes
/// have period 2; with normalisation, permutation and LU factors between them, up to 7.
const LONGEST_PERIOD: usize = LONGEST_TUPLE;

/// The longest tuple for which the runtime crate implements `Bijection`.
const LONGEST_TUPLE: usize = 8;

/// A single layer: the composition of `layers`, in their order.
pub fn arrange<L: Leaf>(layers: Vec<Tree<L>>) -> Tree<L> {
    let mut rest = layers.as_slice();
    let mut parts = vec![];
    while !rest.is_empty() {
        let (period, times) = best_run(rest);
        let (run, after) = rest.split_at(period * times);
        parts.push(match (period, times) {
            (1, 1) => run[0].clone(),
            (1, _) => Tree::Repeat(run.to_vec()),
            _ => Tree::Repeat(
                run.chunks(period)
                    .map(|block| Tree::Chain(block.to_vec()))
                    .collect(),
            ),
        });
        rest = after;
    }
    chain(parts)
}

/// Period and number of repetitions of the longest repetition at the start; among equally long ones, that of the
/// shortest period.
fn best_run<L: Leaf>(layers: &[Tree<L>]) -> (usize, usize) {
    let types: Vec<String> = layers.iter().map(Tree::type_name).collect();
    let run = |period: usize| {
        let alike = |i: &usize| types[*i] == types[*i % period];
        (0..types.len()).take_while(alike).count() / period
    };
    (1..=LONGEST_PERIOD.min(layers.len()))
        .map(|period| (period, run(period)))
        .filter(|&(period, times)| period == 1 || times > 1)
        .max_by_key(|&(period, times)| (period * times, std::cmp::Reverse(period)))
        .unwrap_or((1, 1))
}

/// The parts as a tuple; as nested tuples if there are too many for one.
fn chain<L: Leaf>(mut parts: Vec<Tree<L>>) -> Tree<L> {
    while parts.len() > LONGEST_TUPLE {
        parts = parts
            .chunks(LONGEST_TUPLE)
            .map(|parts| Tree::Chain(parts.to_vec()))
            .collect();
    }
    match parts.as_slice() {
        [one] => one.clone(),
        _ => Tree::Chain(parts),
    }
}
