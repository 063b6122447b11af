//! Tensors of PyTorch and arrays of numpy and JAX, from the calls by which a pickle would rebuild them.

mod parts;
mod storage;

pub(super) use storage::size;

use super::budget::Budget;
use super::pickle::{Id, Table, Value};
use super::{Element, Tensor, npy};
use parts::Parts;
use std::borrow::Cow;
use std::rc::Rc;

/// Where the numbers of tensors lie.
pub(super) trait Storages {
    /// The bytes of a storage by its key.
    fn bytes(&mut self, key: &str) -> Result<Rc<[u8]>, String>;
}

/// What an object is.
pub(super) enum Rebuilt {
    Tensor(Tensor),
    Array(Tensor),
    Number(f64),
    /// Another object that is read in its place.
    Wrapped(Id),
    /// An array of objects, which are read one by one.
    Objects(Id),
    /// Numbers that no layer uses: complex, quantised, sparse, texts.
    Unsupported(String),
}

/// The tensor or array that an object is; `None` if it is none.
pub(super) fn rebuilt(
    table: &Table,
    id: Id,
    storages: &mut dyn Storages,
    budget: &mut Budget,
) -> Result<Option<Rebuilt>, String> {
    let Value::Object {
        arguments, state, ..
    } = table.get(id)
    else {
        return Ok(None);
    };
    let (Some((module, name)), arguments) = (table.function(id), table.list(*arguments)) else {
        return Ok(None);
    };
    let numpy = module.starts_with("numpy");
    Ok(Some(match (name, arguments) {
        ("_rebuild_parameter" | "_rebuild_parameter_with_state", [data, ..]) => {
            Rebuilt::Wrapped(*data)
        }
        ("_rebuild_tensor" | "_rebuild_tensor_v2" | "_rebuild_tensor_v3", arguments) => {
            let parts = Parts::new(table, name, arguments, storages, budget)?;
            return parts.tensor(budget).map(Some);
        }
        (name, _) if module == "torch._utils" && name.starts_with("_rebuild_") => {
            Rebuilt::Unsupported(format!("{module}.{name}"))
        }
        ("_reconstruct", _) if numpy => match state.map(|state| table.list(state)) {
            Some([_, shape, dtype, fortran, data]) => {
                array(table, *shape, *dtype, *fortran, *data, budget)?
            }
            _ => return Err("expected the numbers of an array, found none".into()),
        },
        ("_frombuffer", [data, dtype, shape, order]) if numpy => {
            let fortran = table.get(*order) == &Value::Text("F");
            numbers(table, *shape, *dtype, fortran, *data, budget)?
        }
        ("scalar", [dtype, data]) if numpy => match scalar(table, *dtype, *data, budget)? {
            Some(number) => Rebuilt::Number(number),
            None => Rebuilt::Unsupported("a number of numpy".into()),
        },
        ("NumpyArrayWrapper", [data]) if module == "joblib.numpy_pickle" => {
            let part = |name| state.and_then(|state| table.entry(state, name));
            let (Some(shape), Some(dtype)) = (part("shape"), part("dtype")) else {
                return Err("expected the shape and the type of an array, found none".into());
            };
            if table.get(*data) == &Value::None {
                return Ok(Some(Rebuilt::Unsupported("an array of objects".into())));
            }
            let fortran = part("order").is_some_and(|id| table.get(id) == &Value::Text("F"));
            numbers(table, shape, dtype, fortran, *data, budget)?
        }
        ("_reconstruct_array", [_, _, state, ..]) if module.starts_with("jax") => {
            match table.list(*state) {
                [_, shape, dtype, fortran, data] => {
                    array(table, *shape, *dtype, *fortran, *data, budget)?
                }
                _ => return Err("expected the numbers of an array, found none".into()),
            }
        }
        _ => return Ok(None),
    }))
}

