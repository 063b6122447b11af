//! The smallest firmware with a front end that scores. It is linked to measure its size, and never run.
#![no_std]
#![no_main]

#[path = "../front.rs"]
mod front;

use core::hint::black_box;
use firmware::machine::{entry, rest};
use firmware::score;
use front::{Step, push};

#[entry]
fn main() -> ! {
    black_box(firmware::origin::open());
    let step = black_box(core::ptr::dangling_mut::<Step>());
    // SAFETY: never run. The address is arbitrary, so that the front end takes no bytes.
    black_box(push(unsafe { &mut *step }));
    // SAFETY: as above.
    black_box(score(unsafe { &(*step).x }));
    rest()
}
