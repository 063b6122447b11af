//! Tensors of `f64`, and rows of `f32`, stored and found by name.

use super::single::expect_single;
use crate::{Error, Result};
use nalgebra::{DMatrix, DVector};
use safetensors::tensor::{Dtype, TensorView, View};
use safetensors::{SafeTensorError, SafeTensors};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// The tensors of a file that will be written.
#[derive(Default)]
pub(super) struct Writer {
    /// A prefix of every name, so that members of an ensemble do not share names.
    pub prefix: String,
    tensors: BTreeMap<String, Tensor>,
    /// The error of the first number beyond `f32`.
    beyond: Option<Error>,
}

pub(super) struct Tensor {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl View for &Tensor {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        (&self.bytes).into()
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

impl Writer {
    /// Adds a vector; returns its name.
    pub fn vector(&mut self, name: String, values: &[f64]) -> String {
        self.insert(name, vec![values.len()], values.iter())
    }

    /// Adds a matrix, row by row; returns its name.
    pub fn matrix(&mut self, name: String, matrix: &DMatrix<f64>) -> String {
        let shape = vec![matrix.nrows(), matrix.ncols()];
        self.insert(name, shape, matrix.transpose().iter())
    }

    /// Adds rows of data as `f32`; returns their name.
    pub fn rows(&mut self, name: String, dim: usize, values: &[f64]) -> String {
        let shape = vec![values.len() / dim.max(1), dim];
        let bytes = values.iter().flat_map(|x| (*x as f32).to_le_bytes());
        self.keep(name, Dtype::F32, shape, bytes.collect())
    }

    fn insert<'a>(
        &mut self,
        name: String,
        shape: Vec<usize>,
        values: impl Iterator<Item = &'a f64>,
    ) -> String {
        let values: Vec<f64> = values.copied().collect();
        let beyond = expect_single(&(self.prefix.clone() + &name), &values).err();
        self.beyond = self.beyond.take().or(beyond);
        let bytes = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        self.keep(name, Dtype::F64, shape, bytes)
    }

    fn keep(&mut self, name: String, dtype: Dtype, shape: Vec<usize>, bytes: Vec<u8>) -> String {
        let name = self.prefix.clone() + &name;
        let tensor = Tensor {
            dtype,
            shape,
            bytes,
        };
        self.tensors.insert(name.clone(), tensor);
        name
    }

    /// An error if a number is beyond `f32`.
    pub fn check(&mut self) -> Result<()> {
        self.beyond.take().map_or(Ok(()), Err)
    }

    /// The tensors, as the safetensors library takes them.
    pub fn views(&self) -> &BTreeMap<String, Tensor> {
        &self.tensors
    }
}

/// The tensors of a file that is read.
pub(super) struct Reader<'a> {
    tensors: SafeTensors<'a>,
    used: RefCell<BTreeSet<String>>,
}

impl<'a> Reader<'a> {
    pub fn new(tensors: SafeTensors<'a>) -> Self {
        let used = RefCell::default();
        Self { tensors, used }
    }

    /// The names of the tensors that were read.
    pub fn used(&self) -> BTreeSet<String> {
        self.used.borrow().clone()
    }

    /// A vector of `length` numbers.
    pub fn vector(&self, name: &str, length: usize) -> Result<Vec<f64>> {
        self.values(name, &[length])
    }

    /// A column of `length` numbers.
    pub fn column(&self, name: &str, length: usize) -> Result<DVector<f64>> {
        self.vector(name, length).map(DVector::from_vec)
    }

    /// A matrix.
    pub fn matrix(&self, name: &str, rows: usize, columns: usize) -> Result<DMatrix<f64>> {
        let values = self.values(name, &[rows, columns])?;
        // A tensor without numbers can still claim 10¹⁸ rows, over which nalgebra would iterate.
        if values.is_empty() {
            let message = format!("expected numbers, found shape [{rows}, {columns}]");
            return Err(Error::input(name, message));
        }
        Ok(DMatrix::from_row_slice(rows, columns, &values))
    }

    /// Rows of data, one after another.
    pub fn rows(&self, name: &str, rows: usize, dim: usize) -> Result<Vec<f64>> {
        self.values(name, &[rows, dim])
    }

    fn values(&self, name: &str, shape: &[usize]) -> Result<Vec<f64>> {
        // Each use copies the numbers, so that a small file could take any memory.
        if !self.used.borrow_mut().insert(name.to_owned()) {
            let message = "expected each tensor to be named once, found it twice";
            return Err(Error::input(name, message));
        }
        let tensor = self.tensors.tensor(name).map_err(|error| match error {
            SafeTensorError::TensorNotFound(_) => Error::input(name, "missing tensor"),
            other => Error::input(name, other),
        })?;
        if tensor.shape() != shape {
            let message = format!("expected shape {shape:?}, found {:?}", tensor.shape());
            return Err(Error::input(name, message));
        }
        let numbers = numbers(&tensor).ok_or_else(|| {
            let message = format!("expected F64 or F32 numbers, found {}", tensor.dtype());
            Error::input(name, message)
        })?;
        expect_single(name, &numbers)?;
        Ok(numbers)
    }
}

fn numbers(tensor: &TensorView) -> Option<Vec<f64>> {
    let data = tensor.data();
    match tensor.dtype() {
        Dtype::F64 => {
            let (numbers, _) = data.as_chunks();
            Some(numbers.iter().copied().map(f64::from_le_bytes).collect())
        }
        Dtype::F32 => {
            let (numbers, _) = data.as_chunks();
            let numbers = numbers.iter().copied().map(f32::from_le_bytes);
            Some(numbers.map(f64::from).collect())
        }
        _ => None,
    }
}
