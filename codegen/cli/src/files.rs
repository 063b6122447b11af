//! The files on a command line. A file that is read must not be written too.

use nice_flow_codegen::output::identity;
use nice_flow_codegen::{Error, Result};
use std::path::{Path, PathBuf};

/// The files that a verb reads, and those that it writes.
#[derive(Debug, Default)]
pub(super) struct Files {
    read: Vec<PathBuf>,
    written: Vec<PathBuf>,
}

impl Files {
    /// Adds files that are read.
    pub(super) fn reading<'a>(mut self, paths: impl IntoIterator<Item = &'a PathBuf>) -> Self {
        self.read.extend(paths.into_iter().cloned());
        self
    }

    /// Adds files that are written.
    pub(super) fn writing<'a>(mut self, paths: impl IntoIterator<Item = &'a PathBuf>) -> Self {
        self.written.extend(paths.into_iter().cloned());
        self
    }

    /// An error if a file to write is also read, or is to be written twice, even if it has several names.
    pub(super) fn check(&self) -> Result<()> {
        for (index, output) in self.written.iter().enumerate() {
            if let Some(input) = self.read.iter().find(|path| identity::same(path, output)) {
                return Err(refused(output, "one that is read", input));
            }
            let earlier = &self.written[..index];
            if let Some(other) = earlier.iter().find(|path| identity::same(path, output)) {
                return Err(refused(output, "one that is written too", other));
            }
        }
        Ok(())
    }
}

fn refused(output: &Path, what: &str, other: &Path) -> Error {
    let message = format!(
        "expected another file to write than {what}, found {}, the same file; write to a new name",
        other.display()
    );
    Error::file(output, message)
}
