//! Samples in an interrupt, verdicts in the idle task: RTIC hands each its end of the queue.

#![no_std]
#![no_main]

use panic_semihosting as _;

#[rtic::app(device = lm3s6965)]
mod app {
    use motor::{Imu, Queue, Sampler, Watch, board};

    /// Of the LM3S6965 after a reset.
    const CLOCK_HZ: u32 = 12_000_000;

    #[shared]
    struct Shared {}

    #[local]
    struct Local {
        sampler: Sampler,
        watch: Watch,
    }

    #[init(local = [queue: Queue = Queue::new()])]
    fn init(mut init: init::Context) -> (Shared, Local) {
        let (producer, consumer) = init.local.queue.split();
        board::start_timer(&mut init.core.SYST, CLOCK_HZ);
        let local = Local {
            sampler: Sampler::new(Imu::new(), producer),
            watch: Watch::new(consumer),
        };
        (Shared {}, local)
    }

    /// Once a sample.
    #[task(binds = SysTick, local = [sampler])]
    fn sample(sample: sample::Context) {
        sample.local.sampler.tick();
    }

    #[idle(local = [watch])]
    fn idle(idle: idle::Context) -> ! {
        loop {
            board::report(idle.local.watch);
            cortex_m::asm::wfi();
        }
    }
}
