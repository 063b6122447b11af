//! Reads the `.npy` format: one numpy array.

use super::Tensor;
use super::budget::Budget;
use super::element::Element;
use std::io::Read;

/// The longest header that is read. numpy's own headers, which hold one shape, fit into 128 bytes.
const MAX_HEADER: u64 = 1 << 16;

/// Reads one array and not a byte beyond it.
// Not by the crate `npyz`, which multiplies the header's extents without a check for overflow and allocates as much as
// the header claims.
pub(super) fn read(file: &mut impl Read, budget: &mut Budget) -> Result<Tensor, String> {
    let header = header(file).ok_or("expected a numpy array, found something else")?;
    let name = field(&header, "descr", "'", "'").unwrap_or("objects");
    let element = element(name).ok_or_else(|| {
        format!(
            "expected little-endian real numbers of 8 to 64 bits, found {name}{}",
            way_out(name)
        )
    })?;
    let shape = shape(&header).ok_or("expected a shape in the header, found none")?;
    let numbers = budget.take(&shape)?;
    let fortran = field(&header, "fortran_order", "", ",") == Some("True");
    let data = match fortran {
        true => data(file, element, numbers, |i| row_major(i, &shape)),
        false => data(file, element, numbers, |i| i),
    };
    match data {
        Ok(data) => Ok(Tensor {
            element,
            shape,
            data,
        }),
        Err(error) => Err(format!(
            "expected {element:?} of shape {shape:?}, found {error}"
        )),
    }
}

/// The pickle in an array of objects, such as `numpy.save` writes of a dictionary.
pub(super) fn objects(mut bytes: &[u8]) -> Option<&[u8]> {
    let header = header(&mut bytes)?;
    (field(&header, "descr", "'", "'") == Some("|O")).then_some(bytes)
}

/// The header, which describes the array.
fn header(file: &mut impl Read) -> Option<String> {
    let length: u64 = match bytes(file)? {
        [0x93, b'N', b'U', b'M', b'P', b'Y', 1, _] => u16::from_le_bytes(bytes(file)?).into(),
        [0x93, b'N', b'U', b'M', b'P', b'Y', 2 | 3, _] => u32::from_le_bytes(bytes(file)?).into(),
        _ => return None,
    };
    let mut header = String::new();
    let read = file
        .take(length.min(MAX_HEADER))
        .read_to_string(&mut header);
    read.is_ok_and(|read| read as u64 == length)
        .then_some(header)
}

fn bytes<const N: usize>(file: &mut impl Read) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    file.read_exact(&mut bytes).ok()?;
    Some(bytes)
}

/// Reads `numbers` numbers and puts number `i` at index `place(i)`. It reads in pieces, so that the raw bytes of the
/// array are never all in memory.
fn data(
    file: &mut impl Read,
    element: Element,
    numbers: usize,
    place: impl Fn(usize) -> usize,
) -> Result<Vec<f64>, String> {
    let (mut data, mut piece, mut done) = (vec![0.0; numbers], vec![0; 1 << 16], 0);
    let most = piece.len() / element.size();
    while done < numbers {
        let count = most.min(numbers - done);
        let piece = &mut piece[..count * element.size()];
        file.read_exact(piece)
            .map_err(|error| format!("{error} after {done} numbers"))?;
        for (i, number) in element.decode(piece).into_iter().enumerate() {
            data[place(done + i)] = number;
        }
        done += count;
    }
    Ok(data)
}

/// The `text` in `'key': OPEN text CLOSE`.
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

pub(super) fn element(name: &str) -> Option<Element> {
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

/// The line that writes an array of a type that is not read as one that is, if there is one.
fn way_out(name: &str) -> &'static str {
    match name {
        "|O" | "objects" => {
            ", an array of objects, such as a dict d: save what it holds by name, with np.savez(\"model.npz\", **d)"
        }
        _ if name.starts_with('>') => ", big-endian: save a.astype(a.dtype.newbyteorder(\"<\"))",
        _ if name.starts_with("<c") => ", complex numbers",
        _ => "",
    }
}

/// The row-major index of the number with index `i` in column-major order.
pub(super) fn row_major(mut i: usize, shape: &[usize]) -> usize {
    let (mut place, mut stride) = (0, shape.iter().product::<usize>());
    for extent in shape {
        stride /= extent;
        place += i % extent * stride;
        i /= extent;
    }
    place
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

    fn array(bytes: &[u8]) -> Result<Tensor, String> {
        read(&mut &bytes[..], &mut Budget::new(bytes.len()))
    }

    #[test]
    fn fortran_order_is_transposed() {
        let header = "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }\n";
        let tensor = array(&npy(header, &[0, 3, 1, 4, 2, 5])).unwrap();
        assert_eq!(tensor.data, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        let header = "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 1, 2, 2), }\n";
        let tensor = array(&npy(header, &[0, 4, 2, 6, 1, 5, 3, 7])).unwrap();
        assert_eq!(tensor.data, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
    }

    #[test]
    fn a_shape_that_is_too_large_is_an_error() {
        for shape in ["(4294967296, 4294967296)", "(100000000,)"] {
            let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}");
            let error = array(&npy(&header, &[0; 8])).unwrap_err();
            assert!(error.contains("in a file of this size"), "{error}");
        }
        let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (20000,), }";
        let error = array(&npy(header, &[0; 90_000])).unwrap_err();
        assert!(error.ends_with("after 8192 numbers"), "{error}");
    }

    #[test]
    fn a_header_without_end_is_an_error() {
        let long = [&b"\x93NUMPY\x02\x00\xff\xff\xff\xff"[..], &[b' '; 100_000]].concat();
        assert!(array(&long).unwrap_err().contains("something else"));
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
