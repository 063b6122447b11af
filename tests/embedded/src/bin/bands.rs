//! The smallest firmware with a front end: linked for what is in it, never run.
#![no_std]
#![no_main]

use core::hint::black_box;
use firmware as _;
use nice_flow::Collect;
use nice_flow::front::Bands;

#[cortex_m_rt::entry]
fn main() -> ! {
    let mut bands = Bands::<3, 0, 24>::new(256);
    loop {
        black_box(push(black_box(&mut bands), black_box(&[0; 3])));
    }
}

#[inline(never)]
fn push(bands: &mut Bands<3, 0, 24>, sample: &[i16; 3]) -> i32 {
    bands.push(*sample).map_or(0, |levels| levels[0])
}

#[cortex_m_rt::exception]
unsafe fn HardFault(_: &cortex_m_rt::ExceptionFrame) -> ! {
    loop {
        cortex_m::asm::nop();
    }
}
