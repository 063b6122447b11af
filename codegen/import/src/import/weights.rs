//! The tensors of one model within a checkpoint.

use super::unknown;
use crate::checkpoint::{Checkpoint, Element, Tensor, Value};
use crate::imported::Note;
use nice_flow_codegen::error::{Error, Result};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// The tensors below a root.
#[derive(Debug)]
pub struct Weights<'a> {
    checkpoint: &'a Checkpoint,
    root: &'a str,
    doubts: RefCell<Vec<Error>>,
}

impl<'a> Weights<'a> {
    pub(super) fn new(checkpoint: &'a Checkpoint, root: &'a str) -> Self {
        Self {
            checkpoint,
            root,
            doubts: RefCell::default(),
        }
    }

    /// An error that names the tensor.
    pub fn error(&self, name: &str, message: impl std::fmt::Display) -> Error {
        Error::input(format!("{}{name}", self.root), message).in_file(&self.checkpoint.path)
    }

    /// An error at a tensor of a file without names, whose arrays are not as expected; it lists all of them.
    pub(super) fn unrecognised(&self, name: &str, message: &str) -> Error {
        let all = unknown::describe(self.checkpoint, None);
        self.error(name, format!("{message}; the file holds{all}"))
    }

    /// Keeps an error for the end, so that the rest of the file is read as well.
    pub(super) fn doubt(&self, doubt: Error) {
        self.doubts.borrow_mut().push(doubt);
    }

    /// Whether something was not understood.
    pub(super) fn doubts(&self) -> bool {
        !self.doubts.borrow().is_empty()
    }

    /// The first thing that was not understood.
    pub(super) fn first_doubt(self) -> Option<Error> {
        self.doubts.into_inner().into_iter().next()
    }

    /// Whether there is such a tensor.
    pub fn has(&self, name: &str) -> bool {
        let full = format!("{}{name}", self.root);
        self.checkpoint.tensors.contains_key(&full)
    }

    /// Whether there are tensors whose names begin with `at.`.
    pub fn holds_below(&self, at: &str) -> bool {
        let start = format!("{}{at}.", self.root);
        let mut names = self.checkpoint.tensors.range(start.clone()..);
        names
            .next()
            .is_some_and(|(name, _)| name.starts_with(&start))
    }

    /// The number of consecutive indices, from 0 on, for which the tensor exists.
    pub fn count(&self, name: impl Fn(usize) -> String) -> usize {
        (0..).take_while(|&i| self.has(&name(i))).count()
    }

    /// The names of the tensors, relative to the root.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let names = self.checkpoint.tensors.keys();
        names.filter_map(|name| name.strip_prefix(self.root))
    }

    /// Every tensor of the file by its full name, and its name relative to the root if it is below that.
    pub(super) fn everything(
        &self,
    ) -> impl Iterator<Item = (&'a str, Option<&'a str>, &'a Tensor)> {
        let tensors = self.checkpoint.tensors.iter();
        tensors.map(|(name, tensor)| (name.as_str(), name.strip_prefix(self.root), tensor))
    }

    /// The names in the order of the file, as far as it has one; the others follow.
    pub(super) fn ordered(&self) -> Vec<&str> {
        let order = self.checkpoint.order.iter();
        let mut names: Vec<&str> = order
            .filter_map(|name| name.strip_prefix(self.root))
            .collect();
        let listed: BTreeSet<&str> = names.iter().copied().collect();
        let mut rest: Vec<&str> = self.names().filter(|name| !listed.contains(name)).collect();
        rest.sort_by_cached_key(|name| unknown::natural(name));
        names.extend(rest);
        names
    }

    /// The scalar saved beside the weights whose name is `key`, or the only one whose name ends in `key`.
    pub fn config(&self, key: &str) -> Option<&Value> {
        let config = &self.checkpoint.config;
        let mut below = (config.iter()).filter(|(name, _)| name.rsplit('.').next() == Some(key));
        let only = (below.next(), below.next());
        config.get(key).or(match only {
            (Some((_, value)), None) => Some(value),
            _ => None,
        })
    }

    /// The shape of a tensor.
    pub fn shape(&self, name: &str) -> Result<&'a [usize]> {
        self.tensor(name).map(|tensor| tensor.shape.as_slice())
    }

    /// The type of a tensor's numbers.
    pub(super) fn element(&self, name: &str) -> Result<Element> {
        self.tensor(name).map(|tensor| tensor.element)
    }

    /// The numbers of a tensor, row-major; an error unless it has exactly this shape.
    pub fn numbers(&self, name: &str, shape: &[usize]) -> Result<&'a [f64]> {
        let tensor = self.tensor(name)?;
        if tensor.shape != shape {
            let found = &tensor.shape;
            return Err(self.error(name, format!("expected shape {shape:?}, found {found:?}")));
        }
        let odd = tensor.data.iter().position(|number| !number.is_finite());
        if let Some(odd) = odd {
            let (index, found) = (index(odd, shape), tensor.data[odd]);
            let message = format!("expected finite numbers, found {found} at {index:?}");
            return Err(self.error(name, message));
        }
        Ok(&tensor.data)
    }

    /// Element indices, each at most once.
    pub fn elements(&self, name: &str, dim: usize) -> Result<Vec<usize>> {
        let &[length] = self.shape(name)? else {
            let found = self.shape(name)?;
            return Err(self.error(name, format!("expected a list, found shape {found:?}")));
        };
        let mut seen = vec![false; dim];
        let numbers = self.numbers(name, &[length])?.iter().enumerate();
        numbers
            .map(|(i, &number)| {
                let index = number as usize;
                let fresh = index as f64 == number && index < dim && !seen[index];
                if !fresh {
                    let limit = dim.saturating_sub(1);
                    let message =
                        format!("expected each of 0 to {limit} once, found {number} at [{i}]");
                    return Err(self.error(name, message));
                }
                seen[index] = true;
                Ok(index)
            })
            .collect()
    }

    /// The extent D of a tensor of shape `[D]` or `[1, D]`.
    pub fn width(&self, name: &str) -> Result<usize> {
        match *self.shape(name)? {
            [dim] | [1, dim] if dim > 1 => Ok(dim),
            ref found => {
                let message = format!("expected shape [D] or [1, D], found {found:?}");
                Err(self.error(name, message))
            }
        }
    }

    /// Like [`width`](Self::width), for a vector that is split into halves: an error unless D is even.
    pub fn even_width(&self, name: &str) -> Result<usize> {
        match self.width(name)? {
            dim if dim % 2 == 0 => Ok(dim),
            dim => Err(self.error(name, format!("expected an even D, found {dim}"))),
        }
    }

    fn tensor(&self, name: &str) -> Result<&'a Tensor> {
        let tensor = self.checkpoint.tensors.get(&format!("{}{name}", self.root));
        tensor.ok_or_else(|| {
            let full = format!("left out: {}{name} (", self.root);
            let mut notes = self.checkpoint.notes.iter();
            let what = notes.find_map(|note| note.strip_prefix(&full)?.strip_suffix(')'));
            match what {
                None => self.error(name, "expected such a tensor, found none"),
                Some(what) => self.error(
                    name,
                    format!("expected numbers that are read, found {what}, which was left out"),
                ),
            }
        })
    }

    /// Notes on the first tensors outside the root.
    pub(super) fn elsewhere(&self) -> impl Iterator<Item = Note> {
        let tensors = &self.checkpoint.tensors;
        let elsewhere = (tensors.iter()).filter(|(name, _)| !name.starts_with(self.root));
        let notes = elsewhere.map(|(name, tensor)| Note::Unused {
            name: name.clone(),
            shape: tensor.shape.clone(),
        });
        notes.take(10)
    }
}

