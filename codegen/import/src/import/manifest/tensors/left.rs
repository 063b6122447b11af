//! The tensors that nothing reads, and those that nothing needs to read.

use super::Tensors;
use crate::standardise::Beside;
use nice_flow_codegen::error::Result;
use std::collections::BTreeSet;

/// The last parts of tensor names that do not affect the density.
const IGNORED: [&str; 9] = [
    // Of the masked layers of nflows.
    "degrees",
    "num_batches_tracked",
    "data_dep_init_done",
    "initialized",
    "inv_perm",
    "perm_inv",
    "w_perm_inv",
    "eye",
    "_log_z",
];

impl Tensors<'_> {
    /// The names of the tensors of which a part is not used, except those that do not affect the density, and those in `aside`.
    pub(in crate::import::manifest) fn unread(
        &self,
        ignore: &[String],
        aside: Option<&Beside>,
        records: bool,
    ) -> Vec<String> {
        let left = self.left(ignore, aside);
        let unread = left.filter(|name| self.unused(name, records).is_some());
        unread.map(str::to_owned).collect()
    }

    /// The tensors below the root that are neither ignored nor in `aside`.
    fn left<'b>(
        &'b self,
        ignore: &'b [String],
        aside: Option<&'b Beside>,
    ) -> impl Iterator<Item = &'b str> {
        let everything = self.weights.everything();
        let below = everything.filter_map(move |(full, below, _)| {
            below.filter(|_| !aside.is_some_and(|aside| aside.has(full)))
        });
        below.filter(move |name| !ignore.iter().any(|i| i == name))
    }

    /// An error that lists the unused tensors, except those that do not affect the density, and those in
    /// `aside`.
    pub(in crate::import::manifest) fn finish(
        &self,
        ignore: &[String],
        aside: Option<&Beside>,
        records: bool,
        expected: &str,
    ) -> Result<()> {
        let left = self.left(ignore, aside);
        let unused: Vec<String> = left.filter_map(|name| self.unused(name, records)).collect();
        let Some(first) = unused.first() else {
            return Ok(());
        };
        let shown = unused[..unused.len().min(20)].join(", ");
        let more = match unused.len().saturating_sub(20) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let first = first.split(' ').next().unwrap_or(first);
        let message = format!("expected {expected}; not used: {shown}{more}");
        Err(self.weights.error(first, message))
    }

    /// The part of a tensor that was not used but should have been, in words.
    fn unused(&self, name: &str, records: bool) -> Option<String> {
        let used = self.used.borrow();
        let used = used.get(name);
        let whole = |used: &BTreeSet<Option<usize>>| used.contains(&None);
        if used.is_some_and(whole) || self.is_redundant(name, records) {
            return None;
        }
        let shape = self.weights.shape(name).ok()?;
        let Some(used) = used else {
            return Some(format!("{name} {shape:?}"));
        };
        let rows = shape.first().copied().unwrap_or(0);
        let missing = (0..rows).filter(|i| !used.contains(&Some(*i)));
        let missing: Vec<_> = missing.map(|i| i.to_string()).collect();
        (!missing.is_empty()).then(|| format!("{name} {shape:?} at index {}", missing.join(", ")))
    }

    fn is_redundant(&self, name: &str, records: bool) -> bool {
        let last = name.rsplit('.').next().unwrap_or(name);
        let Ok(shape) = self.weights.shape(name) else {
            return false;
        };
        // Equinox also writes sizes, as scalars among the arrays.
        if IGNORED.contains(&last) || (records && shape.is_empty()) {
            return true;
        }
        let Ok(numbers) = self.weights.numbers(name, shape) else {
            return false;
        };
        let all = |value: f64| numbers.iter().all(|number| *number == value);
        let base = name.starts_with("base.");
        let standard = match last {
            "loc" | "_0" => all(0.0),
            "scale" | "_1" => all(1.0),
            _ => false,
        };
        (base && standard) || self.undoes_permutations(numbers, shape)
    }

    /// Whether all rows are inverses of permutations that were used.
    fn undoes_permutations(&self, numbers: &[f64], shape: &[usize]) -> bool {
        let Some(&width) = shape.last().filter(|width| **width > 1) else {
            return false;
        };
        let permutations = self.permutations.borrow();
        numbers.chunks(width).all(|row| {
            permutations.iter().any(|order| {
                let mut pairs = order.iter().enumerate();
                order.len() == width && pairs.all(|(i, from)| row.get(*from) == Some(&(i as f64)))
            })
        })
    }
}
