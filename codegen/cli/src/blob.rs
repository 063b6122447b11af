//! Reads files of blobs.

use nice_flow_codegen::module::blob::is_blob;
use nice_flow_codegen::{Error, Result, reading};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The largest blob that is read.
const MOST: u64 = 1 << 30;

/// The bytes of a blob; `None` if the file is something else.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    // A pipe can be read only once, and is no blob.
    if !path.is_file() {
        return Ok(None);
    }
    let open = || File::open(path).map_err(|error| Error::caused_in(path, error));
    let mut start = [0; 4];
    if open()?.read_exact(&mut start).is_err() || !is_blob(&start) {
        return Ok(None);
    }
    let bytes = reading::whole(open()?, MOST).map_err(|error| Error::caused_in(path, error))?;
    Ok(Some(bytes))
}
