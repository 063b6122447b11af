//! The bytes of a tensor of PyTorch, and what kind of numbers they are.

use super::{Storages, bytes};
use crate::checkpoint::Element;
use crate::checkpoint::budget::Budget;
use crate::checkpoint::pickle::{Id, Table, Value, read};
use std::rc::Rc;

/// The type, the bytes and the offset of a storage.
pub(super) fn stored(
    table: &Table,
    id: Id,
    storages: &mut dyn Storages,
    budget: &mut Budget,
) -> Result<(String, Rc<[u8]>, usize), String> {
    let strange = || "expected a storage of PyTorch, found something else".to_owned();
    match table.get(id) {
        Value::Persistent(description) => match table.list(*description) {
            [_, kind, key, _, _, rest @ ..] => {
                let view = rest.first().and_then(|view| table.list(*view).get(1));
                let offset = view.and_then(|offset| table.size(*offset)).unwrap_or(0);
                let (_, kind) = table.global(*kind).ok_or_else(strange)?;
                let bytes = match table.get(*key) {
                    Value::Text(key) => storages.bytes(key),
                    Value::Int(key) => storages.bytes(&key.to_string()),
                    _ => Err(strange()),
                };
                Ok((kind.to_owned(), bytes?, offset))
            }
            _ => Err(strange()),
        },
        Value::Object { arguments, .. } => {
            let inner = table
                .list(*arguments)
                .first()
                .and_then(|first| bytes(table, *first));
            let Some(inner) = inner.filter(|_| {
                table
                    .function(id)
                    .is_some_and(|f| f.1 == "_load_from_bytes")
            }) else {
                return Err(strange());
            };
            let (kind, bytes) = alone(&inner).ok_or_else(strange)?;
            // The pickles before the numbers are read, and the numbers copied, for each tensor that has its numbers here.
            budget.work(inner.len() - bytes.len() + bytes.len() / 64)?;
            Ok((kind, bytes.into(), 0))
        }
        _ => Err(strange()),
    }
}

/// Type and bytes of the one storage of a stream of `torch.save`.
fn alone(stream: &[u8]) -> Option<(String, &[u8])> {
    let mut rest = stream;
    let mut kind = None;
    for part in 0..5 {
        let (table, root, length) = read(rest).ok()?;
        if part == 3 {
            let Value::Persistent(description) = *table.get(root) else {
                return None;
            };
            let class = table.list(description).get(1)?;
            kind = table.global(*class).map(|(_, kind)| kind.to_owned());
        }
        rest = &rest[length..];
    }
    // Behind the pickles: the number of elements, then the elements.
    Some((kind?, rest.get(8..)?))
}

/// The type of a storage or tensor by its name in PyTorch.
pub(super) fn of_torch(name: &str) -> Option<Element> {
    Some(match name {
        "DoubleStorage" | "float64" => Element::F64,
        "FloatStorage" | "float32" => Element::F32,
        "HalfStorage" | "float16" => Element::F16,
        "BFloat16Storage" | "bfloat16" => Element::BF16,
        "LongStorage" | "int64" => Element::I64,
        "IntStorage" | "int32" => Element::I32,
        "ShortStorage" | "int16" => Element::I16,
        "CharStorage" | "int8" => Element::I8,
        "uint64" => Element::U64,
        "uint32" => Element::U32,
        "uint16" => Element::U16,
        "ByteStorage" | "uint8" => Element::U8,
        "BoolStorage" | "bool" => Element::Bool,
        _ => return None,
    })
}

/// Bytes of an element of a storage.
pub(in crate::checkpoint) fn size(kind: &str) -> usize {
    match kind {
        "ComplexDoubleStorage" => 16,
        "ComplexFloatStorage" => 8,
        "QInt32Storage" => 4,
        kind => of_torch(kind).map_or(1, Element::size),
    }
}
