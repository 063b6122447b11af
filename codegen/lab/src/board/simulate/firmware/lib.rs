//! A model in flash, and the function that scores one row with it.
#![no_std]

pub mod machine;
// The module is generated from a model file of any origin. It holds data only and cannot contain unsafe code.
#[forbid(unsafe_code)]
#[rustfmt::skip]
pub mod model;
pub mod origin;

use core::ffi::CStr;
pub use machine::exit;
use model::D;
use nalgebra::SVector;
use nice_flow::Density;
use nice_flow::fixed::Fixed;

/// The type of a row's elements.
pub type Element = @ELEMENT@;

/// The name of the file of rows.
pub const ROWS: &CStr = c"rows.@ELEMENT@";

/// The bits of `−ln p(x)` in nats.
// Not inlined, so that it is a single copy, the same in every binary, with C's calling convention: the measuring
// assembly calls it.
#[inline(never)]
pub extern "C" fn score(x: &SVector<Element, D>) -> u32 {
    origin::model().score(x).bits()
}

/// A number type of scores.
pub trait Nats {
    /// The score as 32 bits.
    fn bits(self) -> u32;

    /// Bits that are the same on every processor.
    fn canonical(bits: u32) -> u32;
}

impl Nats for f32 {
    fn bits(self) -> u32 {
        self.to_bits()
    }

    /// The sign and payload of a NaN depend on the instruction that produced it, so all NaNs get the same bits.
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
    machine::trap()
}
