//! The command line. In `verb` each file is a verb; the files beside it are shared by several verbs.
//!
//! Results go to standard output, as text or, with `--json`, as one object; notes and progress go to standard error.
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
mod sign;
mod source;
mod summary;
mod unlike;
mod verb;
mod why;

pub use sign::sign;

use clap::Parser;
use nice_flow_codegen::text::for_terminal;
use nice_flow_codegen::{Error, Result};
use std::ffi::OsString;
use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;
use verb::Verb;

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

impl Cli {
    /// Parses the command line and runs it.
    pub fn start() -> ExitCode {
        ExitCode::from(Self::status(std::env::args_os()))
    }

    /// Parses arguments, the first of which is the name of the command, and runs it; returns the exit status.
    pub fn status(arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> u8 {
        let cli = match Self::try_parse_from(arguments) {
            Ok(cli) => cli,
            // The message contains arguments, which may be names of files, so it is escaped for the terminal.
            Err(error) if error.use_stderr() => {
                tell(format_args!("{}", error.render().to_string().trim_end()));
                return 2;
            }
            Err(help) => {
                // A reader who has closed the pipe has read enough.
                let _ = help.print();
                return 0;
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

    /// Runs the verb that was parsed.
    pub fn run(&self) -> Result<()> {
        self.verb.files()?.check()?;
        self.verb.run(self.json)
    }
}

/// Writes to standard error. If that is closed, nobody reads the message and it is dropped.
fn tell(line: Arguments) {
    let _ = writeln!(io::stderr(), "{}", for_terminal(&line.to_string()));
}

/// Writes to standard output. It is no error if the reader has closed the pipe, as `head` does; a full disk is one.
fn say_line(line: Arguments) -> Result<()> {
    match writeln!(io::stdout(), "{}", for_terminal(&line.to_string())) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Error::input(
            "standard output",
            format!("cannot write: {error}"),
        )),
        _ => Ok(()),
    }
}
