//! The command line. `verb` has one file a verb; the files beside it are what several of them use.
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

mod choice;
mod counts;
mod files;
mod progress;
mod rows;
mod source;
mod summary;
mod verb;

use clap::Parser;
use nice_flow_codegen::text::for_terminal;
use nice_flow_codegen::{Error, Result};
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
        self.verb.files()?.check()?;
        self.verb.run(self.json)
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
