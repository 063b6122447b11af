//! The command line: one file a verb.
//!
//! Results go to standard output, as text for people or with `--json` as one object; notes and progress go to
//! standard error. Exit status 0: done; 1: the check that was asked for failed; 2: bad usage or input.

/// Prints a line to standard output, or leaves the function with the error.
macro_rules! say {
    ($($text:tt)*) => { $crate::say_line(format_args!($($text)*))? };
}

/// Writes a line to standard error, if that can be written to.
macro_rules! note {
    ($($text:tt)*) => { $crate::tell(format_args!($($text)*)) };
}

mod bench;
mod calibrate;
mod choice;
mod counts;
mod files;
mod generate;
mod import;
mod inspect;
mod progress;
mod report;
mod rows;
mod sample;
mod score;
mod setup;
mod simulate;
mod source;
mod summary;
mod train;
mod verify;

use clap::{Parser, Subcommand};
use files::Files;
use nice_flow_codegen::text::for_terminal;
use nice_flow_codegen::{Error, Result};
use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

/// Exact-likelihood anomaly detection on microcontrollers: pretrained normalizing flows as Rust const arrays.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    verb: Verb,

    /// Print one JSON object to standard output.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Turn another library's checkpoint into a model file.
    Import(import::Args),
    /// Train a model on the normal rows of a CSV.
    Train(train::Args),
    /// Show what a model is made of and what it costs.
    Inspect(inspect::Args),
    /// Give a model a threshold with a guaranteed false-alarm rate.
    Calibrate(calibrate::Args),
    /// Write the Rust module of a model.
    Generate(generate::Args),
    /// Score the rows of a CSV on this machine.
    Score(score::Args),
    /// Score the rows of a CSV with the generated module on an emulated board.
    ///
    /// The board is QEMU's, and reads and writes its files by semihosting. QEMU switches single calls of that not off:
    /// firmware that asks for it opens any file that you may open, and SYS_SYSTEM starts a program; the latter is stopped
    /// by QEMU's own sandbox where it has one, on Linux. What a model file brings cannot ask: its module is compiled with
    /// unsafe code forbidden, without which no such call is made.
    ///
    /// QEMU and cargo are given up after 120 s without a sign of life, or as many as NICE_FLOW_PATIENCE says.
    Simulate(simulate::Args),
    /// Count what a score costs on emulated boards: instructions, flash, RAM.
    Bench(bench::Args),
    /// Write a page about a model and the rows it scored.
    Report(report::Args),
    /// Draw rows from a model.
    Sample(sample::Args),
    /// Measure what generation cost in nats.
    Verify(verify::Args),
    /// Install what simulation needs.
    Setup(setup::Args),
}

impl Cli {
    /// Does what the command line says.
    pub fn start() -> ExitCode {
        let cli = match Self::try_parse() {
            Ok(cli) => cli,
            // The names of files are among the arguments.
            Err(error) if error.use_stderr() => {
                tell(format_args!("{}", error.render().to_string().trim_end()));
                return ExitCode::from(2);
            }
            Err(help) => help.exit(),
        };
        match cli.run() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                note!("error: {error}");
                ExitCode::from(error.exit_code())
            }
        }
    }

    /// Does what the arguments say.
    pub fn run(&self) -> Result<()> {
        self.files()?.check()?;
        match &self.verb {
            Verb::Import(args) => args.run(self.json),
            Verb::Train(args) => args.run(self.json),
            Verb::Inspect(args) => args.run(self.json),
            Verb::Calibrate(args) => args.run(self.json),
            Verb::Generate(args) => args.run(self.json),
            Verb::Score(args) => args.run(self.json),
            Verb::Simulate(args) => args.run(self.json),
            Verb::Bench(args) => args.run(self.json),
            Verb::Report(args) => args.run(self.json),
            Verb::Sample(args) => args.run(self.json),
            Verb::Verify(args) => args.run(self.json),
            Verb::Setup(args) => args.run(self.json),
        }
    }
}

impl Cli {
    /// What the verb reads and writes.
    fn files(&self) -> Result<Files> {
        match &self.verb {
            Verb::Import(args) => args.files(),
            Verb::Train(args) => Ok(args.files()),
            Verb::Calibrate(args) => args.files(),
            Verb::Generate(args) => Ok(args.files()),
            Verb::Score(args) => Ok(args.files()),
            Verb::Simulate(args) => Ok(args.files()),
            Verb::Bench(args) => Ok(args.files()),
            Verb::Report(args) => Ok(args.files()),
            Verb::Sample(args) => Ok(args.files()),
            // These write nothing.
            Verb::Inspect(_) | Verb::Verify(_) | Verb::Setup(_) => Ok(Files::default()),
        }
    }
}

/// Where nobody reads what is told besides, there is nobody to tell.
fn tell(line: Arguments) {
    let _ = writeln!(io::stderr(), "{}", for_terminal(&line.to_string()));
}

/// A reader that has gone, as `head` does, is no error; a full disk is.
fn say_line(line: Arguments) -> Result<()> {
    match writeln!(io::stdout(), "{}", for_terminal(&line.to_string())) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Error::input(
            "standard output",
            format!("cannot write: {error}"),
        )),
        _ => Ok(()),
    }
}
