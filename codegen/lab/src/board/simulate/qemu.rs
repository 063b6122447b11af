//! QEMU, watched.

use super::record;
use super::trace::Trace;
use crate::Target;
use crate::board::toolchain::QEMU;
use nice_flow_codegen::{Error, Result};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How often the file of records is looked at.
const GLANCE: Duration = Duration::from_millis(20);

/// The command line that ends with the ELF file: one instruction every 64 virtual nanoseconds.
pub fn command(target: Target) -> Vec<&'static str> {
    vec![
        QEMU,
        "-M",
        target.board().machine,
        "-display",
        "none",
        "-monitor",
        "none",
        "-serial",
        "none",
        "-icount",
        "shift=6",
        "-semihosting-config",
        "enable=on,target=native",
        "-kernel",
    ]
}

/// Runs `elf` in `folder`, which holds `rows.f32`; the bytes of `scores.bin`.
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
        .map_err(|error| Error::input(QEMU, error))?;
    let end = watch(&mut child, &scores, patience, progress);
    let said = std::fs::read_to_string(&log).unwrap_or_default();
    // After its first line come the registers.
    let said = said.lines().next().unwrap_or("");
    let failure = |message: String| Error::input(QEMU, format!("{target}: {message} {said}"));
    match end.map_err(|error| failure(error.to_string()))? {
        None => Err(failure(format!("no row in {} s", patience.as_secs()))),
        Some(status) if !status.success() => Err(failure(format!("the firmware failed, {status}"))),
        Some(_) => std::fs::read(&scores).map_err(|error| failure(error.to_string())),
    }
}

/// Runs `elf` in `folder`, which holds `rows.f32`; every instruction that it executes between markers.
pub fn trace(target: Target, elf: &Path, folder: &Path) -> Result<Trace> {
    let failure = |error: std::io::Error| Error::input(QEMU, format!("{target}: {error}"));
    let options = [one_instruction_a_block()?, &["-d", "in_asm,exec,nochain"]].concat();
    // The log goes to standard error.
    let mut child = start(target, &options, elf, folder, Stdio::piped()).map_err(failure)?;
    let log = child.stderr.take().map(BufReader::new);
    let trace = log.map(Trace::read).transpose();
    if trace.is_err() {
        child.kill().map_err(failure)?;
    }
    let status = child.wait().map_err(failure)?;
    let trace = trace.map_err(failure)?.unwrap_or_default();
    match status.success() {
        true => Ok(trace),
        false => Err(Error::input(
            QEMU,
            format!("{target}: the firmware failed, {status}"),
        )),
    }
}

/// The option's name changed with QEMU 8.1.
fn one_instruction_a_block() -> Result<&'static [&'static str]> {
    let help = Command::new(QEMU).arg("-help").output();
    let help = help.map_err(|error| Error::input(QEMU, error))?.stdout;
    let is_new = String::from_utf8_lossy(&help).contains("one-insn-per-tb");
    Ok(if is_new {
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
    Command::new(QEMU)
        .args(options)
        .args(&command(target)[1..])
        .arg(elf)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
}

/// Waits for the end; `None`, and the process killed, if `scores` does not grow for so long.
fn watch(
    child: &mut Child,
    scores: &Path,
    patience: Duration,
    progress: &dyn Fn(usize),
) -> std::io::Result<Option<ExitStatus>> {
    let (mut rows, mut since) = (0, Instant::now());
    loop {
        let status = child.try_wait()?;
        let done = record::rows(std::fs::metadata(scores).map_or(0, |file| file.len()));
        if done > rows {
            (rows, since) = (done, Instant::now());
            progress(rows);
        }
        if status.is_some() {
            return Ok(status);
        }
        if since.elapsed() > patience {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        sleep(GLANCE);
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_does_nothing_is_killed() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let start = Instant::now();
        let patience = Duration::from_millis(100);
        let end = watch(&mut child, Path::new("/nowhere"), patience, &|_| ());
        assert_eq!(end.unwrap(), None);
        assert!(start.elapsed() < Duration::from_secs(30));
    }
}
