//! The network of the measurements in every type of numbers, and the calls that score one row with it.
#![no_std]

#[path = "../../models/integer.rs"]
pub mod integer;
#[path = "../../models/network.rs"]
pub mod model;
use model as network;

/// Where the binaries that simulations share find the model: linked here.
#[path = "../../../codegen/lab/src/board/simulate/firmware/linked.rs"]
pub mod origin;

use model::{D, MODEL};
use nalgebra::SVector;
use nice_flow::Density;

/// An element of a row of [`score`].
pub type Element = f32;

/// The bits of `−ln p(x)` in nats.
#[inline(never)]
pub extern "C" fn score(x: &SVector<f32, D>) -> u32 {
    MODEL.score(x).to_bits()
}

/// [`score`] with weights of 8 bits.
#[inline(never)]
pub extern "C" fn score_i8(x: &SVector<f32, D>) -> u32 {
    integer::I8_OF_REALS.score(x).to_bits() as u32
}

/// [`score`] of raw counts with weights of 8 bits.
#[inline(never)]
pub extern "C" fn score_i8_of_counts(x: &SVector<i16, D>) -> u32 {
    integer::I8_OF_COUNTS.score(x).to_bits() as u32
}

/// [`score`] with weights of 16 bits.
#[inline(never)]
pub extern "C" fn score_i16(x: &SVector<f32, D>) -> u32 {
    integer::I16_OF_REALS.score(x).to_bits() as u32
}

/// [`score`] of raw counts with weights of 16 bits.
#[inline(never)]
pub extern "C" fn score_i16_of_counts(x: &SVector<i16, D>) -> u32 {
    integer::I16_OF_COUNTS.score(x).to_bits() as u32
}

/// Picoseconds from one SysTick to the next, from `build.rs`.
const TICK: u64 = match u64::from_str_radix(env!("TICK"), 10) {
    Ok(tick) => tick,
    Err(_) => panic!("expected a number"),
};

/// From ticks since SysTick was set to zero; `codegen/lab/src/board/simulate/record.rs` says how.
pub fn instructions(ticks: u32) -> u64 {
    (u64::from(ticks) + 2) * TICK / 64_000 - u64::from(ticks >> 24) * 5
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    cortex_m::asm::udf()
}
