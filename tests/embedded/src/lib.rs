//! The network of the measurements in every type of numbers, and the calls that score one row with it.
#![no_std]

#[path = "../../models/integer.rs"]
pub mod integer;
#[path = "../../models/network.rs"]
pub mod model;
use model as network;

/// What the core has of its own, as simulations have it.
#[cfg_attr(
    target_arch = "arm",
    path = "../../../codegen/lab/src/board/simulate/firmware/cortex_m/machine.rs"
)]
#[cfg_attr(
    target_arch = "riscv32",
    path = "../../../codegen/lab/src/board/simulate/firmware/riscv/machine.rs"
)]
pub mod machine;
/// Prints a line on the host.
#[cfg(target_arch = "arm")]
pub use cortex_m_semihosting::hprintln;
/// Prints a line on the host.
#[cfg(target_arch = "riscv32")]
pub use semihosting::println as hprintln;

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
#[cfg(target_arch = "arm")]
const TICK: u64 = match u64::from_str_radix(env!("TICK"), 10) {
    Ok(tick) => tick,
    Err(_) => panic!("expected a number"),
};

/// The instructions that ticks stand for; `codegen/lab/src/board/simulate/record.rs` says how.
#[cfg(target_arch = "arm")]
pub fn instructions(ticks: u32) -> u64 {
    (u64::from(ticks) + 2) * TICK / 64_000 - u64::from(ticks >> 24) * 5
}

/// Ticks are instructions.
#[cfg(target_arch = "riscv32")]
pub fn instructions(ticks: u32) -> u64 {
    ticks.into()
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    machine::trap()
}
