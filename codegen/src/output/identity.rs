//! Whether two paths name the same file.

use std::fs;
use std::path::{Path, PathBuf};

/// Whether writing to one path would change what is read from the other: they have equal names, or are linked by a hard
/// or symbolic link, or neither exists and both would be created as the same file.
pub fn same(a: &Path, b: &Path) -> bool {
    match (fs::metadata(a), fs::metadata(b)) {
        // Writing to a device or a pipe destroys nothing that is read.
        (Ok(a), _) if !(a.is_file() || a.is_dir()) => false,
        #[cfg(unix)]
        (Ok(a), Ok(b)) => {
            use std::os::unix::fs::MetadataExt;
            (a.dev(), a.ino()) == (b.dev(), b.ino())
        }
        #[cfg(not(unix))]
        (Ok(_), Ok(_)) => whole(a).is_some() && whole(a) == whole(b),
        (Err(_), Err(_)) => future(a).is_some() && future(a) == future(b),
        _ => false,
    }
}

#[cfg(not(unix))]
fn whole(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok()
}

/// The absolute path at which a file that does not exist yet will be created.
fn future(path: &Path) -> Option<PathBuf> {
    let path = super::target(path);
    let folder = super::folder(&path).canonicalize().ok()?;
    Some(folder.join(path.file_name()?))
}

/// Whether a path is that of a folder, or leads into it or a folder of it, there or not yet.
pub fn is_within(path: &Path, folder: &Path) -> bool {
    real(&super::target(path)).starts_with(real(folder))
}

/// A name of a file in a folder, by a link.
pub fn name_in(folder: &Path, file: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .find(|path| same(path, file))
}

/// The path without links and steps upwards, also of what does not exist yet.
fn real(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let known = path.ancestors().find_map(|known| {
        let rest = path.strip_prefix(known).ok()?;
        Some(known.canonicalize().ok()?.join(rest))
    });
    known.unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_a_folder_is_within_it_by_any_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir_all(path("rows/deep")).unwrap();
        fs::create_dir(path("rows of others")).unwrap();
        let rows = path("rows");
        for name in [
            "rows",
            "rows/a",
            "rows/deep/a",
            "rows/new/a",
            "rows of others/../rows/a",
        ] {
            assert!(is_within(&path(name), &rows), "{name}");
        }
        for name in ["a", "rows of others/a", "rows/../a"] {
            assert!(!is_within(&path(name), &rows), "{name}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(path("rows/new"), path("link")).unwrap();
            assert!(is_within(&path("link"), &rows));
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_found_in_a_folder_by_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("rows")).unwrap();
        for file in ["rows/a", "b", "c"] {
            fs::write(path(file), "").unwrap();
        }
        std::os::unix::fs::symlink(path("b"), path("rows/soft")).unwrap();
        fs::hard_link(path("c"), path("rows/hard")).unwrap();
        let found = |name: &str| name_in(&path("rows"), &path(name));
        assert_eq!(found("b"), Some(path("rows/soft")));
        assert_eq!(found("c"), Some(path("rows/hard")));
        assert_eq!(found("new"), None);
    }

    #[test]
    fn names_of_one_file_are_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("a"), "").unwrap();
        fs::write(path("b"), "").unwrap();
        fs::hard_link(path("a"), path("hard")).unwrap();
        assert!(same(&path("a"), &path("a")) && same(&path("a"), &path("hard")));
        assert!(same(&path("a"), &folder.path().join(".").join("a")));
        assert!(!same(&path("a"), &path("b")) && !same(&path("a"), &path("new")));
        assert!(same(&path("new"), &folder.path().join("./new")));
        assert!(!same(&path("new"), &path("newer")));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(path("a"), path("soft")).unwrap();
            assert!(same(&path("soft"), &path("hard")));
            assert!(!same(Path::new("/dev/null"), Path::new("/dev/null")));
        }
    }
}
