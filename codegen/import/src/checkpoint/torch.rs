//! Reads files of `torch.save`: the zip format, the older stream format, and whole modules.

use super::budget::Budget;
use super::element::Element;
use super::{Contents, Tensor, Value, is_training_state};
use nice_flow_codegen::error::{Error, Result};
use pytorch_reader::{DType, PickleValue, PytorchError, PytorchReader};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use zip::{CompressionMethod, ZipArchive};

/// The largest `data.pkl` is a sixteenth of the file plus this: 1 MiB, the pickle of about seven thousand tensors.
// The pickle reader takes up to 250 bytes of memory per byte of the pickle.
const MAX_PICKLE: u64 = 1 << 20;

/// The mark of the stream format, used before torch 1.6: the number 0x1950a86a20f9469cfc6c, little-endian, within the
/// first 64 bytes.
const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/// Whether a file may be one. The tar format used before torch 0.1.10 is refused: its members may be sparse, and expand
/// without limit.
pub(super) fn fits(head: &[u8]) -> bool {
    let start = &head[..head.len().min(64)];
    head.starts_with(b"PK") || start.windows(MAGIC.len()).any(|part| part == MAGIC)
}

/// Reads every tensor and scalar, except those of the optimizer.
pub(super) fn read(path: &Path, bytes: usize) -> Result<Contents> {
    let failed = |error| Error::file(path, explain(&error));
    check_members(path, bytes)?;
    let reader = PytorchReader::new(path).map_err(failed)?;
    let config = PytorchReader::read_pickle_data(path, None).map_err(failed)?;
    let mut contents = Contents::default();
    flatten(String::new(), config, &mut contents.config);

    let mut budget = Budget::new(bytes);
    let mut tensors: Vec<_> = reader.into_tensors().into_iter().collect();
    tensors.retain(|(name, _)| !is_training_state(name));
    // Sorted, so that reading the same file always fails at the same tensor.
    tensors.sort_by(|(a, _), (b, _)| a.cmp(b));
    for (name, tensor) in tensors {
        let wrong = |message| Error::file(path, format!("{name}: {message}"));
        budget.take(tensor.shape()).map_err(wrong)?;
        let bytes = tensor
            .read()
            .map_err(|error| Error::caused_in(path, error))?;
        let element = element(tensor.dtype());
        let read = Tensor {
            element,
            shape: tensor.shape().to_vec(),
            data: element.decode(&bytes),
        };
        contents.tensors.insert(name, read);
    }
    Ok(contents)
}

/// An error if members of a zip are compressed, or if the pickle is too large. `torch.save` never compresses;
/// compressed members could expand without limit.
fn check_members(path: &Path, bytes: usize) -> Result<()> {
    let wrong = |error: &dyn std::fmt::Display| Error::file(path, incomplete(error));
    let file = File::open(path).map_err(|error| wrong(&error))?;
    let Ok(mut archive) = ZipArchive::new(BufReader::new(file)) else {
        return Ok(()); // not a zip: it is a stream, or the reader reports the error
    };
    for index in 0..archive.len() {
        let member = archive.by_index_raw(index).map_err(|error| wrong(&error))?;
        let name = member.name().map_err(|error| wrong(&error))?.into_owned();
        let most = MAX_PICKLE + bytes as u64 / 16;
        if member.compression() != CompressionMethod::Stored {
            let message = "expected members stored as torch.save does, found a compressed one";
            return Err(Error::file(path, format!("{name}: {message}")));
        }
        if name.ends_with("data.pkl") && member.size() > most {
            let found = member.size();
            let message = format!(
                "{name}: expected at most {most} bytes, found {found}: save model.state_dict() alone"
            );
            return Err(Error::file(path, message));
        }
    }
    Ok(())
}

fn explain(error: &PytorchError) -> String {
    let found = error.to_string();
    let advice = if found.contains("__torch__") {
        " (a TorchScript archive: save `model.state_dict()` instead)"
    } else if found.contains("storage persistent id has 4 fields") {
        " (a whole module of torch before 1.6: save `model.state_dict()` instead)"
    } else {
        ""
    };
    incomplete(&format!("{found}{advice}"))
}

fn incomplete(found: &dyn std::fmt::Display) -> String {
    format!("expected a whole PyTorch checkpoint, found {found}")
}

fn element(dtype: DType) -> Element {
    match dtype {
        DType::F64 => Element::F64,
        DType::F32 => Element::F32,
        DType::F16 => Element::F16,
        DType::BF16 => Element::BF16,
        DType::I64 => Element::I64,
        DType::I32 => Element::I32,
        DType::I16 => Element::I16,
        DType::I8 => Element::I8,
        DType::U64 => Element::U64,
        DType::U32 => Element::U32,
        DType::U16 => Element::U16,
        DType::U8 => Element::U8,
        DType::Bool => Element::Bool,
    }
}

/// Adds the scalars of nested dictionaries and lists under dotted names.
fn flatten(name: String, value: PickleValue, config: &mut BTreeMap<String, Value>) {
    if is_training_state(&name) {
        return;
    }
    let below = |key: &str| match name.as_str() {
        "" => key.to_owned(),
        name => format!("{name}.{key}"),
    };
    let scalar = match value {
        PickleValue::Bool(flag) => Value::Flag(flag),
        PickleValue::Int(number) => Value::Number(number as f64),
        PickleValue::Float(number) => Value::Number(number),
        PickleValue::String(text) => Value::Text(text),
        PickleValue::Dict(entries) => {
            return (entries.into_iter()).for_each(|(key, v)| flatten(below(&key), v, config));
        }
        PickleValue::List(items) => {
            let items = items.into_iter().enumerate();
            return items.for_each(|(i, v)| flatten(below(&i.to_string()), v, config));
        }
        PickleValue::None | PickleValue::Bytes(_) | PickleValue::Unsupported(_) => return,
    };
    config.insert(name, scalar);
}
