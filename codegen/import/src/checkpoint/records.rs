//! The `.eqx` files of Equinox: numpy arrays one after another, without names, perhaps behind a line of JSON.

use super::budget::Budget;
use super::npy;
use super::{Contents, folded, found, torch};
use nice_flow_codegen::error::{Error, Result};
use std::path::Path;

/// How a numpy array starts.
const MARK: &[u8] = b"\x93NUMPY";

/// Whether a file starts with a numpy array, or with a line of JSON and a numpy array.
pub(super) fn fits(head: &[u8]) -> bool {
    behind_line(head).starts_with(MARK)
}

/// What follows the line of JSON that Equinox's documentation writes first, if there is one.
fn behind_line(bytes: &[u8]) -> &[u8] {
    let json = bytes.starts_with(b"{");
    let end = bytes
        .iter()
        .position(|byte| *byte == b'\n')
        .filter(|_| json);
    end.map_or(bytes, |end| &bytes[end + 1..])
}

fn name(place: usize) -> String {
    format!("leaf.{place}")
}

/// Reads every array; they are named `leaf.0`, `leaf.1`, … in the order of the file. One behind a mask of its shape is masked.
/// `formats` are those that would do.
pub(super) fn read(path: &Path, formats: &str) -> Result<Contents> {
    let expected = |found: &str| format!("expected {formats}, found {found}");
    let bytes = std::fs::read(path).map_err(|error| Error::caused_in(path, error))?;
    let mut budget = Budget::new(bytes.len());
    if let Some(pickle) = npy::objects(&bytes) {
        let read = torch::root(pickle, &mut torch::Nowhere, &mut budget);
        let wrong = |found: String| {
            Error::file(path, format!("expected an array of numbers, found {found}"))
        };
        return read.map(|(contents, _)| contents).map_err(wrong);
    }
    let mut contents = Contents::default();
    let mut rest = behind_line(&bytes);
    while !rest.is_empty() {
        let name = name(contents.tensors.len());
        let wrong = |message: String| match contents.tensors.is_empty() {
            true => Error::file(path, expected(&found::describe(&bytes))),
            false => Error::file(path, format!("{name}: {message}")),
        };
        let tensor = npy::read(&mut rest, &mut budget).map_err(wrong)?;
        contents.tensors.insert(name, tensor);
    }
    if contents.tensors.len() < 2 {
        return Err(Error::file(path, expected(&found::describe(&bytes))));
    }
    folded::behind_masks(&mut contents.tensors, name);
    Ok(contents)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn npy(shape: &str, data: &[u8]) -> Vec<u8> {
        let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n");
        let length = (header.len() as u16).to_le_bytes();
        [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), data].concat()
    }

    fn opened(bytes: &[u8]) -> std::result::Result<Contents, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        read(file.path(), "npz").map_err(|error| error.to_string())
    }

    #[test]
    fn arrays_in_a_row_are_numbered() {
        let bytes = [npy("()", &[7]), npy("(2, 1)", &[1, 2])].concat();
        let contents = opened(&bytes).unwrap();
        assert_eq!(contents.tensors["leaf.0"].data, [7.0]);
        assert_eq!(contents.tensors["leaf.1"].shape, [2, 1]);
        let cut = opened(&bytes[..bytes.len() - 1]).map(|_| ());
        assert!(
            cut.unwrap_err()
                .contains("leaf.1: expected U8 of shape [2, 1]")
        );
        let junk = opened(&[&bytes[..], b"?"].concat()).map(|_| ());
        assert!(junk.unwrap_err().contains("leaf.2: expected a numpy array"));
    }

    #[test]
    fn an_array_behind_a_mask_is_masked() {
        let mask = npy("(2, 2)", &[1, 0, 1, 1]);
        let weight = npy("(2, 2)", &[5, 6, 7, 8]);
        let contents = opened(&[npy("()", &[2]), mask, weight.clone(), weight].concat()).unwrap();
        assert_eq!(contents.tensors["leaf.1"].data, [1.0, 0.0, 1.0, 1.0]);
        assert_eq!(contents.tensors["leaf.2"].data, [5.0, 0.0, 7.0, 8.0]);
        assert_eq!(contents.tensors["leaf.3"].data, [5.0, 6.0, 7.0, 8.0]);
    }

    #[test]
    fn one_array_is_no_model() {
        let one = opened(&npy("()", &[7])).map(|_| ()).unwrap_err();
        assert!(one.contains("one numpy array"), "{one}");
    }
}
