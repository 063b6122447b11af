//! `causes.rs` with each step called as a function: linked for its size, never run.
#![no_std]
#![no_main]

#[path = "../../../models/members.rs"]
mod members;

use core::hint::black_box;
use firmware::machine::{entry, rest};
use firmware::model::D;
use firmware::{integer, model as network};
use members::{MODEL, THRESHOLD, USUAL};
use nalgebra::SVector;
use nice_flow::{Density, Repair};

#[entry]
fn main() -> ! {
    let x = black_box(core::ptr::dangling::<SVector<f32, D>>());
    // SAFETY: never run; an input at an address made up costs no bytes of its own.
    let x = unsafe { &*x };
    black_box(&USUAL);
    black_box(MODEL.score(x) > THRESHOLD);
    let mut repair = Repair::new(&MODEL, THRESHOLD, &USUAL, x);
    while let Some(cause) = step(&mut repair) {
        black_box(cause);
    }
    rest()
}

#[inline(never)]
fn step<I: Iterator>(repair: &mut I) -> Option<I::Item> {
    repair.next()
}
