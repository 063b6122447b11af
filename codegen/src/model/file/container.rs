//! The safetensors container of a model: what marks it as a model file, and the check that it holds nothing else.

use super::header::KEY;
use super::strict::{self, Unique};
use super::tensors::Reader;
use crate::{Error, Result};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, json};
use std::fs::File;
use std::io::{self, Read};

/// Whether the header of a safetensors file marks it as a model file.
pub(super) fn has_key(json: &[u8]) -> bool {
    // Other keys are passed over, so that none takes memory.
    #[derive(Deserialize)]
    struct Preamble {
        #[serde(rename = "__metadata__")]
        _metadata: Metadata,
    }
    #[derive(Deserialize)]
    struct Metadata {
        #[serde(rename = "nice_flow")]
        _model: IgnoredAny,
    }
    serde_json::from_slice::<Preamble>(json).is_ok()
}

/// The header in the bytes of a safetensors file.
pub(super) fn header_of(bytes: &[u8]) -> &[u8] {
    let size = bytes
        .first_chunk()
        .map_or(0, |size| u64::from_le_bytes(*size));
    let rest = bytes.get(8..).unwrap_or_default();
    &rest[..rest.len().min(usize::try_from(size).unwrap_or(usize::MAX))]
}

/// The length field and the header that a safetensors file starts with; for any other file the bytes mean nothing.
pub(super) fn preamble(file: &mut File) -> io::Result<Vec<u8>> {
    let mut start = vec![];
    file.by_ref().take(8).read_to_end(&mut start)?;
    let size = start
        .first_chunk()
        .map_or(0, |size| u64::from_le_bytes(*size));
    // The safetensors library refuses longer headers; in random bytes the length field is often huge.
    if size <= 100_000_000 {
        file.by_ref().take(size).read_to_end(&mut start)?;
    }
    Ok(start)
}

/// An error unless each key of the header occurs once, and there are no keys or tensors beside those of a model file.
pub(super) fn check_header(bytes: &[u8], tensors: &Reader) -> Result<()> {
    let wrong = |message: String| Error::input("header", message);
    let Unique(header) =
        serde_json::from_slice(header_of(bytes)).map_err(|error| wrong(error.to_string()))?;
    let mut expected = Map::from_iter([("__metadata__".into(), json!({ KEY: null }))]);
    for name in tensors.used() {
        let entry = json!({ "dtype": null, "shape": null, "data_offsets": null });
        expected.insert(name, entry);
    }
    strict::known(&header, &expected.into()).map_err(wrong)
}
