//! Reads files of `np.savez`.

use super::budget::Budget;
use super::{Contents, Tensor, is_training_state, npy, zipped};
use nice_flow_codegen::error::{Error, Result};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use zip::ZipArchive;

/// Whether a file is a zip that contains an array.
pub(super) fn fits(path: &Path, head: &[u8]) -> bool {
    head.starts_with(b"PK")
        && open(path).is_ok_and(|archive| {
            archive
                .file_names()
                .flatten()
                .any(|name| name.ends_with(NPY))
        })
}

/// The end of an array's name in the zip.
const NPY: &str = ".npy";

fn open(path: &Path) -> Result<ZipArchive<BufReader<File>>> {
    let file = File::open(path).map_err(|error| Error::caused_in(path, error))?;
    zipped::open(BufReader::new(file)).map_err(|error| Error::caused_in(path, error))
}

/// Reads every array.
pub(super) fn read(path: &Path, bytes: usize) -> Result<Contents> {
    let mut archive = open(path)?;
    let files = archive.file_names().flatten();
    let arrays = files.filter_map(|name| name.strip_suffix(NPY).map(str::to_owned));
    let mut names: Vec<String> = arrays.collect();
    names.retain(|name| !is_training_state(name));
    let (mut contents, mut budget) = (Contents::default(), Budget::new(bytes));
    contents.order.clone_from(&names);
    names.sort();
    for name in names {
        let tensor = member(&mut archive, &format!("{name}{NPY}"), &mut budget)
            .map_err(|message| Error::file(path, format!("{name}: {message}")))?;
        contents.tensors.insert(name, tensor);
    }
    Ok(contents)
}

/// Reads the array in a member of the zip; an error if the member holds more than that.
fn member(
    archive: &mut ZipArchive<BufReader<File>>,
    name: &str,
    budget: &mut Budget,
) -> std::result::Result<Tensor, String> {
    let mut file = archive.by_name(name).map_err(|error| error.to_string())?;
    let tensor = npy::read(&mut file, budget)?;
    // Reading up to the end makes the zip library verify the checksum.
    match file.read(&mut [0]) {
        Ok(0) => Ok(tensor),
        Ok(_) => Err(format!(
            "expected an array of shape {:?}, found more bytes",
            tensor.shape
        )),
        Err(error) => Err(error.to_string()),
    }
}
