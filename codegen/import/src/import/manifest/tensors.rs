//! The tensors that a manifest names, with a record of which were used.

use super::given::Given;
use super::schema::{Key, Slice};
use crate::checkpoint::{Checkpoint, Tensor};
use crate::import::Weights;
use crate::standardise::{Beside, Rest};
use nalgebra::DMatrix;
use nice_flow_codegen::error::{Error, Result};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

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

pub(super) struct Tensors<'a> {
    weights: Weights<'a>,
    checkpoint: &'a Checkpoint,
    /// For each tensor the slices that were read; `None` stands for the whole tensor.
    used: RefCell<BTreeMap<String, BTreeSet<Option<usize>>>>,
    permutations: RefCell<Vec<Vec<usize>>>,
    /// Lists of numbers among the settings, which may be statistics.
    lists: BTreeMap<String, Tensor>,
    given: Given,
}

impl<'a> Tensors<'a> {
    pub(super) fn new(checkpoint: &'a Checkpoint, root: &'a str, context: usize) -> Self {
        Self {
            given: Given::plain(context),
            weights: Weights::new(checkpoint, root),
            checkpoint,
            used: RefCell::default(),
            permutations: RefCell::default(),
            lists: checkpoint.lists(),
        }
    }

    /// How many numbers of context there are, which are inputs.
    pub(super) fn context(&self) -> usize {
        self.given.inputs
    }

    /// The inputs that are context.
    pub(super) fn given(&self) -> &Given {
        &self.given
    }

    /// Says what networks read in place of the context.
    pub(super) fn give(&mut self, given: Given) {
        self.given = given;
    }

    /// An error that names the tensor.
    pub(super) fn error(&self, key: &Key, message: impl std::fmt::Display) -> Error {
        self.weights.error(name(key), message)
    }

    /// The shape and the numbers of a tensor.
    fn read(&self, key: &Key) -> Result<(Vec<usize>, &'a [f64])> {
        let shape = self.weights.shape(name(key))?;
        let numbers = self.weights.numbers(name(key), shape)?;
        let (shape, numbers, slice) = match key {
            Key::Whole(_) => (shape, numbers, None),
            Key::Slice(Slice { index, .. }) => match shape {
                [count, rest @ ..] if index < count => {
                    let size = numbers.len() / count;
                    (rest, &numbers[index * size..][..size], Some(*index))
                }
                _ => {
                    let message = format!("expected a slice {index}, found shape {shape:?}");
                    return Err(self.error(key, message));
                }
            },
        };
        let mut used = self.used.borrow_mut();
        used.entry(name(key).to_owned()).or_default().insert(slice);
        Ok((shape.to_vec(), numbers))
    }

    /// A vector of `length` numbers; axes of extent 1 are ignored.
    pub(super) fn vector(&self, key: &Key, length: usize) -> Result<&'a [f64]> {
        let (shape, numbers) = self.read(key)?;
        let mut extents = shape.iter().filter(|extent| **extent != 1);
        let flat = extents.next().is_none_or(|n| *n == length) && extents.next().is_none();
        if numbers.len() != length || !flat {
            let message = format!("expected shape [{length}], found {shape:?}");
            return Err(self.error(key, message));
        }
        Ok(numbers)
    }

    /// Rows of `length` numbers; leading axes of extent 1 are ignored.
    pub(super) fn rows(&self, key: &Key, length: usize) -> Result<Vec<Vec<f64>>> {
        let (shape, numbers) = self.read(key)?;
        match shape[..] {
            [rows, columns] | [1, rows, columns] if columns == length && rows > 0 => {
                Ok(numbers.chunks(length).map(<[f64]>::to_vec).collect())
            }
            _ => Err(self.error(
                key,
                format!("expected shape [components, {length}], found {shape:?}"),
            )),
        }
    }

    /// A vector of `length` numbers; a single number is repeated.
    pub(super) fn spread(&self, key: &Key, length: usize) -> Result<Vec<f64>> {
        match self.weights.shape(name(key))?.iter().product() {
            1 => Ok(vec![self.vector(key, 1)?[0]; length]),
            _ => self.vector(key, length).map(<[f64]>::to_vec),
        }
    }

    /// A matrix in its stored orientation.
    pub(super) fn matrix(&self, key: &Key) -> Result<DMatrix<f64>> {
        let (shape, numbers) = self.read(key)?;
        match shape[..] {
            [rows, columns] => Ok(DMatrix::from_row_slice(rows, columns, numbers)),
            _ => {
                let message = format!("expected a matrix, found shape {shape:?}");
                Err(self.error(key, message))
            }
        }
    }

    /// Indices below `limit`, of any number.
    pub(super) fn indices(&self, key: &Key, limit: usize) -> Result<Vec<usize>> {
        let (_, numbers) = self.read(key)?;
        let index = |number: &f64| {
            let fits = number.fract() == 0.0 && *number >= 0.0 && *number < limit as f64;
            let message = format!("expected indices below {limit}, found {number}");
            fits.then_some(*number as usize)
                .ok_or_else(|| self.error(key, message))
        };
        let indices: Vec<usize> = numbers.iter().map(index).collect::<Result<_>>()?;
        self.permutations.borrow_mut().push(indices.clone());
        Ok(indices)
    }

    /// An error that lists the unused tensors, except those that do not affect the density, and those in
    /// `aside`.
    pub(super) fn finish(
        &self,
        ignore: &[String],
        aside: Option<&Beside>,
        records: bool,
        expected: &str,
    ) -> Result<()> {
        let everything = self.weights.everything();
        let below = everything.filter_map(|(full, below, _)| {
            below.filter(|_| !aside.is_some_and(|aside| aside.has(full)))
        });
        let left = below.filter(|name| !ignore.iter().any(|i| i == name));
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

    /// Unused tensors, by their full names, that look like the statistics of so many inputs, wherever they lie in the file.
    pub(super) fn statistics(&self, root: &str, dim: usize) -> Option<Beside> {
        let used = self.used.borrow();
        let is_used = |below: Option<&str>| below.is_some_and(|name| used.contains_key(name));
        let everything = self.weights.everything();
        let unused = everything.filter(|(_, below, _)| !is_used(*below));
        let rest = Rest {
            checkpoint: self.checkpoint,
            root,
            unused: unused.map(|(name, _, tensor)| (name, tensor)).collect(),
            lists: &self.lists,
            dim,
        };
        rest.statistics()
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
        let missing = (0..shape[0]).filter(|i| !used.contains(&Some(*i)));
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
                order.len() == width && pairs.all(|(i, &from)| row[from] == i as f64)
            })
        })
    }
}

fn name(key: &Key) -> &str {
    match key {
        Key::Whole(name) => name,
        Key::Slice(slice) => &slice.key,
    }
}
