//! Writes a file either completely or not at all.

pub mod identity;
mod pending;
pub use pending::Scratch;

use crate::{Error, Result, reading};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Replaces the content of a file.
pub fn write(path: &Path, contents: &[u8]) -> Result<()> {
    write_with(path, |file| file.write_all(contents))
}

/// Replaces the content of a file by what the closure writes; if that fails, the file stays as it was.
///
/// The text is first written to a temporary file in the same folder, which is then renamed; both steps are synced to
/// disk before this returns. If the process or the machine stops, the file has either its old or its new content. A
/// temporary file that a killed process left is removed by the next call that writes into the folder. A target that is
/// not a regular file, such as `/dev/null` or a pipe, and one that the process has open, such as `/dev/stdout`, are written to
/// directly, at their end. A read-only file is an error.
pub fn write_with(
    path: &Path,
    contents: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
) -> Result<()> {
    replace(path, contents).map_err(|error| Error::file(path, format!("cannot write: {error}")))
}

/// Replaces the contents of several files: each is whole on disk before the first takes its name, so that a folder that is
/// missing or full leaves all of them as they were.
pub fn write_all(files: &[(&Path, &[u8])]) -> Result<()> {
    let failed = |path: &Path, error| Error::file(path, format!("cannot write: {error}"));
    let prepare = |(path, contents): &(&Path, &[u8])| {
        let prepared = prepare(path, |file| file.write_all(contents));
        prepared.map_err(|error| failed(path, error))
    };
    let prepared: Vec<_> = files.iter().map(prepare).collect::<Result<_>>()?;
    // Synced together afterwards: the shorter the time between the first name and the last, the seldomer a stop leaves a mixture.
    let mut folders = vec![];
    for ((path, _), prepared) in files.iter().zip(prepared) {
        let taken = prepared.map_or(Ok(None), |prepared| prepared.take_name().map(Some));
        folders.push((path, taken.map_err(|error| failed(path, error))?));
    }
    folders.into_iter().try_for_each(|(path, target)| {
        target.map_or(Ok(()), |target| {
            sync_folder(folder(&target)).map_err(|error| failed(path, error))
        })
    })
}

/// Like [`write()`], but does not touch a file that already has this content, so that its modification time stays.
///
/// Returns whether it wrote: if not, cargo need not recompile the crate of a build script.
pub fn write_if_changed(path: &Path, contents: &[u8]) -> Result<bool> {
    let read = |path| reading::whole(File::open(path)?, contents.len() as u64);
    // If the file cannot be read, `write` reports the error.
    let changed = !path.is_file() || read(path).map_or(true, |old| old != contents);
    if changed {
        write(path, contents)?;
    }
    Ok(changed)
}

fn replace(
    path: &Path,
    contents: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
) -> io::Result<()> {
    match prepare(path, contents)? {
        Some(prepared) => sync_folder(folder(&prepared.take_name()?)),
        None => Ok(()),
    }
}

/// A file that is whole on disk under a temporary name.
struct Prepared {
    file: NamedTempFile,
    target: PathBuf,
}

impl Prepared {
    /// Gives the file its name.
    fn take_name(self) -> io::Result<PathBuf> {
        self.file.persist(&self.target)?;
        Ok(self.target)
    }
}

/// Writes what will replace a file; `None` where the target is no regular file and was written to directly.
fn prepare(
    path: &Path,
    contents: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
) -> io::Result<Option<Prepared>> {
    let target = target(path);
    if target.is_dir() {
        return Err(io::Error::other("it is a folder; name a file in it"));
    }
    if target.is_symlink() {
        return Err(io::Error::other("it is a link that leads to itself"));
    }
    if is_open(path) || target.exists() && !target.is_file() {
        // What is behind a name of an open file, such as `/dev/stdout` after `>> log`, is added to.
        contents(&mut std::fs::OpenOptions::new().append(true).open(path)?)?;
        return Ok(None);
    }
    if std::fs::metadata(&target).is_ok_and(|old| old.permissions().readonly()) {
        let message = "the file is read-only; make it writable, or write to a new name";
        return Err(io::Error::other(message));
    }
    let folder = folder(&target);
    if !folder.is_dir() {
        let message = format!("there is no folder {}", folder.display());
        return Err(io::Error::other(message));
    }
    let file = pending::file(folder)?;
    if let Ok(old) = std::fs::metadata(&target) {
        // Before there is anything to read in it.
        file.as_file().set_permissions(old.permissions())?;
    }
    // Written through the `File`: errors of the temporary-file type would contain the temporary name.
    let mut buffer = BufWriter::new(file.as_file());
    contents(&mut buffer)?;
    buffer.flush()?;
    drop(buffer);
    file.as_file().sync_all()?;
    Ok(Some(Prepared { file, target }))
}

