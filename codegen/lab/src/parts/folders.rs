//! Folders that are gone through, with those in them.

use nice_flow_codegen::{Error, Result};
use std::collections::HashSet;
#[cfg(unix)]
use std::fs::metadata;
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
