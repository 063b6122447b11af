//! A model in flash and the call that scores one row with it.
#![no_std]

#[rustfmt::skip]
pub mod model;

use model::{D, MODEL};
use nalgebra::SVector;
use nice_flow::Density;

/// The bits of `−ln p(x)` in nats.
// One copy, the same in every binary, and of a known convention: it is called from assembly to be measured.
#[inline(never)]
pub extern "C" fn score(x: &SVector<f32, D>) -> u32 {
    MODEL.score(x).to_bits()
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    cortex_m::asm::udf()
}
