//! Runs cargo, without the network if possible.

use super::scratch;
use super::watch::{given_up, patience, watch};
use crate::Target;
use nice_flow_codegen::output::Scratch;
use nice_flow_codegen::{Error, Result};
use std::io::{self, Read, Seek};
use std::path::Path;
use std::process::{Command, Stdio};

/// Prefixes of environment variables that would change the build; they are removed.
const FOREIGN: [&str; 5] = [
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_BUILD_",
    "CARGO_PROFILE_",
    "CARGO_TARGET_",
];

/// Links binaries of the crate in `folder`; returns copies of them, which the next build does not overwrite.
pub fn build(folder: &Path, target: Target, binaries: &[&str]) -> Result<Scratch> {
    let options: Vec<_> = binaries.iter().flat_map(|name| ["--bin", name]).collect();
    let mut output = cargo(folder, &[&["--offline"], &*options].concat())?;
    // All messages about the missing network contain the name of the option.
    if !output.success && output.text.contains("offline") {
        output = cargo(folder, &options)?;
    }
    if output.success {
        return copies(folder, target, binaries);
    }
    let message = format!("the firmware does not build:\n{}", errors(&output.text));
    Err(Error::input(target, message))
}

fn copies(folder: &Path, target: Target, binaries: &[&str]) -> Result<Scratch> {
    let built = folder.join("target").join(target.board().triple);
    let copies = scratch()?;
    for name in binaries {
        let path = built.join("release").join(name);
        std::fs::copy(&path, copies.path().join(name))
            .map_err(|error| Error::caused_in(&path, error))?;
    }
    Ok(copies)
}

/// Whether cargo succeeded, and its output.
struct Ended {
    success: bool,
    text: String,
}

/// Runs cargo; ends it if it prints nothing for too long.
fn cargo(folder: &Path, options: &[&str]) -> Result<Ended> {
    let failure = |error: io::Error| Error::input("cargo", error);
    let patience = patience()?;
    let mut log = tempfile::tempfile().map_err(failure)?;
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let is_foreign = |prefix: &&str| name.to_string_lossy().starts_with(*prefix);
        if FOREIGN.iter().any(is_foreign) {
            command.env_remove(&name);
        }
    }
    let mut child = command
        .current_dir(folder)
        .args(["build", "--release", "--color", "never"])
        .args(["--target-dir", "target"])
        .args(options)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log.try_clone().map_err(failure)?)
        .spawn()
        .map_err(failure)?;
    let size = || log.metadata().map_or(0, |log| log.len());
    let end = watch(&mut child, patience, &mut || Some(size())).map_err(failure)?;
    let mut said = vec![];
    log.rewind().map_err(failure)?;
    (&log)
        .take(MAX_LOG)
        .read_to_end(&mut said)
        .map_err(failure)?;
    let text = String::from_utf8_lossy(&said).into_owned();
    match end {
        Some(status) => Ok(Ended {
            success: status.success(),
            text,
        }),
        None => {
            let last = text.lines().next_back().unwrap_or_default().trim();
            let message = format!("{} after `{last}`", given_up("word", patience));
            Err(Error::input("cargo", message))
        }
    }
}

/// The most output that is read: a wrong module of a megabyte can cause very long error messages.
const MAX_LOG: u64 = 1 << 26;

/// The output from the first error on.
fn errors(text: &str) -> &str {
    let start = if text.starts_with("error") {
        Some(0)
    } else {
        text.find("\nerror").map(|newline| newline + 1)
    };
    text.get(start.unwrap_or(0)..).unwrap_or(text).trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cargo_says_before_its_errors_is_left_out() {
        assert_eq!(
            errors("   Compiling a\nerror[E1]: b\n --> c\n"),
            "error[E1]: b\n --> c"
        );
        assert_eq!(errors("error: a\n"), "error: a");
        assert_eq!(errors("killed"), "killed");
    }
}
