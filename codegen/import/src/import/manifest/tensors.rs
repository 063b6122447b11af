//! The tensors that a manifest names, with a record of which were used.

mod left;

use super::given::Given;
use super::schema::{Key, Slice};
use crate::checkpoint::{Checkpoint, Tensor};
use crate::import::Weights;
use crate::standardise::{Beside, Rest};
use nalgebra::DMatrix;
use nice_flow_codegen::error::{Error, Result};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

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

    /// A part of this shape for each index of the leading axes, of which there are two at most; the first of two has extent 1.
    pub(super) fn parts(&self, key: &Key, part: &[usize]) -> Result<Vec<&'a [f64]>> {
        let (shape, numbers) = self.read(key)?;
        let count = match shape.strip_suffix(part) {
            Some([]) => 1,
            Some([count] | [1, count]) => *count,
            _ => {
                let message = format!(
                    "expected shape {part:?}, or [components] before these, found {shape:?}"
                );
                return Err(self.error(key, message));
            }
        };
        let size: usize = part.iter().product();
        Ok((0..count).map(|k| &numbers[k * size..][..size]).collect())
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

    /// Records that a tensor, or a slice of it, is used.
    pub(super) fn mark(&self, name: &str, slice: Option<usize>) {
        let mut used = self.used.borrow_mut();
        used.entry(name.to_owned()).or_default().insert(slice);
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
}

fn name(key: &Key) -> &str {
    match key {
        Key::Whole(name) => name,
        Key::Slice(slice) => &slice.key,
    }
}
