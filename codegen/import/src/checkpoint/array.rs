//! One numpy array, as a table of rows.

use super::budget::Budget;
use super::{FORMATS, Tensor, digest, npy, npz};
use nice_flow_codegen::text::escaped;
use nice_flow_codegen::{Error, Result};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// The only array of a `.npy` or `.npz` file.
pub fn array(path: &Path) -> Result<Tensor> {
    let (_, head, bytes) = digest(path, FORMATS)?;
    if !npz::fits(path, &head) {
        let cannot = |error: std::io::Error| Error::file(path, format!("cannot read: {error}"));
        let mut file = BufReader::new(File::open(path).map_err(cannot)?);
        let array = npy::read(&mut file, &mut Budget::new(bytes));
        return array.map_err(|message| Error::file(path, message));
    }
    let mut arrays: Vec<(String, Tensor)> = npz::read(path, bytes)?.tensors.into_iter().collect();
    match (arrays.pop(), arrays.len()) {
        (Some((_, array)), 0) => Ok(array),
        (last, _) => {
            let arrays = arrays.iter().chain(&last);
            let shapes = arrays.map(|(name, array)| format!("{} {:?}", escaped(name), array.shape));
            let message = format!(
                "expected one array, found {}",
                shapes.collect::<Vec<_>>().join(", ")
            );
            Err(Error::file(path, message))
        }
    }
}
