//! Writing a file whole or not at all.

use crate::{Error, Result};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::Builder;

/// Replaces the file by `contents`.
pub fn write(path: &Path, contents: &[u8]) -> Result<()> {
    write_with(path, |file| file.write_all(contents))
}

/// Replaces the file by what `contents` writes; if that fails, leaves it as it was.
///
/// The text goes to a nameless neighbour first, which then takes the name. What is no regular file, such as
/// `/dev/null` or a pipe, is written to directly.
pub fn write_with(
    path: &Path,
    contents: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<()> {
    replace(path, contents).map_err(|error| {
        let message = format!("cannot write: {}", cause(&error));
        Error::file(path, message)
    })
}

/// Like [`write()`], but leaves a file alone that has these contents, and its time of change with it.
///
/// Returns whether it wrote: a build script need not make its crate be compiled again.
pub fn write_if_changed(path: &Path, contents: &[u8]) -> Result<bool> {
    // A file that cannot be read is for `write` to complain of.
    let changed = std::fs::read(path).map_or(true, |old| old != contents);
    if changed {
        write(path, contents)?;
    }
    Ok(changed)
}

fn replace(path: &Path, contents: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let target = target(path);
    if target.is_dir() {
        return Err(io::Error::other("it is a folder"));
    }
    if target.exists() && !target.is_file() {
        return contents(&mut std::fs::OpenOptions::new().write(true).open(target)?);
    }
    let folder = match target.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        let message = format!("there is no folder {}", folder.display());
        return Err(io::Error::other(message));
    }
    let mut builder = Builder::new();
    // What a plain file gets: the umask takes from this, tempfile's own 0600 would stay.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let file = builder.prefix(".nice-flow-").tempfile_in(folder)?;
    let mut file = BufWriter::new(file);
    contents(&mut file)?;
    let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.persist(target)?;
    Ok(())
}

/// The file that a link points to, so that the link stays.
fn target(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// The system's own words, without the temporary file's name.
fn cause(error: &io::Error) -> String {
    let inner = error.get_ref().and_then(|error| error.source());
    inner.map_or_else(|| error.to_string(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    #[test]
    fn a_file_is_replaced_and_nothing_else_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.csv");
        write(&path, b"long old text").unwrap();
        write(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(names(folder.path()), ["x.csv"]);
    }

    #[test]
    fn a_failure_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.csv");
        write(&path, b"old").unwrap();
        let result = write_with(&path, |file| {
            file.write_all(b"half")?;
            Err(io::Error::other("the disk is full"))
        });
        let expected = format!("{}: cannot write: the disk is full", path.display());
        assert_eq!(result.unwrap_err().to_string(), expected);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["x.csv"]);
    }

    #[test]
    fn the_same_text_is_not_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.rs");
        assert!(write_if_changed(&path, b"a").unwrap());
        let before = fs::metadata(&path).unwrap().modified().unwrap();
        assert!(!write_if_changed(&path, b"a").unwrap());
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before);
        assert!(write_if_changed(&path, b"b").unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"b");
    }

    #[test]
    fn a_missing_folder_and_a_folder_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out/x.csv");
        let expected = format!(
            "{}: cannot write: there is no folder {}",
            path.display(),
            folder.path().join("out").display()
        );
        assert_eq!(write(&path, b"").unwrap_err().to_string(), expected);
        let expected = format!("{}: cannot write: it is a folder", folder.path().display());
        assert_eq!(write(folder.path(), b"").unwrap_err().to_string(), expected);
    }

    #[cfg(unix)]
    #[test]
    fn permissions_are_those_of_a_plain_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (ours, plain) = (folder.path().join("ours"), folder.path().join("plain"));
        write(&ours, b"").unwrap();
        fs::write(&plain, b"").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&ours), mode(&plain));
    }

    #[cfg(unix)]
    #[test]
    fn links_and_devices_stay_what_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        write(&file, b"old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        write(&link, b"new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&file).unwrap(), b"new");

        // Root could replace /dev/null itself: go through a link of our own.
        let null = folder.path().join("null");
        std::os::unix::fs::symlink("/dev/null", &null).unwrap();
        write(&null, b"gone").unwrap();
        assert!(!Path::new("/dev/null").is_file());
    }
}
