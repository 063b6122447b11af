//! A detector in 16 KB of flash and 2 KB of RAM (`build.rs`), which a Cortex-M0 runs.
//!
//! To its standard output go, little-endian, for each window the bits of the score and the verdict, and last the
//! bytes of RAM below which nothing was written: those of the stack.
#![no_std]
#![no_main]

#[path = "../../../models/small.rs"]
#[allow(dead_code)]
mod small;
#[path = "../../../../codegen/lab/src/board/simulate/firmware/stack.rs"]
mod stack;

use cortex_m_semihosting::{debug, hio};
use firmware::integer;
use nice_flow::Detector;
use small::{CHANNELS, D, MODEL, Model, SAMPLES, THRESHOLD, sample};
use stack::Peak;

unsafe extern "C" {
    /// The end of RAM, where the stack begins; from the linker script.
    static _stack_start: u32;
}

#[cortex_m_rt::entry]
fn main() -> ! {
    let mut peak = Peak::new();
    peak.paint();
    let watched = watch();
    let own = (&raw const _stack_start) as u32 - cortex_m::register::msp::read();
    let bytes = peak.scan().map(|below| own + below);
    let told = bytes.and_then(|bytes| tell(&[bytes]));
    debug::exit(if watched.is_some() && told.is_some() {
        debug::EXIT_SUCCESS
    } else {
        debug::EXIT_FAILURE
    });
    loop {
        cortex_m::asm::nop();
    }
}

/// Judges every window of a run; `None` if it cannot tell.
#[inline(never)]
fn watch() -> Option<()> {
    let mut detector = Detector::<Model, i16, CHANNELS, D>::new(&MODEL, THRESHOLD);
    for i in 0..SAMPLES {
        if let Some(verdict) = detector.push(sample(i)) {
            tell(&[verdict.score.to_bits() as u32, u32::from(verdict.anomalous)])?;
        }
    }
    Some(())
}

fn tell(words: &[u32]) -> Option<()> {
    let mut output = hio::hstdout().ok()?;
    words
        .iter()
        .try_for_each(|word| output.write_all(&word.to_le_bytes()).ok())
}

#[cortex_m_rt::exception]
unsafe fn HardFault(_: &cortex_m_rt::ExceptionFrame) -> ! {
    debug::exit(debug::EXIT_FAILURE);
    loop {
        cortex_m::asm::nop();
    }
}
