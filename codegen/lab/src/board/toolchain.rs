//! The external tools: Rust's standard library for the cores, and QEMU.

mod packages;

use super::family::Qemu;
use crate::Target;
use nice_flow_codegen::{Error, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A missing tool, and the commands that install it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Its name.
    pub tool: String,
    /// Program and arguments of each command, in order; empty if the tool must be installed by hand.
    pub commands: Vec<Vec<String>>,
    /// What to do by hand if there are no commands.
    pub advice: &'static str,
}

/// The tools that are missing to build for these targets and to run them.
pub fn missing(targets: &[Target]) -> Vec<Missing> {
    let mut missing = Vec::new();
    match sysroot() {
        None => missing.push(Missing {
            tool: "rustc".into(),
            commands: Vec::new(),
            advice: "install Rust from https://rustup.rs",
        }),
        Some(sysroot) => {
            let triples: BTreeSet<_> = targets.iter().map(|t| t.board().triple).collect();
            let absent = |triple: &&str| !sysroot.join("lib/rustlib").join(triple).is_dir();
            missing.extend(triples.into_iter().filter(absent).map(library));
        }
    }
    let emulators: BTreeMap<_, _> = (targets.iter().map(|target| target.board().family.qemu))
        .map(|qemu| (qemu.program, qemu))
        .collect();
    let absent = |qemu: &Qemu| !on_path(qemu.program);
    missing.extend(emulators.into_values().filter(absent).map(packages::qemu));
    missing
}

/// An error that lists what to run, unless nothing is missing.
pub fn ensure(targets: &[Target]) -> Result<()> {
    let missing = missing(targets);
    if missing.is_empty() {
        return Ok(());
    }
    let tools: Vec<_> = missing.iter().map(|missing| &*missing.tool).collect();
    let steps: Vec<_> = missing.iter().flat_map(Missing::steps).collect();
    Err(Error::input(
        "missing tools",
        format!(
            "{}; run `nice-flow setup`, or\n    {}",
            tools.join(", "),
            steps.join("\n    ")
        ),
    ))
}

/// Installs what is missing; prints each command before it runs.
pub fn install(targets: &[Target], say: &dyn Fn(&str)) -> Result<()> {
    for missing in missing(targets) {
        say(&format!("{} is missing, installing it:", missing.tool));
        for step in missing.steps() {
            say(&format!("    {step}"));
        }
        missing.commands.iter().try_for_each(|step| run(step))?;
    }
    ensure(targets)
}

impl Missing {
    /// The commands to type, or what to do by hand.
    pub fn steps(&self) -> Vec<String> {
        match &*self.commands {
            [] => vec![self.advice.to_string()],
            commands => commands.iter().map(|command| command.join(" ")).collect(),
        }
    }
}

/// Rust's `core` for one target triple; installed by rustup if it is there.
fn library(triple: &str) -> Missing {
    let command = ["rustup", "target", "add", triple].map(String::from);
    Missing {
        tool: format!("Rust's target {triple}"),
        commands: if on_path("rustup") {
            vec![command.to_vec()]
        } else {
            Vec::new()
        },
        advice: "install Rust from https://rustup.rs: this one has no rustup to add targets",
    }
}

fn run(command: &[String]) -> Result<()> {
    let (program, arguments) = command.split_first().expect("a command names its program");
    let status = Command::new(program)
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        // Standard output is reserved for the result of the command.
        .stdout(std::io::stderr())
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Error::input(command.join(" "), status)),
        Err(error) => Err(Error::input(command.join(" "), error)),
    }
}

/// The version of the Rust compiler, such as `1.95.0`; empty if there is none.
pub fn rustc_version() -> String {
    let output = Command::new("rustc").arg("--version").output();
    let text = output.map_or_else(|_| vec![], |output| output.stdout);
    let text = String::from_utf8_lossy(&text);
    text.split_whitespace()
        .nth(1)
        .unwrap_or_default()
        .to_string()
}

/// The folder in which the compiler keeps its libraries.
fn sysroot() -> Option<PathBuf> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(["--print", "sysroot"])
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let path = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| path.trim().into())
}

/// Whether a program with this name is on the path.
pub(crate) fn on_path(program: &str) -> bool {
    let file = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    let is_there = |folder: &Path| folder.join(&file).is_file();
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| is_there(&folder)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_target_comes_with_its_command() {
        let missing = library("thumbv6m-none-eabi");
        let expected = if on_path("rustup") {
            "rustup target add thumbv6m-none-eabi"
        } else {
            missing.advice
        };
        assert_eq!(missing.steps(), [expected]);
    }

    #[test]
    fn a_command_that_fails_is_an_error_that_names_it() {
        let command = ["rustc", "--no-such-option"].map(String::from);
        let message = run(&command).unwrap_err().to_string();
        assert!(message.starts_with("rustc --no-such-option: "), "{message}");
    }
}
