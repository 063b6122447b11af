//! Runs QEMU under supervision.

use super::record;
use super::trace::Trace;
use super::watch::{given_up, patience, watch};
use crate::Target;
use crate::board::family::Qemu;
use nice_flow_codegen::{Error, Result};
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::channel;
use std::sync::{Arc, OnceLock};
use std::thread::spawn;
use std::time::Duration;

/// QEMU's command line, to be followed by the ELF file. Each instruction takes the same virtual time.
///
/// Semihosting gives privileged code access to the host's files, but no console. Where QEMU has a sandbox, it cannot
/// start programs.
pub fn command(target: Target) -> Vec<&'static str> {
    let board = target.board();
    let Qemu {
        program, options, ..
    } = board.family.qemu;
    let machine = ["-M", board.machine];
    [&[program], sandbox(program), &machine, options, &QUIET].concat()
}

/// Neither screen nor console, and the firmware's semihosting: `native`, since the host's files are accessed without a debugger. There
/// is no channel for printed output.
const QUIET: [&str; 9] = [
    "-display",
    "none",
    "-monitor",
    "none",
    "-serial",
    "none",
    "-semihosting-config",
    "enable=on,target=native,userspace=off",
    "-kernel",
];

/// Runs `elf` in `folder`, which holds `rows.f32`; returns the bytes of `scores.bin`.
pub fn run(
    target: Target,
    elf: &Path,
    folder: &Path,
    patience: Duration,
    progress: &dyn Fn(usize),
) -> Result<Vec<u8>> {
    let [scores, log] = ["scores.bin", "qemu.log"].map(|name| folder.join(name));
    let mut child = File::create(&log)
        .and_then(|log| start(target, &[], elf, folder, log.into()))
        .map_err(|error| Error::caused(program(target), error))?;
    let mut rows = 0;
    let end = watch(&mut child, patience, &mut || {
        let done = record::rows(std::fs::metadata(&scores).map_or(0, |file| file.len()));
        if done > rows {
            rows = done;
            progress(rows);
        }
        Some(rows as u64)
    });
    let said = std::fs::read_to_string(&log).unwrap_or_default();
    // The first line is the message; a dump of registers follows.
    let said = said.lines().next().unwrap_or("");
    let failure =
        |message: String| Error::input(program(target), format!("{target}: {message} {said}"));
    match end.map_err(|error| failure(error.to_string()))? {
        None => Err(failure(given_up("row", patience))),
        Some(status) if !status.success() => Err(failure(format!("the firmware failed, {status}"))),
        Some(_) => std::fs::read(&scores).map_err(|error| failure(error.to_string())),
    }
}

/// Runs `elf` in `folder`, which holds `rows.f32`; returns every instruction that it executes between markers.
pub fn trace(target: Target, elf: &Path, folder: &Path, patience: Duration) -> Result<Trace> {
    let failure = |message: String| Error::input(program(target), format!("{target}: {message}"));
    let options = [
        one_instruction_a_block(target)?,
        &["-d", "in_asm,exec,nochain"],
    ]
    .concat();
    // QEMU writes its log to standard error.
    let child = start(target, &options, elf, folder, Stdio::piped());
    let mut child = child.map_err(|error| failure(error.to_string()))?;
    let lines = Arc::new(AtomicU64::new(0));
    let (sender, receiver) = channel();
    if let Some(log) = child.stderr.take() {
        let lines = Arc::clone(&lines);
        let family = target.board().family;
        spawn(move || sender.send(Trace::read(BufReader::new(log), family, &lines)));
    }
    let mut trace = None;
    let end = watch(&mut child, patience, &mut || {
        trace = trace.take().or_else(|| receiver.try_recv().ok());
        // If the log cannot be parsed, the run is ended.
        let has_failed = matches!(trace, Some(Err(_)));
        (!has_failed).then(|| lines.load(Relaxed))
    });
    let end = end.map_err(|error| failure(error.to_string()))?;
    if end.is_some() && trace.is_none() {
        // Other processes may keep the log open after QEMU has ended.
        trace = receiver.recv_timeout(patience).ok();
    }
    match (trace, end) {
        (Some(Err(error)), _) => Err(failure(error.to_string())),
        (None, _) | (_, None) => Err(failure(given_up("instruction", patience))),
        (_, Some(status)) if !status.success() => {
            Err(failure(format!("the firmware failed, {status}")))
        }
        (Some(Ok(trace)), Some(_)) => Ok(trace),
    }
}

/// QEMU for a target.
fn program(target: Target) -> &'static str {
    target.board().family.qemu.program
}

/// The options that keep QEMU from starting programs, which semihosting would allow; empty if this QEMU has no sandbox.
fn sandbox(program: &str) -> &'static [&'static str] {
    const SPAWN_NOTHING: &[&str] = &[
        "-sandbox",
        "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
    ];
    static SANDBOX: OnceLock<bool> = OnceLock::new();
    let version = [SPAWN_NOTHING, &["-version"]].concat();
    // Every QEMU of a system is built alike.
    let is_there = || ask(program, &version).is_ok_and(|(done, _)| done);
    match *SANDBOX.get_or_init(is_there) {
        true => SPAWN_NOTHING,
        false => &[],
    }
}

/// Whether QEMU accepts options that only print something, and what it prints.
fn ask(program: &str, options: &[&str]) -> Result<(bool, String)> {
    let failure = |error: std::io::Error| Error::input(program, error);
    let patience = patience()?;
    let mut said = tempfile::tempfile().map_err(failure)?;
    let mut child = Command::new(program)
        .args(options)
        .stdin(Stdio::null())
        .stdout(said.try_clone().map_err(failure)?)
        .stderr(Stdio::null())
        .spawn()
        .map_err(failure)?;
    let end = watch(&mut child, patience, &mut || Some(0)).map_err(failure)?;
    let end = end.ok_or_else(|| Error::input(program, given_up("answer", patience)))?;
    let mut text = vec![];
    said.rewind().map_err(failure)?;
    said.take(MAX_ANSWER)
        .read_to_end(&mut text)
        .map_err(failure)?;
    Ok((end.success(), String::from_utf8_lossy(&text).into_owned()))
}

/// The most output that is read of QEMU's help, which is about 50 kB long.
const MAX_ANSWER: u64 = 1 << 24;

/// The option for one instruction per block, which was renamed in QEMU 8.1.
fn one_instruction_a_block(target: Target) -> Result<&'static [&'static str]> {
    let (_, help) = ask(program(target), &["-help"])?;
    Ok(if help.contains("one-insn-per-tb") {
        &["-accel", "tcg,one-insn-per-tb=on"]
    } else {
        &["-singlestep"]
    })
}

fn start(
    target: Target,
    options: &[&str],
    elf: &Path,
    folder: &Path,
    log: Stdio,
) -> std::io::Result<Child> {
    let line = command(target);
    Command::new(line[0])
        .args(options)
        .args(&line[1..])
        .arg(elf)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
}
