//! Cargo, without the network as long as that does.

use super::scratch;
use crate::Target;
use nice_flow_codegen::{Error, Result};
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

/// Variables that would change what is built.
const FOREIGN: [&str; 5] = [
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_BUILD_",
    "CARGO_PROFILE_",
    "CARGO_TARGET_",
];

/// Links binaries of the crate in `folder`; copies of them, which the next build leaves alone.
pub fn build(folder: &Path, target: Target, binaries: &[&str]) -> Result<TempDir> {
    let options: Vec<_> = binaries.iter().flat_map(|name| ["--bin", name]).collect();
    let mut output = cargo(folder, &[&["--offline"], &*options].concat())?;
    // Every message that blames the missing network names the option.
    if !output.status.success() && text(&output).contains("offline") {
        output = cargo(folder, &options)?;
    }
    if output.status.success() {
        return copies(folder, target, binaries);
    }
    let message = format!("the firmware does not build:\n{}", errors(&text(&output)));
    Err(Error::input(target, message))
}

fn copies(folder: &Path, target: Target, binaries: &[&str]) -> Result<TempDir> {
    let built = folder.join("target").join(target.board().triple);
    let copies = scratch()?;
    for name in binaries {
        let path = built.join("release").join(name);
        std::fs::copy(&path, copies.path().join(name))
            .map_err(|error| Error::file(&path, error))?;
    }
    Ok(copies)
}

fn cargo(folder: &Path, options: &[&str]) -> Result<Output> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let is_foreign = |prefix: &&str| name.to_string_lossy().starts_with(*prefix);
        if FOREIGN.iter().any(is_foreign) {
            command.env_remove(&name);
        }
    }
    command
        .current_dir(folder)
        .args(["build", "--release", "--color", "never"])
        .args(["--target-dir", "target"])
        .args(options)
        .output()
        .map_err(|error| Error::input("cargo", error))
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The text from the first error on.
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
