//! Files of `np.savez`.

use super::element::Element;
use super::{Contents, MAX_NUMBERS, Tensor, is_training_state, limit};
use crate::error::{Error, Result};
use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;
use zip::ZipArchive;

/// Whether a file is a zip with an array in it.
pub(super) fn fits(path: &Path, head: &[u8]) -> bool {
    head.starts_with(b"PK")
        && open(path).is_ok_and(|archive| {
            archive
                .file_names()
                .flatten()
                .any(|name| name.ends_with(NPY))
        })
}

/// What the name of an array ends in.
const NPY: &str = ".npy";

fn open(path: &Path) -> Result<ZipArchive<File>> {
    let file = File::open(path).map_err(|error| Error::file(path, error))?;
    ZipArchive::new(file).map_err(|error| Error::file(path, error))
}

/// Every array.
pub(super) fn read(path: &Path) -> Result<Contents> {
    let mut archive = open(path)?;
    let files = archive.file_names().flatten();
    let arrays = files.filter_map(|name| name.strip_suffix(NPY).map(str::to_owned));
    let mut names: Vec<String> = arrays.collect();
    names.retain(|name| !is_training_state(name));
    names.sort();
    let mut contents = Contents::default();
    for name in names {
        let wrong = |message: String| Error::file(path, format!("{name}: {message}"));
        let bytes = unpack(&mut archive, &format!("{name}{NPY}")).map_err(wrong)?;
        let tensor = array(&bytes).map_err(wrong)?;
        contents.tensors.insert(name, tensor);
        limit(path, contents.tensors.values().map(|t| t.data.len()))?;
    }
    Ok(contents)
}

fn unpack<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    member: &str,
) -> std::result::Result<Vec<u8>, String> {
    let limit = 8 * MAX_NUMBERS as u64;
    let mut bytes = vec![];
    archive
        .by_name(member)
        .map_err(|error| error.to_string())?
        .take(limit)
        .read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    Ok(bytes)
}

/// The array in the bytes of an `.npy` file.
// Not by the crate `npyz`: it multiplies the header's shape unchecked, and allocates what the header asks for.
fn array(bytes: &[u8]) -> std::result::Result<Tensor, String> {
    match record(bytes)? {
        (tensor, []) => Ok(tensor),
        (tensor, more) => {
            let (shape, more) = (tensor.shape, more.len());
            Err(format!(
                "expected an array of shape {shape:?}, found {more} bytes more"
            ))
        }
    }
}

/// The array at the start, and the bytes after it.
pub(super) fn record(bytes: &[u8]) -> std::result::Result<(Tensor, &[u8]), String> {
    let (header, data) = split(bytes).ok_or("expected a numpy array, found something else")?;
    let header = std::str::from_utf8(header).unwrap_or_default();
    let name = field(header, "descr", "'", "'").unwrap_or("objects");
    let element = element(name).ok_or_else(|| {
        format!("expected little-endian real numbers of 8 to 64 bits, found {name}")
    })?;
    let shape = shape(header).ok_or("expected a shape in the header, found none")?;
    let size = (shape.iter()).try_fold(element.size(), |size, n| size.checked_mul(*n));
    let Some((data, after)) = size.and_then(|size| data.split_at_checked(size)) else {
        let found = data.len();
        return Err(format!(
            "expected {element:?} of shape {shape:?}, found {found} bytes"
        ));
    };
    let data = element.decode(data);
    let tensor = match field(header, "fortran_order", "", ",") {
        Some("True") => from_column_major(element, shape, &data),
        _ => Tensor {
            element,
            shape,
            data,
        },
    };
    Ok((tensor, after))
}

/// Header and data.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = bytes.strip_prefix(b"\x93NUMPY")?;
    let (version, rest) = rest.split_first_chunk::<2>()?;
    let (length, rest) = if version[0] == 1 {
        let (length, rest) = rest.split_first_chunk()?;
        (u16::from_le_bytes(*length).into(), rest)
    } else {
        let (length, rest) = rest.split_first_chunk()?;
        (u32::from_le_bytes(*length), rest)
    };
    rest.split_at_checked(length as usize)
}

/// The text of `'key': OPEN text CLOSE`.
fn field<'a>(header: &'a str, key: &str, open: &str, close: &str) -> Option<&'a str> {
    let (_, rest) = header.split_once(&format!("'{key}':"))?;
    let rest = rest.trim_start().strip_prefix(open)?;
    Some(rest.split_once(close)?.0.trim())
}

fn shape(header: &str) -> Option<Vec<usize>> {
    let extents = field(header, "shape", "(", ")")?.split(',').map(str::trim);
    let extents = extents.filter(|extent| !extent.is_empty());
    extents.map(|extent| extent.parse().ok()).collect()
}

fn element(name: &str) -> Option<Element> {
    Some(match name {
        "<f8" => Element::F64,
        "<f4" => Element::F32,
        "<f2" => Element::F16,
        "<i8" => Element::I64,
        "<i4" => Element::I32,
        "<i2" => Element::I16,
        "|i1" => Element::I8,
        "<u8" => Element::U64,
        "<u4" => Element::U32,
        "<u2" => Element::U16,
        "|u1" => Element::U8,
        "|b1" => Element::Bool,
        _ => return None,
    })
}

fn from_column_major(element: Element, shape: Vec<usize>, columns: &[f64]) -> Tensor {
    let place = |mut row_major: usize| {
        let (mut index, mut stride) = (0, columns.len());
        for extent in shape.iter().rev() {
            stride /= extent;
            index += row_major % extent * stride;
            row_major /= extent;
        }
        index
    };
    let data = (0..columns.len()).map(|i| columns[place(i)]).collect();
    Tensor {
        element,
        shape,
        data,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn npy(header: &str, data: &[u8]) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(data);
        bytes
    }

    #[test]
    fn fortran_order_is_transposed() {
        let header = "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }\n";
        let tensor = array(&npy(header, &[0, 3, 1, 4, 2, 5])).unwrap();
        assert_eq!(tensor.data, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    }

    #[test]
    fn a_shape_that_overflows_is_an_error() {
        let header =
            "{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296), }";
        assert!(
            array(&npy(header, &[0; 8]))
                .unwrap_err()
                .contains("found 8 bytes")
        );
    }

    #[test]
    fn scalars_have_an_empty_shape_and_objects_are_refused() {
        let header = "{'descr': '<i2', 'fortran_order': False, 'shape': (), }";
        let tensor = array(&npy(header, &[5, 0])).unwrap();
        assert_eq!((tensor.shape.len(), tensor.data), (0, vec![5.0]));
        let objects = "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }";
        assert!(array(&npy(objects, &[])).unwrap_err().contains("found |O"));
    }
}
