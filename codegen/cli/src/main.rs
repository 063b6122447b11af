//! The command `nice-flow`.

use nice_flow_cli::Cli;
use std::process::ExitCode;

fn main() -> ExitCode {
    Cli::start()
}
