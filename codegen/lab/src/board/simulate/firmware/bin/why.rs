//! Says of every row of a file on the host which inputs make it anomalous, as the module's detector does.
//!
//! Input: `rows.@ELEMENT@`. Output: `scores.bin`, with a first record that holds `D`, then @MOST@ for each row: the input, the bits of
//! its usual value and those of the score that is left. Where there are fewer causes, the input is 2³² − 1.
#![no_std]
#![no_main]

#[path = "../files.rs"]
mod files;

use files::File;
use firmware::machine::entry;
use firmware::model::{D, MODEL, THRESHOLD, USUAL};
use firmware::{Element, Nats, ROWS, exit};
use nalgebra::SVector;
use nice_flow::Repair;

#[entry]
fn main() -> ! {
    exit(run())
}

/// `None` if a file cannot be opened, read or written.
fn run() -> Option<()> {
    let mut input = File::open(ROWS)?;
    let mut output = File::create(c"scores.bin")?;
    output.write(&[[D as u32, 0, 0]])?;
    let mut rows = [SVector::<Element, D>::zeros()];
    while input.read(&mut rows)? == rows.len() {
        let [x] = &rows;
        let mut records = [[u32::MAX, 0, 0]; @MOST@];
        let causes = Repair::new(&MODEL, THRESHOLD, &USUAL, x);
        for (record, cause) in records.iter_mut().zip(causes) {
            let usual = u32::from_le_bytes(cause.usual.to_le_bytes());
            *record = [cause.input as u32, usual, cause.score.bits()];
        }
        output.write(&records)?;
    }
    Some(())
}

firmware::fail_on_fault!();
