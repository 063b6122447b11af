//! `causes.rs` with each step called as a function: linked for its size, never run.
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
    let mut repair = Repair::new(&MODEL, THRESHOLD, &USUAL, judged());
    while let Some(cause) = step(&mut repair) {
        black_box(cause);
    }
    rest()
}

#[inline(never)]
fn step<I: Iterator>(repair: &mut I) -> Option<I::Item> {
    repair.next()
}
