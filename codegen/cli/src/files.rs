//! The files on a command line. A file that is read must not be written too.

use super::sink::is_standard;
use nice_flow_codegen::output::identity;
use nice_flow_codegen::{Error, Result};
use std::path::{Path, PathBuf};

/// The files that a verb reads, and those that it writes.
#[derive(Debug, Default)]
pub(super) struct Files {
    read: Vec<PathBuf>,
    written: Vec<PathBuf>,
    /// Those of the written ones that are a text of its own, which standard output takes too.
    texts: Vec<PathBuf>,
}

impl Files {
    /// Adds files that are read.
    pub(super) fn reading<'a>(mut self, paths: impl IntoIterator<Item = &'a PathBuf>) -> Self {
        self.read.extend(paths.into_iter().cloned());
        self
    }

    /// Adds files that are written, and that standard output cannot take: binary ones, and those beside others.
    pub(super) fn writing<'a>(mut self, paths: impl IntoIterator<Item = &'a PathBuf>) -> Self {
        self.written.extend(paths.into_iter().cloned());
        self
    }

    /// Adds texts that are written into files or, where they are called `-`, to standard output.
    pub(super) fn writing_text<'a>(mut self, paths: impl IntoIterator<Item = &'a PathBuf>) -> Self {
        self.texts.extend(paths.into_iter().cloned());
        self
    }

    /// Whether standard output takes one of the texts.
    pub(super) fn take_standard(&self) -> bool {
        self.texts.iter().any(|path| is_standard(path))
    }

    /// An error if a file to write is also read, or is to be written twice, even if it has several names; if standard output is
    /// to take what it cannot, or to take a text beside the object of `--json`; or if a file to read is a `-` that is not there.
    pub(super) fn check(&self, json: bool) -> Result<()> {
        if self
            .read
            .iter()
            .any(|path| is_standard(path) && !path.exists())
        {
            let message = "expected a file, found no file of this name: standard input is read from /dev/stdin";
            return Err(Error::input("-", message));
        }
        if self.written.iter().any(|path| is_standard(path)) {
            let message = "expected a file, found standard output, which takes a single text and nothing else: give the file a name, \
                           such as ./- for one that is called so";
            return Err(Error::input("-", message));
        }
        let names_standard = |path: &PathBuf| path == Path::new("/dev/stdout");
        if json && (self.take_standard() || self.texts.iter().any(names_standard)) {
            let message = "expected a file to write beside --json, found standard output, to which --json prints its object";
            return Err(Error::input("-", message));
        }
        let outputs: Vec<&PathBuf> = self.written.iter().chain(&self.texts).collect();
        for (index, output) in outputs.iter().enumerate() {
            if let Some(input) = self.read.iter().find(|path| identity::same(path, output)) {
                return Err(refused(output, "one that is read", input));
            }
            let earlier = &outputs[..index];
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
