//! `verdict.rs`, and why: linked for what a cause adds, never run.
#![no_std]
#![no_main]

#[path = "../judged.rs"]
mod judged;

use core::hint::black_box;
use firmware::machine::{entry, rest};
use judged::{MODEL, THRESHOLD, USUAL, judged};
use nice_flow::Repair;

#[entry]
fn main() -> ! {
    for cause in Repair::new(&MODEL, THRESHOLD, &USUAL, judged()) {
        black_box(cause);
    }
    rest()
}
