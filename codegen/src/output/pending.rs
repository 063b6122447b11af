//! Temporary files and folders. Each is locked while the process that made it lives, so that other processes can
//! recognise and remove those left behind.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;
use tempfile::{Builder, NamedTempFile, TempDir};

/// The start of every temporary name.
const PREFIX: &str = ".nice-flow-";

/// The number of letters and digits at the end of a temporary name.
const SUFFIX: usize = 12;

/// A locked temporary file in a folder; also removes those that killed processes left there.
pub(super) fn file(folder: &Path) -> io::Result<NamedTempFile> {
    sweep(folder);
    loop {
        let mut builder = builder();
        // The mode of an ordinary new file, from which the umask is subtracted; tempfile's default, 0600, would be kept
        // by the renamed file.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file = builder.tempfile_in(folder).map_err(unnamed)?;
        if is_ours(file.as_file(), file.path()) {
            return Ok(file);
        }
    }
}

/// A locked temporary folder, removed when dropped.
#[derive(Debug)]
pub struct Scratch {
    folder: TempDir,
    _lock: Option<File>,
}

impl Scratch {
    /// Makes one inside `parent`; also removes those that killed processes left there.
    pub fn new(parent: &Path) -> io::Result<Self> {
        sweep(parent);
        loop {
            let folder = builder().tempdir_in(parent).map_err(unnamed)?;
            // On some systems a folder cannot be opened; it is then not locked.
            let lock = File::open(folder.path()).ok();
            if lock
                .as_ref()
                .is_none_or(|lock| is_ours(lock, folder.path()))
            {
                return Ok(Self {
                    folder,
                    _lock: lock,
                });
            }
        }
    }

    /// The path of the folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// The error without the temporary name, which would tell a user nothing.
fn unnamed(error: io::Error) -> io::Error {
    error.kind().into()
}

fn builder() -> Builder<'static, 'static> {
    let mut builder = Builder::new();
    builder.prefix(PREFIX).rand_bytes(SUFFIX);
    builder
}

/// Locks a new file; false if another process removed it as a leftover before it was locked.
fn is_ours(file: &File, path: &Path) -> bool {
    // Where locking is not supported, nothing is removed as a leftover either.
    let _ = file.lock();
    path.exists()
}

/// Removes the leftovers of killed processes. A leftover that cannot be removed stays and is no error.
fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(is_pending) {
            let _ = remove_if_left(&entry.path());
        }
    }
}

fn is_pending(name: &str) -> bool {
    let suffix = name.strip_prefix(PREFIX);
    suffix.is_some_and(|s| s.len() == SUFFIX && s.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// Removes a leftover, unless a living process holds its lock.
fn remove_if_left(path: &Path) -> io::Result<()> {
    let kind = fs::symlink_metadata(path)?.file_type();
    if !(kind.is_file() || kind.is_dir()) {
        return Ok(());
    }
    let file = File::open(path)?;
    match file.try_lock() {
        Ok(()) if kind.is_dir() => fs::remove_dir_all(path),
        Ok(()) => fs::remove_file(path),
        Err(TryLockError::WouldBlock) => Ok(()),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEFT: &str = ".nice-flow-AbCd12345678";

    #[test]
    fn what_was_left_is_removed_and_what_is_in_use_or_foreign_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let foreign = [
            ".nice-flow-config",
            ".nice-flow-AbCd1234567",
            "AbCd12345678",
        ];
        for name in foreign {
            fs::write(path(name), "").unwrap();
        }
        fs::write(path(LEFT), "half").unwrap();
        fs::create_dir(path(".nice-flow-000000000000")).unwrap();
        fs::write(path(".nice-flow-000000000000").join("half"), "").unwrap();
        let first = file(folder.path()).unwrap();
        assert!(!path(LEFT).exists() && !path(".nice-flow-000000000000").exists());
        let second = file(folder.path()).unwrap();
        assert!(first.path().exists() && second.path().exists());
        assert!(foreign.iter().all(|name| path(name).exists()));
        drop((first, second));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), foreign.len());
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_in_use_stays() {
        let parent = tempfile::tempdir().unwrap();
        let scratch = Scratch::new(parent.path()).unwrap();
        fs::write(scratch.path().join("file"), "").unwrap();
        drop(file(parent.path()).unwrap());
        assert!(scratch.path().join("file").exists());
        drop(scratch);
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let kept = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(kept.path(), folder.path().join(LEFT)).unwrap();
        sweep(folder.path());
        assert!(kept.path().exists());
    }
}
