//! The files on a command line. A file that is read must not be written too.

use super::sink::{is_dash, is_standard, is_standard_into};
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

    /// An error if a file to write is also read, by whatever name or in a folder, or is to be written twice; if standard output is
    /// to take what it cannot, or to take a text beside the object of `--json`; or if a file to read is a `-` that is not there.
    pub(super) fn check(&self, json: bool) -> Result<()> {
        self.check_standard(json)?;
        let outputs: Vec<&PathBuf> = self.written.iter().chain(&self.texts).collect();
        for (index, output) in outputs.iter().enumerate() {
            self.expect_unread(output)?;
            let earlier = &outputs[..index];
            if let Some(other) = earlier.iter().find(|path| identity::same(path, output)) {
                return Err(refused(output, "one that is written too", other));
            }
        }
        Ok(())
    }

    fn check_standard(&self, json: bool) -> Result<()> {
        let is_missing = |path: &PathBuf| is_dash(path) && !path.exists();
        if self.read.iter().any(is_missing) {
            let message = "expected a file, found no file of this name: standard input is read from /dev/stdin";
            return Err(Error::input("-", message));
        }
        if let Some(path) = self.written.iter().find(|path| is_standard(path)) {
            let message = "expected a file, found standard output, which takes a single text and nothing else: give the file a name, \
                           such as ./- for one that is called so";
            return Err(Error::file(path, message));
        }
        if !self.take_standard() {
            return Ok(());
        }
        if json {
            let message = "expected a file to write beside --json, found standard output, to which --json prints its object";
            return Err(Error::input("-", message));
        }
        match self.read.iter().find(|path| is_standard_into(path)) {
            Some(input) => Err(refused(
                Path::new("standard output"),
                "one that is read",
                input,
            )),
            None => Ok(()),
        }
    }

    /// An error if a file to write is one that is read, or lies in a folder that is, or a link in the folder leads to it.
    fn expect_unread(&self, output: &Path) -> Result<()> {
        // One that is not there is told of where it is read.
        let mut read = self.read.iter().filter(|path| path.exists());
        if let Some(input) = read.find(|path| identity::same(path, output)) {
            return Err(refused(output, "one that is read", input));
        }
        // Where parts are made, which are written into a folder, more is expected of it.
        let folders = self
            .read
            .iter()
            .filter(|path| path.is_dir() && !is_folder(output));
        for folder in folders {
            if identity::is_within(output, folder) {
                let message = format!(
                    "expected a file apart from those that are read, found one in {}, of which every file is; write into another folder",
                    folder.display()
                );
                return Err(Error::file(output, message));
            }
            if let Some(input) = identity::name_in(folder, output) {
                return Err(refused(output, "one that is read", &input));
            }
        }
        Ok(())
    }
}

/// Whether a path means a folder: it is one, or ends with a slash.
pub(super) fn is_folder(path: &Path) -> bool {
    path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/")
}

fn refused(output: &Path, what: &str, other: &Path) -> Error {
    let message = format!(
        "expected another file to write than {what}, found {}, the same file; write to a new name",
        other.display()
    );
    Error::file(output, message)
}
