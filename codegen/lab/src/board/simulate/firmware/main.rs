//! Scores the rows of a file on the host, by semihosting, and measures every call.
//!
//! Input: `rows.@ELEMENT@`, with `D` little-endian `@ELEMENT@` per row. Output: `scores.bin`, with a first [`Record`]
//! that holds `D` and the ticks (or instructions) of an empty measurement, then one for each row.
#![no_std]
#![no_main]

mod clock;
mod files;
mod meter;
mod stack;
mod stream;

use files::File;
use firmware::machine::entry;
use firmware::model::{D, Model};
use firmware::{Element, Nats, ROWS, exit, score};
use meter::Meter;
use nalgebra::SVector;
use nice_flow::Density;
use stream::Stream;

/// Rows read in one system call.
const BATCH: usize = 64;

/// `size_of::<Model>()`; the host reads it from the ELF file.
#[used]
#[unsafe(no_mangle)]
static MODEL_BYTES: usize = size_of::<Model>();

/// The number type of the model's scores.
type Score = <Model as Density<Element, D>>::Nats;

/// The bits of the score (or `D`), the ticks or instructions between the markers, the peak bytes of stack.
type Record = [u32; 3];

/// The record of a row that is ignored. A score takes ticks.
const IGNORED: Record = [0; 3];

#[entry]
fn main() -> ! {
    exit(run())
}

/// `None` if a file cannot be opened, read or written, if there is no model, or if the module's detector gives another
/// score.
fn run() -> Option<()> {
    firmware::origin::open()?;
    let mut meter = Meter::new()?;
    let mut input = File::open(ROWS)?;
    let mut output = File::create(c"scores.bin")?;
    let head: Record = [D as u32, meter.nothing(), 0];
    output.write(&[head])?;

    let mut stream = Stream::new();
    let mut rows = [SVector::<Element, D>::zeros(); BATCH];
    loop {
        let count = input.read(&mut rows)?;
        for x in rows.get(..count)? {
            let scored = stream.push(x).map(|taken| {
                let [bits, ticks, stack] = meter.score(score, &taken);
                [Score::canonical(bits), ticks, stack]
            });
            stream.learn(x, scored.map(|[bits, ..]| bits))?;
            output.write(&[scored.unwrap_or(IGNORED)])?;
        }
        if count < BATCH {
            return Some(());
        }
    }
}

firmware::fail_on_fault!();