/// The folder of a file.
fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// Syncs the entries of a folder to disk.
fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        Err(error) if cfg!(unix) && error.raw_os_error() == Some(EIO) => Err(error),
        // Some file systems, and Windows, cannot sync a folder.
        _ => Ok(()),
    }
}

/// The error code for a failed disk operation.
const EIO: i32 = 5;

/// The file that a symbolic link points to, there or not yet, so that the link is kept.
fn target(path: &Path) -> PathBuf {
    let target = followed(path).last();
    let target = target.unwrap_or_else(|| path.to_owned());
    target.canonicalize().unwrap_or(target)
}

/// Whether a name is one of the process's open files, by any links: `/dev/stdout`, `/dev/fd/1`, `/proc/self/fd/1`.
fn is_open(path: &Path) -> bool {
    followed(path).any(|path| {
        let named = std::path::absolute(&path).unwrap_or(path);
        let parent = folder(&named).canonicalize().unwrap_or_default();
        let is_of_process = parent.starts_with("/proc") && parent.ends_with("fd");
        is_of_process || parent == Path::new("/dev/fd")
    })
}

/// As many links as Linux follows.
const MOST_LINKS: usize = 40;

/// The path, and what it leads to, link by link.
fn followed(path: &Path) -> impl Iterator<Item = PathBuf> {
    let next = |path: &PathBuf| Some(folder(path).join(std::fs::read_link(path).ok()?));
    std::iter::successors(Some(path.to_owned()), next).take(MOST_LINKS + 1)
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
    fn all_files_are_written_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let (module, blob) = (path("m.rs"), path("nowhere/m.bin"));
        write(&module, b"old").unwrap();
        let error = write_all(&[(&module, b"new"), (&blob, b"blob")]).unwrap_err();
        assert!(error.to_string().contains("there is no folder"), "{error}");
        assert_eq!(fs::read(&module).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["m.rs"]);

        write_all(&[(&module, b"new"), (&path("m.bin"), b"blob")]).unwrap();
        assert_eq!(fs::read(&module).unwrap(), b"new");
        assert_eq!(fs::read(path("m.bin")).unwrap(), b"blob");
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
        let expected = format!(
            "{}: cannot write: it is a folder; name a file in it",
            folder.path().display()
        );
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
    fn permissions_are_kept_and_a_read_only_file_is_too() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        write(&path, b"old").unwrap();
        fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
        write_with(&path, |file| {
            file.write_all(b"new")?;
            for entry in fs::read_dir(folder.path())? {
                let mode = entry?.metadata()?.permissions().mode();
                assert_eq!(mode & 0o777, 0o600, "while it is written");
            }
            Ok(())
        })
        .unwrap();
        assert_eq!(mode(), 0o600);
        fs::set_permissions(&path, PermissionsExt::from_mode(0o444)).unwrap();
        let error = write(&path, b"newer").unwrap_err().to_string();
        assert!(error.contains("the file is read-only"), "{error}");
        assert_eq!((fs::read(&path).unwrap(), mode()), (b"new".to_vec(), 0o444));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_a_file_that_is_not_there_yet_makes_it() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        std::os::unix::fs::symlink("file", &link).unwrap();
        write(&link, b"new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&file).unwrap(), b"new");
        std::os::unix::fs::symlink("around", folder.path().join("around")).unwrap();
        write(&folder.path().join("around"), b"lost").unwrap_err();
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_behind_an_open_file_is_added_to() {
        use std::os::fd::AsRawFd;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, "kept\n").unwrap();
        let open = fs::OpenOptions::new().append(true).open(&path).unwrap();
        for name in ["/dev/fd", "/proc/self/fd"] {
            write(
                &Path::new(name).join(open.as_raw_fd().to_string()),
                b"new\n",
            )
            .unwrap();
        }
        assert_eq!(fs::read(&path).unwrap(), b"kept\nnew\nnew\n");
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

        // As root, the test could replace /dev/null itself, so it writes through a link of its own.
        let null = folder.path().join("null");
        std::os::unix::fs::symlink("/dev/null", &null).unwrap();
        write(&null, b"gone").unwrap();
        assert!(!Path::new("/dev/null").is_file());
    }
}
