//! The network of the measurements, and the call that scores one row with it.
#![no_std]

#[path = "../../models/network.rs"]
pub mod model;

use model::{D, MODEL};
use nalgebra::SVector;
use nice_flow::Density;

/// `−ln p(x)` in nats.
#[inline(never)]
pub extern "C" fn score(x: &SVector<f32, D>) -> f32 {
    MODEL.score(x)
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    cortex_m::asm::udf()
}
