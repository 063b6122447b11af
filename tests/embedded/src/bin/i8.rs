//! The smallest firmware that scores in integers: linked for what is in it, never run.
#![no_std]
#![no_main]

use core::hint::black_box;
use firmware::machine::{entry, rest};
use firmware::{model::D, score_i8};
use nalgebra::SVector;

#[entry]
fn main() -> ! {
    let x = black_box(core::ptr::dangling::<SVector<f32, D>>());
    // SAFETY: never run; an input at an address made up costs no bytes of its own.
    black_box(score_i8(unsafe { &*x }));
    rest()
}
