//! The files of a table that is spread over many.

use super::folders::Folders;
use nice_flow_codegen::output::identity;
use nice_flow_codegen::reading::expect_file;
use nice_flow_codegen::{Error, Result};
use std::fs::read_dir;
use std::path::{Path, PathBuf};

/// The endings of files that hold rows.
const ENDINGS: [&str; 4] = ["parquet", "arrow", "feather", "ipc"];

/// Each file with the name of its part, in the order of the paths and, within a folder, of names. A file that is given is
/// one; of a folder all with usual endings are, in its folders too, whose names are kept (`machine=7/a.parquet`). Names that
/// begin with a dot, or with a low line and have no `=`, are for the tools that wrote them (`_SUCCESS`). A folder to which
/// several names lead, by links, is gone through under the first; a pipe, a socket or a device among the files is an error.
pub fn inputs(paths: &[PathBuf]) -> Result<Vec<(PathBuf, PathBuf)>> {
    let mut found = vec![];
    for path in paths {
        if path.is_dir() {
            let before = found.len();
            in_folder(path, Path::new(""), &mut Folders::default(), &mut found)?;
            if found.len() == before {
                let message = format!("expected files *.{}, found none", ENDINGS.join(", *."));
                return Err(Error::file(path, message));
            }
        } else {
            expect_file(path)?;
            let name = path.file_name().unwrap_or_default();
            found.push((path.clone(), Path::new(name).with_extension("parquet")));
        }
    }
    Ok(found)
}

/// An error if the folder of parts lies among the rows: the next run would take its parts for rows.
pub fn expect_apart(paths: &[PathBuf], folder: &Path) -> Result<()> {
    for path in paths {
        let is_among = match path.is_dir() {
            true => identity::is_within(folder, path),
            false => path.parent().is_some_and(|parent| {
                let is_here = parent == Path::new("");
                identity::same(folder, if is_here { Path::new(".") } else { parent })
            }),
        };
        if is_among {
            let message = format!(
                "expected a folder apart from the rows, found one with {}; nothing of it was changed",
                path.display()
            );
            return Err(Error::file(folder, message));
        }
    }
    Ok(())
}

fn in_folder(
    folder: &Path,
    below: &Path,
    met: &mut Folders,
    found: &mut Vec<(PathBuf, PathBuf)>,
) -> Result<()> {
    if !met.is_new(folder)? {
        return Ok(());
    }
    let cannot = |error| Error::file(folder, format!("cannot read: {error}"));
    let mut names = vec![];
    for entry in read_dir(folder).map_err(cannot)? {
        names.push(entry.map_err(cannot)?.file_name());
    }
    names.sort();
    for name in names {
        let (path, below) = (folder.join(&name), below.join(&name));
        if is_hidden(&name.to_string_lossy()) {
            continue;
        }
        let ending = path.extension().unwrap_or_default();
        if path.is_dir() {
            in_folder(&path, &below, met, found)?;
        } else if ENDINGS.iter().any(|one| ending.eq_ignore_ascii_case(one)) {
            expect_file(&path)?;
            found.push((path, below.with_extension("parquet")));
        }
    }
    Ok(())
}

/// Whether Spark and Hive leave a name alone; a partition of a column may be called `_site=7`.
fn is_hidden(name: &str) -> bool {
    name.starts_with('.') || (name.starts_with('_') && !name.contains('='))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    #[test]
    fn partitions_are_told_from_what_tools_leave_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["_site=7", "_temporary"] {
            std::fs::create_dir(path(name)).unwrap();
            std::fs::write(path(name).join("a.parquet"), "").unwrap();
        }
        for file in ["B.PARQUET", "_metadata.parquet", ".c.parquet", "_SUCCESS"] {
            std::fs::write(path(file), "").unwrap();
        }
        let found = inputs(&[folder.path().into()]).unwrap();
        let names: Vec<_> = found.iter().map(|(_, name)| name.as_path()).collect();
        let expected = ["B.parquet", "_site=7/a.parquet"];
        assert_eq!(names, expected.map(Path::new));
    }

    #[test]
    fn a_folder_is_gone_through_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::create_dir(path("day")).unwrap();
        for file in ["a.parquet", "day/b.arrow"] {
            std::fs::write(path(file), "").unwrap();
        }
        for link in ["l1", "l2", "day/up", "day/l3"] {
            symlink(folder.path(), path(link)).unwrap();
        }
        symlink(path("day"), path("e")).unwrap();
        let found = inputs(&[folder.path().into()]).unwrap();
        let names: Vec<_> = found.iter().map(|(_, name)| name.as_path()).collect();
        assert_eq!(names, [Path::new("a.parquet"), Path::new("day/b.parquet")]);
    }

    #[test]
    fn what_is_no_file_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.parquet");
        let _socket = UnixListener::bind(&path).unwrap();
        for given in [folder.path(), &path] {
            let error = inputs(&[given.into()]).unwrap_err().to_string();
            assert!(
                error.contains("x.parquet: expected a file, found a pipe"),
                "{error}"
            );
        }
    }
}
