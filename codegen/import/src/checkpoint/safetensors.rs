//! Reads safetensors files.

use super::budget::Budget;
use super::element::Element;
use super::{Contents, Tensor, Value, is_training_state};
use nice_flow_codegen::error::{Error, Result};
use nice_flow_codegen::reading::json::expect_few_values;
use safetensors::{Dtype, SafeTensors};
use std::path::Path;

/// Largest header the format allows.
const MAX_HEADER: u64 = 100_000_000;

/// Whether a file starts with a length and a JSON header of that length.
pub(super) fn fits(head: &[u8]) -> bool {
    let length = head.first_chunk().map(|bytes| u64::from_le_bytes(*bytes));
    length.is_some_and(|length| length <= MAX_HEADER) && head.get(8) == Some(&b'{')
}

/// Reads every tensor, and the texts of the metadata as settings.
pub(super) fn read(path: &Path) -> Result<Contents> {
    let bytes = std::fs::read(path).map_err(|error| Error::caused_in(path, error))?;
    let failed = |error| {
        let message = format!("expected a whole safetensors file, found {error}");
        Error::file(path, message)
    };
    let header = bytes.get(8..).unwrap_or_default();
    let length = bytes
        .first_chunk()
        .map_or(0, |length| u64::from_le_bytes(*length));
    let header = &header[..header.len().min(length as usize)];
    expect_few_values(header, bytes.len()).map_err(|message| Error::file(path, message))?;
    let (_, metadata) = SafeTensors::read_metadata(&bytes).map_err(failed)?;
    let file = SafeTensors::deserialize(&bytes).map_err(failed)?;
    let mut contents = Contents::default();
    for (key, text) in metadata.metadata().iter().flatten() {
        (contents.config).insert(key.clone(), Value::Text(text.clone()));
    }
    let tensors = file.iter().filter(|(name, _)| !is_training_state(name));
    let mut budget = Budget::new(bytes.len());
    for (name, view) in tensors {
        let wrong = |message| Error::file(path, format!("{name}: {message}"));
        budget.take(view.shape()).map_err(wrong)?;
        let element = element(view.dtype()).ok_or_else(|| {
            let found = view.dtype();
            let message = format!("{name}: expected real numbers of 8 to 64 bits, found {found}");
            Error::file(path, message)
        })?;
        let tensor = Tensor {
            element,
            shape: view.shape().to_vec(),
            data: element.decode(view.data()),
        };
        contents.tensors.insert(name.to_owned(), tensor);
    }
    Ok(contents)
}

fn element(dtype: Dtype) -> Option<Element> {
    Some(match dtype {
        Dtype::F64 => Element::F64,
        Dtype::F32 => Element::F32,
        Dtype::F16 => Element::F16,
        Dtype::BF16 => Element::BF16,
        Dtype::I64 => Element::I64,
        Dtype::I32 => Element::I32,
        Dtype::I16 => Element::I16,
        Dtype::I8 => Element::I8,
        Dtype::U64 => Element::U64,
        Dtype::U32 => Element::U32,
        Dtype::U16 => Element::U16,
        Dtype::U8 => Element::U8,
        Dtype::BOOL => Element::Bool,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_of_more_tensors_than_the_file_has_bytes_for_is_refused() {
        let one = |n: usize| format!(r#""{n}":{{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#);
        let tensors: Vec<String> = (0..25_000).map(one).collect();
        let header = format!("{{{}}}", tensors.join(","));
        let file = tempfile::NamedTempFile::new().unwrap();
        let length = (header.len() as u64).to_le_bytes();
        std::fs::write(file.path(), [&length[..], header.as_bytes()].concat()).unwrap();
        let error = read(file.path()).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("values of JSON in a file of"), "{error}");
    }
}
