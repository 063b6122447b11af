//! A model in flash and the call that scores one row with it.
#![no_std]

// Written from a model file, whoever made that: data, and nothing that could leave Rust's rules.
#[forbid(unsafe_code)]
#[rustfmt::skip]
pub mod model;

use core::ffi::CStr;
use model::{D, MODEL};
use nalgebra::SVector;
use nice_flow::Density;
use nice_flow::fixed::Fixed;

/// An element of a row.
pub type Element = @ELEMENT@;

/// The file of rows.
pub const ROWS: &CStr = c"rows.@ELEMENT@";

/// The bits of `−ln p(x)` in nats.
// One copy, the same in every binary, and of a known convention: it is called from assembly to be measured.
#[inline(never)]
pub extern "C" fn score(x: &SVector<Element, D>) -> u32 {
    MODEL.score(x).bits()
}

/// A number type of scores.
pub trait Nats {
    /// As 32 bits.
    fn bits(self) -> u32;

    /// Bits that mean the same on every processor.
    fn canonical(bits: u32) -> u32;
}

impl Nats for f32 {
    fn bits(self) -> u32 {
        self.to_bits()
    }

    /// A NaN's sign and payload depend on the instruction that made it: one for all.
    fn canonical(bits: u32) -> u32 {
        if f32::from_bits(bits).is_nan() {
            0x7fc0_0000
        } else {
            bits
        }
    }
}

impl<const FRAC: u32> Nats for Fixed<FRAC> {
    fn bits(self) -> u32 {
        self.to_bits() as u32
    }

    fn canonical(bits: u32) -> u32 {
        bits
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    cortex_m::asm::udf()
}
