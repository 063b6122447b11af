//! Samples in an interrupt, verdicts in a task that it wakes: Embassy's executor runs others beside it.

#![no_std]
#![no_main]

use core::cell::Cell;
use cortex_m::Peripherals;
use cortex_m_rt::exception;
use critical_section::Mutex;
use embassy_executor::Spawner;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::signal::Signal;
use motor::{Imu, Queue, Sampler, Watch, board};
use panic_semihosting as _;

/// Of the MPS2+, what drives core and system timer.
const CLOCK_HZ: u32 = 25_000_000;

/// On its way from `main` to the interrupt.
static SAMPLER: Mutex<Cell<Option<Sampler>>> = Mutex::new(Cell::new(None));
/// That there is a sample more.
static SAMPLED: Signal<CriticalSectionRawMutex, ()> = Signal::new();

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    let queue = cortex_m::singleton!(: Queue = Queue::new()).expect("this runs once");
    let mut peripherals = Peripherals::take().expect("this runs once");

    let (producer, consumer) = queue.split();
    critical_section::with(|token| {
        let sampler = Sampler::new(Imu::new(), producer);
        SAMPLER.borrow(token).set(Some(sampler));
    });
    board::start_timer(&mut peripherals.SYST, CLOCK_HZ);
    let mut watch = Watch::new(consumer);
    loop {
        SAMPLED.wait().await;
        board::report(&mut watch);
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
        SAMPLED.signal(());
    }
}
