//! The command line. In `verb` each file is a verb; the files beside it are shared by several verbs.
//!
//! Results go to standard output, as text or, with `--json`, as one object; notes and progress go to standard error. Where `-o -` asks
//! for a file's text on standard output, all else goes to standard error.
//! Exit status 0: success; 1: a requested check failed; 2: bad usage or input.

/// Prints a line to standard output; returns from the function if that fails.
macro_rules! say {
    ($($text:tt)*) => { $crate::say_line(format_args!($($text)*))? };
}

/// Writes a line to standard error; failures are ignored.
macro_rules! note {
    ($($text:tt)*) => { $crate::tell(format_args!($($text)*)) };
}

mod blob;
mod choice;
mod counts;
mod files;
mod front;
mod level;
mod progress;
mod rows;
mod said;
mod sign;
mod sink;
mod source;
mod summary;
mod unlike;
mod verb;
mod why;

pub use sign::sign;

use clap::{CommandFactory, FromArgMatches, Parser};
use nice_flow_codegen::text::for_terminal;
use nice_flow_codegen::{Error, Result};
use said::Said;
use std::ffi::OsString;
use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;
use verb::Verb;

/// Exact-likelihood anomaly detection on microcontrollers: pretrained normalizing flows as Rust const arrays.
#[derive(Debug, Parser)]
#[command(name = "nice-flow", version, about, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    verb: Verb,

    /// Print one JSON object to standard output.
    #[arg(long, global = true)]
    json: bool,

    #[arg(skip)]
    said: Said,
}

impl Cli {
    /// Parses the command line and runs it.
    pub fn start() -> ExitCode {
        ExitCode::from(Self::status(std::env::args_os()))
    }

    /// Parses arguments, the first of which is the name of the command, and runs it; returns the exit status.
    pub fn status(arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> u8 {
        let cli = match Self::of(arguments) {
            Ok(cli) => cli,
            // The message contains arguments, which may be names of files, so it is escaped for the terminal.
            Err(error) if error.use_stderr() => {
                tell(format_args!("{}", error.render().to_string().trim_end()));
                return 2;
            }
            Err(help) => {
                return match help.print() {
                    // A reader who has closed the pipe has read enough.
                    Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                        note!("error: standard output: cannot write: {error}");
                        2
                    }
                    _ => 0,
                };
            }
        };
        match cli.run() {
            Ok(()) => 0,
            Err(error) => {
                note!("error: {error}");
                error.exit_code()
            }
        }
    }

    /// Parses arguments, the first of which is the name of the command.
    pub fn of(
        arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    ) -> std::result::Result<Self, clap::Error> {
        let mut command = Self::command();
        let mut matches = command.try_get_matches_from_mut(arguments)?;
        let said = Said::of(&command, &matches);
        let cli = Self::from_arg_matches_mut(&mut matches);
        let cli = cli.map_err(|error| error.format(&mut command))?;
        Ok(Self { said, ..cli })
    }

    /// Runs the verb that was parsed.
    pub fn run(&self) -> Result<()> {
        let files = self.verb.files()?;
        files.check(self.json)?;
        sink::take_standard(files.take_standard());
        self.verb.run(self.json, &self.said)
    }
}

/// Writes to standard error. If that is closed, nobody reads the message and it is dropped.
fn tell(line: Arguments) {
    let _ = writeln!(io::stderr(), "{}", for_terminal(&line.to_string()));
}

/// Writes to standard output, or to standard error if a result takes that. It is no error if the reader has closed the pipe, as `head` does; a full disk is one.
fn say_line(line: Arguments) -> Result<()> {
    if sink::is_standard_taken() {
        tell(line);
        return Ok(());
    }
    match writeln!(io::stdout(), "{}", for_terminal(&line.to_string())) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Error::input(
            "standard output",
            format!("cannot write: {error}"),
        )),
        _ => Ok(()),
    }
}