/// The index of the element at a row-major position.
fn index(mut position: usize, shape: &[usize]) -> Vec<usize> {
    let mut index = vec![0; shape.len()];
    for (index, extent) in index.iter_mut().zip(shape).rev() {
        *index = position % extent;
        position /= extent;
    }
    index
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::Container;

    fn checkpoint(name: &str, shape: &[usize], data: &[f64]) -> Checkpoint {
        let tensor = Tensor {
            element: Element::F64,
            shape: shape.to_vec(),
            data: data.to_vec(),
        };
        Checkpoint {
            path: "model.pt".into(),
            sha256: String::new(),
            container: Container::Torch,
            tensors: [(name.to_owned(), tensor)].into(),
            config: [("args.latent".to_owned(), Value::Text("normal".into()))].into(),
            order: vec![],
            notes: vec![],
            fitted: vec![],
        }
    }

    #[test]
    fn errors_name_file_tensor_expected_and_found() {
        let file = checkpoint("net.out.weight", &[2, 1], &[1.0, f64::NAN]);
        let weights = Weights::new(&file, "net.");
        let says = |error: Error| error.to_string();
        assert_eq!(
            says(weights.numbers("out.weight", &[1, 2]).unwrap_err()),
            "model.pt: net.out.weight: expected shape [1, 2], found [2, 1]"
        );
        assert_eq!(
            says(weights.numbers("out.weight", &[2, 1]).unwrap_err()),
            "model.pt: net.out.weight: expected finite numbers, found NaN at [1, 0]"
        );
        assert_eq!(
            says(weights.shape("out.bias").unwrap_err()),
            "model.pt: net.out.bias: expected such a tensor, found none"
        );
    }

    #[test]
    fn a_tensor_that_was_left_out_is_said_to_be() {
        let mut file = checkpoint("net.out.weight", &[1], &[1.0]);
        let note = "left out: net.out.bias (a tensor of float8_e4m3fn)";
        file.notes.push(note.into());
        let error = Weights::new(&file, "net.").shape("out.bias").unwrap_err();
        assert_eq!(
            error.to_string(),
            "model.pt: net.out.bias: expected numbers that are read, found a tensor of float8_e4m3fn, which was left out"
        );
    }

    #[test]
    fn a_setting_is_found_wherever_it_was_saved() {
        let file = checkpoint("a", &[1], &[1.0]);
        let weights = Weights::new(&file, "");
        assert_eq!(
            weights.config("latent"),
            Some(&Value::Text("normal".into()))
        );
        assert_eq!(weights.config("mask_config"), None);
    }
}
