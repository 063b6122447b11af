//! Files of `torch.save`: zip, legacy stream, tar, whole modules.

use super::element::Element;
use super::{Contents, Tensor, Value, found, is_training_state, limit};
use crate::error::{Error, Result};
use pytorch_reader::{DType, PickleValue, PytorchError, PytorchReader};
use std::collections::BTreeMap;
use std::path::Path;

/// Whether a file may be one: anything binary that starts like a zip, a tar or a pickle.
pub(super) fn fits(head: &[u8]) -> bool {
    // A pickle may also start with a letter, and so does a table of comma-separated values.
    let pickle = head.first() == Some(&0x80) || !found::is_text(head);
    let starts = matches!(head.first(), Some(0x80 | b'(' | b'}' | b']' | b'c'));
    head.starts_with(b"PK") || head.get(257..262) == Some(b"ustar") || (starts && pickle)
}

/// Every tensor and scalar, optimizer state left out.
pub(super) fn read(path: &Path) -> Result<Contents> {
    let failed = |error| Error::file(path, explain(&error));
    let reader = PytorchReader::new(path).map_err(failed)?;
    let config = PytorchReader::read_pickle_data(path, None).map_err(failed)?;
    let mut contents = Contents::default();
    flatten(String::new(), config, &mut contents.config);

    let wanted = |name: &String| !is_training_state(name);
    let tensors: Vec<_> = (reader.tensors().iter())
        .filter(|(name, _)| wanted(name))
        .collect();
    limit(
        path,
        tensors.iter().map(|(_, tensor)| tensor.num_elements()),
    )?;
    for (name, tensor) in tensors {
        let bytes = tensor.read().map_err(|error| Error::file(path, error))?;
        let element = element(tensor.dtype());
        let read = Tensor {
            element,
            shape: tensor.shape().to_vec(),
            data: element.decode(&bytes),
        };
        contents.tensors.insert(name.clone(), read);
    }
    Ok(contents)
}

fn explain(error: &PytorchError) -> String {
    let found = error.to_string();
    let advice = if found.contains("__torch__") {
        " (a TorchScript archive: save `model.state_dict()` instead)"
    } else {
        ""
    };
    format!("expected a whole PyTorch checkpoint, found {found}{advice}")
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

/// Puts the scalars of nested dictionaries and lists under their dotted names.
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
