//! The smallest firmware that judges by an ensemble: linked for what is in it, never run. `causes.rs` also asks why.
#![no_std]
#![no_main]

#[path = "../judged.rs"]
#[allow(unused_imports)]
mod judged;

use firmware::machine::{entry, rest};

#[entry]
fn main() -> ! {
    judged::judged();
    rest()
}
