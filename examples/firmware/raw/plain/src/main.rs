//! Samples in an interrupt, verdicts in a loop: no more than `cortex-m-rt`.

#![no_std]
#![no_main]

use core::cell::Cell;
use cortex_m::Peripherals;
use cortex_m_rt::{entry, exception};
use critical_section::Mutex;
use motor::{Imu, Queue, Sampler, Watch, board};
use panic_semihosting as _;

/// Of the MPS2+, what drives core and system timer.
const CLOCK_HZ: u32 = 25_000_000;

/// On its way from `main` to the interrupt.
static SAMPLER: Mutex<Cell<Option<Sampler>>> = Mutex::new(Cell::new(None));

#[entry]
fn main() -> ! {
    static mut QUEUE: Queue = Queue::new();
    let mut peripherals = Peripherals::take().expect("this runs once");

    let (producer, consumer) = QUEUE.split();
    critical_section::with(|token| {
        let sampler = Sampler::new(Imu::new(), producer);
        SAMPLER.borrow(token).set(Some(sampler));
    });
    board::start_timer(&mut peripherals.SYST, CLOCK_HZ);
    let mut watch = Watch::new(consumer);
    loop {
        board::report(&mut watch);
        cortex_m::asm::wfi();
    }
}

/// Once a sample.
#[exception]
fn SysTick() {
    static mut HERE: Option<Sampler> = None;

    if HERE.is_none() {
        *HERE = critical_section::with(|token| SAMPLER.borrow(token).take());
    }
    if let Some(sampler) = HERE {
        sampler.tick();
    }
}
