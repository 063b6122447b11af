//! The smallest firmware that scores. It is linked to measure its size, and never run.
#![no_std]
#![no_main]

use core::hint::black_box;
use firmware::machine::{entry, rest};
use firmware::{Element, model::D, score};
use nalgebra::SVector;

#[entry]
fn main() -> ! {
    black_box(firmware::origin::open());
    let x = black_box(core::ptr::dangling::<SVector<Element, D>>());
    // SAFETY: never run. The address of the input is arbitrary, so that the input takes no bytes.
    black_box(score(unsafe { &*x }));
    rest()
}
