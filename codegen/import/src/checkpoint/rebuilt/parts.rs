//! Tensors of PyTorch: a storage, and where in it the numbers lie.

use super::super::budget::Budget;
use super::super::pickle::{Id, Table};
use super::super::{Element, Tensor};
use super::storage::{of_torch, stored};
use super::{Rebuilt, Storages};
use std::rc::Rc;

/// The parts of a tensor.
pub(super) struct Parts {
    storage: Rc<[u8]>,
    /// `None` for numbers that are not real.
    element: Result<Element, String>,
    offset: usize,
    shape: Vec<usize>,
    strides: Vec<usize>,
}

impl Parts {
    /// Those in the arguments of a call.
    pub(super) fn new(
        table: &Table,
        name: &str,
        arguments: &[Id],
        storages: &mut dyn Storages,
        budget: &mut Budget,
    ) -> Result<Self, String> {
        let [storage, offset, shape, strides, rest @ ..] = arguments else {
            return Err(
                "expected a tensor's storage, offset, shape and strides, found less".into(),
            );
        };
        let missing =
            || "expected a tensor's offset, shape and strides, found something else".to_owned();
        budget.work(table.list(*shape).len() + table.list(*strides).len())?;
        let (kind, storage, more) = stored(table, *storage, storages, budget)?;
        let dtype = match (name, rest) {
            ("_rebuild_tensor_v3", [_, _, dtype, ..]) => table
                .global(*dtype)
                .map_or(kind, |(_, dtype)| dtype.to_owned()),
            _ => kind,
        };
        Ok(Self {
            storage,
            element: of_torch(&dtype).ok_or(dtype),
            offset: table
                .size(*offset)
                .and_then(|o| o.checked_add(more))
                .ok_or_else(missing)?,
            shape: table.sizes(*shape).ok_or_else(missing)?,
            strides: table.sizes(*strides).ok_or_else(missing)?,
        })
    }

    /// The numbers that they lead to.
    pub(super) fn tensor(self, budget: &mut Budget) -> Result<Rebuilt, String> {
        let Self {
            storage,
            element,
            offset,
            shape,
            strides,
        } = self;
        let element = match element {
            Ok(element) => element,
            Err(other) => return Ok(Rebuilt::Unsupported(format!("a tensor of {other}"))),
        };
        let count = budget.take(&shape)?;
        let size = element.size();
        let outside = || {
            format!(
                "expected a tensor of shape {shape:?} within its storage, found one beyond its end"
            )
        };
        if shape.len() != strides.len() {
            return Err(outside());
        }
        let last = shape
            .iter()
            .zip(&strides)
            .try_fold(offset, |last, (extent, stride)| {
                last.checked_add(extent.saturating_sub(1).checked_mul(*stride)?)
            });
        if count > 0 && last.is_none_or(|last| last >= storage.len() / size) {
            return Err(outside());
        }
        let mut data = Vec::with_capacity(count);
        let mut index = vec![0; shape.len()];
        for _ in 0..count {
            let place = index
                .iter()
                .zip(&strides)
                .map(|(i, stride)| i * stride)
                .sum::<usize>();
            let at = (offset + place) * size;
            data.extend(element.decode(&storage[at..at + size]));
            advance(&mut index, &shape);
        }
        Ok(Rebuilt::Tensor(Tensor {
            element,
            shape,
            data,
        }))
    }
}

/// The next index in row-major order.
fn advance(index: &mut [usize], shape: &[usize]) {
    for (i, extent) in index.iter_mut().zip(shape).rev() {
        *i += 1;
        if *i < *extent {
            return;
        }
        *i = 0;
    }
}
