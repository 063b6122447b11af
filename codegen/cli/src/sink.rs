//! Where results are written: into a file or, for the name `-`, to standard output.

use nice_flow_codegen::output::identity;
use nice_flow_codegen::text::for_terminal;
use nice_flow_codegen::{Error, Result, output};
use std::cell::Cell;
use std::fmt::{self, Display, Formatter};
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::Path;

/// Names of standard output that are paths, too.
const PATHS: [&str; 3] = ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];

/// Whether a name is `-`, which means standard input where a file is read. A file of that name is `./-`.
pub(super) fn is_dash(path: &Path) -> bool {
    path == Path::new("-")
}

/// Whether a name means standard output: then what it leads to is added to, as the shell has opened it.
pub(super) fn is_standard(path: &Path) -> bool {
    is_dash(path) || PATHS.iter().any(|name| path == Path::new(name))
}

/// Whether standard output goes into a regular file, which is this one or in this folder.
pub(super) fn is_standard_into(path: &Path) -> bool {
    let is_it = |name: &Path| match path.is_dir() {
        true => identity::name_in(path, name).is_some(),
        false => identity::same(name, path),
    };
    let mut names = PATHS.iter().map(Path::new);
    names.any(|name| name.is_file() && is_it(name))
}

thread_local! {
    static IS_TAKEN: Cell<bool> = const { Cell::new(false) };
}

/// Says whether standard output is a result's: what is said of the result then goes to standard error.
pub(super) fn take_standard(is_taken: bool) {
    IS_TAKEN.set(is_taken);
}

/// Whether standard output is a result's.
pub(super) fn is_standard_taken() -> bool {
    IS_TAKEN.get()
}

/// A name in messages.
pub(super) struct Named<'a>(pub &'a Path);

impl Display for Named<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match is_standard(self.0) {
            true => f.write_str("standard output"),
            false => self.0.display().fmt(f),
        }
    }
}

/// Writes a result: a file is replaced as a whole or not at all.
pub(super) fn write(path: &Path, contents: &[u8]) -> Result<()> {
    write_with(path, |file| file.write_all(contents))
}

/// Writes what the closure writes; if that fails, nothing.
pub(super) fn write_with(
    path: &Path,
    contents: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
) -> Result<()> {
    if !is_standard(path) {
        return output::write_with(path, contents);
    }
    let mut text = vec![];
    let written = contents(&mut text);
    if io::stdout().is_terminal() {
        text = for_terminal(&String::from_utf8_lossy(&text))
            .into_owned()
            .into();
    }
    let written = written.and_then(|()| io::stdout().write_all(&text));
    match written.and_then(|()| io::stdout().flush()) {
        // A reader who has closed the pipe has read enough.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            let message = format!("cannot write: {error}");
            Err(Error::input("standard output", message))
        }
        _ => Ok(()),
    }
}

/// Writes several results: all of them are whole before the first file takes its name, and standard output is the last.
pub(super) fn write_all(results: &[(&Path, &[u8])]) -> Result<()> {
    let (standard, files): (Vec<_>, Vec<_>) =
        results.iter().partition(|(path, _)| is_standard(path));
    output::write_all(&files)?;
    standard
        .into_iter()
        .try_for_each(|(path, text): (&Path, &[u8])| write(path, text))
}
