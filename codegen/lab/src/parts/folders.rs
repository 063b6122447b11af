//! Folders that are gone through, with those in them.

use nice_flow_codegen::{Error, Result};
use std::collections::HashSet;
use std::fs::{Metadata, metadata};
use std::io;
use std::path::Path;

/// Folders that were met: a link to one of them, or to one above, does not lead into it again.
#[derive(Default)]
pub(super) struct Folders(HashSet<Identity>);

#[cfg(unix)]
type Identity = (u64, u64);
#[cfg(not(unix))]
type Identity = std::path::PathBuf;

#[cfg(unix)]
fn identity(folder: &Path) -> io::Result<Identity> {
    use std::os::unix::fs::MetadataExt;
    let data = metadata(folder)?;
    Ok((data.dev(), data.ino()))
}

#[cfg(not(unix))]
fn identity(folder: &Path) -> io::Result<Identity> {
    folder.canonicalize()
}

impl Folders {
    /// Whether a folder, under whatever name, is met for the first time.
    pub fn is_new(&mut self, folder: &Path) -> Result<bool> {
        let identity = identity(folder);
        let identity = identity.map_err(|e| Error::file(folder, format!("cannot read: {e}")))?;
        Ok(self.0.insert(identity))
    }
}

/// An error if there is something else than a file: a pipe could be waited for without end.
pub(super) fn expect_file(path: &Path) -> Result<()> {
    match metadata(path) {
        Ok(data) if is_special(&data) => Err(Error::file(
            path,
            "expected a file, found a pipe, a socket or a device",
        )),
        _ => Ok(()),
    }
}

fn is_special(data: &Metadata) -> bool {
    !(data.is_file() || data.is_dir())
}
