//! The verbs. Each has a file here, and a line in each list below.

mod bench;
mod calibrate;
mod export;
mod features;
mod generate;
mod import;
mod inspect;
mod record;
mod report;
mod sample;
mod score;
mod setup;
mod simulate;
mod train;
mod verify;

use crate::files::Files;
use crate::said::Said;
use clap::Subcommand;
use nice_flow_codegen::Result;

/// The verbs of the command.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Turn another library's checkpoint into a model file.
    Import(import::Args),
    /// Train a model on the normal rows of a CSV.
    Train(Box<train::Args>),
    /// Compute what a board's front end makes of raw signals, to train elsewhere.
    Features(features::Args),
    /// Show what a model is made of and what it costs, or what a blob is.
    Inspect(inspect::Args),
    /// Give a model a threshold with a guaranteed false-alarm rate.
    Calibrate(calibrate::Args),
    /// Write the Rust module of a model.
    Generate(generate::Args),
    /// Write a model as an ONNX file, for gateways and servers.
    Export(export::Args),
    /// Score the rows of a CSV on this machine.
    Score(score::Args),
    /// Score the rows of a CSV with the generated module on an emulated board.
    ///
    /// The board is emulated by QEMU, and reads and writes its files by semihosting. QEMU cannot restrict semihosting
    /// to these calls: firmware can use it to open any file that you may open, and to start programs with SYS_SYSTEM.
    /// QEMU's sandbox prevents the latter where there is one, on Linux. A model file cannot make use of this: its
    /// module is compiled with unsafe code forbidden, and semihosting calls need unsafe code.
    ///
    /// QEMU and cargo are ended after 120 s without progress; the environment variable NICE_FLOW_PATIENCE changes the
    /// number of seconds.
    Simulate(simulate::Args),
    /// Measure what a score costs on emulated boards: instructions, flash, RAM.
    Bench(bench::Args),
    /// Write an HTML page about a model and the rows that it scored.
    Report(report::Args),
    /// Show what a board sent of the minutes round an alarm, and which inputs are to blame.
    Record(record::Args),
    /// Draw rows from a model.
    Sample(sample::Args),
    /// Measure how far the generated module's scores are from the reference, in nats.
    Verify(verify::Args),
    /// Install the tools that simulation needs.
    Setup(setup::Args),
}

impl Verb {
    /// Runs the verb.
    pub fn run(&self, json: bool, said: &Said) -> Result<()> {
        match self {
            Self::Import(args) => args.run(json, said),
            Self::Train(args) => args.run(json, said),
            Self::Features(args) => args.run(json),
            Self::Inspect(args) => args.run(json),
            Self::Calibrate(args) => args.run(json, said),
            Self::Generate(args) => args.run(json, said),
            Self::Export(args) => args.run(json),
            Self::Score(args) => args.run(json),
            Self::Simulate(args) => args.run(json),
            Self::Bench(args) => args.run(json),
            Self::Report(args) => args.run(json),
            Self::Record(args) => args.run(json),
            Self::Sample(args) => args.run(json),
            Self::Verify(args) => args.run(json),
            Self::Setup(args) => args.run(json),
        }
    }

    /// The files that the verb reads and writes.
    pub fn files(&self) -> Result<Files> {
        match self {
            Self::Import(args) => args.files(),
            Self::Train(args) => Ok(args.files()),
            Self::Features(args) => Ok(args.files()),
            Self::Calibrate(args) => args.files(),
            Self::Generate(args) => Ok(args.files()),
            Self::Export(args) => Ok(args.files()),
            Self::Score(args) => Ok(args.files()),
            Self::Simulate(args) => Ok(args.files()),
            Self::Bench(args) => Ok(args.files()),
            Self::Report(args) => Ok(args.files()),
            Self::Record(args) => Ok(args.files()),
            Self::Sample(args) => Ok(args.files()),
            // These verbs write no files.
            Self::Inspect(_) | Self::Verify(_) | Self::Setup(_) => Ok(Files::default()),
        }
    }
}
