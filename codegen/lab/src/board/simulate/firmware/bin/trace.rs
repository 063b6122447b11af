//! Scores the first row of a file on the host, then runs the parts of the model one after another, each between the
//! markers of `machine.rs`. The host finds them in the log in which QEMU lists every instruction.
#![no_std]
#![no_main]

#[path = "../files.rs"]
mod files;
#[path = "../parts.rs"]
mod parts;

use core::hint::black_box;
use files::File;
use firmware::machine::{begin, end, entry};
use firmware::{Element, ROWS, exit, model::D, score};
use nalgebra::SVector;

#[entry]
fn main() -> ! {
    exit(run())
}

/// `None` if there is no row.
fn run() -> Option<()> {
    let mut rows = [SVector::<Element, D>::zeros()];
    if File::open(ROWS)?.read(&mut rows)? < rows.len() {
        return None;
    }
    let [x] = black_box(rows);
    black_box(marked(|| score(&x)));
    let mut state = parts::enter(&x);
    for part in black_box(parts::PARTS) {
        let state = black_box(&mut state);
        marked(|| part(&x, state));
    }
    Some(())
}

/// Runs `f` between the markers.
#[inline(always)]
fn marked<R>(f: impl FnOnce() -> R) -> R {
    begin();
    let result = f();
    end();
    result
}

firmware::fail_on_fault!();
