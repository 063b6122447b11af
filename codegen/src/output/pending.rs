//! Files and folders that are not there yet: locked while who makes them lives, so that others know what was left behind.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;
use tempfile::{Builder, NamedTempFile, TempDir};

/// Begins the name of each.
const PREFIX: &str = ".nice-flow-";

/// Letters and digits that end it.
const SUFFIX: usize = 12;

/// A file beside others, locked; what killed processes left there is removed.
pub(super) fn file(folder: &Path) -> io::Result<NamedTempFile> {
    sweep(folder);
    loop {
        let mut builder = builder();
        // What a plain file gets: the umask takes from this, tempfile's own 0600 would stay.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file = builder.tempfile_in(folder).map_err(unnamed)?;
        if is_ours(file.as_file(), file.path()) {
            return Ok(file);
        }
    }
}

/// A folder, locked, that goes with its value.
#[derive(Debug)]
pub struct Scratch {
    folder: TempDir,
    _lock: Option<File>,
}

impl Scratch {
    /// In another folder, where what killed processes left is removed.
    pub fn new(parent: &Path) -> io::Result<Self> {
        sweep(parent);
        loop {
            let folder = builder().tempdir_in(parent).map_err(unnamed)?;
            // There are systems on which a folder cannot be opened.
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

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// The error without the temporary name, which says nothing to a user.
fn unnamed(error: io::Error) -> io::Error {
    error.kind().into()
}

fn builder() -> Builder<'static, 'static> {
    let mut builder = Builder::new();
    builder.prefix(PREFIX).rand_bytes(SUFFIX);
    builder
}

/// Locks what was just made; false if another process took it for a leftover in between.
fn is_ours(file: &File, path: &Path) -> bool {
    // Where there are no locks nothing is taken for a leftover.
    let _ = file.lock();
    path.exists()
}

/// Removes what killed processes left in a folder. What cannot be removed stays: it is not what was asked for.
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

/// Removes it unless a living process holds its lock.
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