fn array(
    table: &Table,
    shape: Id,
    dtype: Id,
    fortran: Id,
    data: Id,
    budget: &mut Budget,
) -> Result<Rebuilt, String> {
    if let Value::List(_) = table.get(data) {
        return Ok(Rebuilt::Objects(data));
    }
    let fortran = table.get(fortran) == &Value::Bool(true);
    numbers(table, shape, dtype, fortran, data, budget)
}

fn numbers(
    table: &Table,
    shape: Id,
    dtype: Id,
    fortran: bool,
    data: Id,
    budget: &mut Budget,
) -> Result<Rebuilt, String> {
    let Some(element) = element(table, dtype) else {
        return Ok(Rebuilt::Unsupported(
            "an array of other than real numbers".into(),
        ));
    };
    budget.work(table.list(shape).len())?;
    let (Some(shape), Some(bytes)) = (table.sizes(shape), bytes(table, data)) else {
        return Err("expected the shape and the numbers of an array, found none".into());
    };
    // Text is decoded to bytes each time that the array is named.
    budget.work(bytes.len() / 8)?;
    let count = budget.take(&shape)?;
    let found = bytes.len() / element.size();
    if found != count {
        return Err(format!(
            "expected {count} numbers of shape {shape:?}, found {found}"
        ));
    }
    let mut data = element.decode(&bytes);
    if fortran {
        let stored = data.clone();
        for (i, number) in stored.into_iter().enumerate() {
            data[npy::row_major(i, &shape)] = number;
        }
    }
    Ok(Rebuilt::Array(Tensor {
        element,
        shape,
        data,
    }))
}

/// The number that the bytes of a numpy scalar are.
fn scalar(table: &Table, dtype: Id, data: Id, budget: &mut Budget) -> Result<Option<f64>, String> {
    let (Some(element), Some(bytes)) = (element(table, dtype), bytes(table, data)) else {
        return Ok(None);
    };
    budget.work(bytes.len() / 8)?;
    let is_one = bytes.len() / element.size() == 1;
    Ok(is_one.then(|| element.decode(&bytes)[0]))
}

/// The most calls around a value's bytes: `bytearray(encode(text))` is two.
const MOST_CALLS: usize = 4;

/// The bytes of a value: as they are, or as Python 2 and protocol 2 write them.
fn bytes<'a>(table: &Table<'a>, id: Id) -> Option<Cow<'a, [u8]>> {
    bytes_within(table, id, MOST_CALLS)
}

/// The same of a value within at most so many calls, since a call may have itself as its argument.
fn bytes_within<'a>(table: &Table<'a>, id: Id, calls: usize) -> Option<Cow<'a, [u8]>> {
    match table.get(id) {
        Value::Bytes(bytes) => Some(Cow::Borrowed(bytes)),
        Value::Text(text) => Some(Cow::Borrowed(text.as_bytes())),
        Value::Object { arguments, .. } => {
            let latin = table.function(id)?.1 == "encode";
            let first = *table.list(*arguments).first()?;
            match table.get(first) {
                Value::Text(text) if latin => {
                    let bytes = text.chars().map(|c| u8::try_from(u32::from(c)).ok());
                    bytes.collect::<Option<Vec<u8>>>().map(Cow::Owned)
                }
                _ => bytes_within(table, first, calls.checked_sub(1)?),
            }
        }
        _ => None,
    }
}

/// The type of a numpy array.
fn element(table: &Table, dtype: Id) -> Option<Element> {
    let Value::Object {
        arguments, state, ..
    } = table.get(dtype)
    else {
        return None;
    };
    let Value::Text(code) = table.get(*table.list(*arguments).first()?) else {
        return None;
    };
    let order = state.and_then(|state| table.list(state).get(1).copied());
    let big = order.is_some_and(|order| table.get(order) == &Value::Text(">"));
    let small = matches!(*code, "i1" | "u1" | "b1");
    let name = format!("{}{code}", if small { '|' } else { '<' });
    (!big || small).then(|| npy::element(&name)).flatten()
}
