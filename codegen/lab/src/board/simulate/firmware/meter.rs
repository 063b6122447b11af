//! Measures what one call takes, in the ticks of the board's clock, and its peak stack.

use super::clock::{Clock, empty_region, region};
use super::stack::Peak;

/// Measures with the running clock and the painted stack.
pub struct Meter {
    clock: Clock,
    peak: Peak,
}

impl Meter {
    /// Starts the clock; `None` if it runs already.
    pub fn new() -> Option<Self> {
        let clock = Clock::start()?;
        let peak = Peak::new();
        Some(Self { clock, peak })
    }

    /// The ticks of an empty measurement.
    pub fn nothing(&mut self) -> u32 {
        self.clock.reset();
        let (_, counter) = empty_region(core::ptr::null(), core::ptr::null());
        self.clock.ticks(counter)
    }

    /// Scores one row; returns the bits of the score, the ticks and the peak bytes of stack.
    #[inline(never)]
    pub fn score<X>(&mut self, score: extern "C" fn(&X) -> u32, x: &X) -> [u32; 3] {
        loop {
            self.peak.paint();
            self.clock.reset();
            let (bits, counter) = region((&raw const *x).cast(), score as *const ());
            let stack = self.peak.scan();
            let ticks = self.clock.ticks(counter);
            if let Some(stack) = stack {
                return [bits, ticks, stack];
            }
        }
    }

    /// Makes a call that changes what it is given; returns what that returns and the ticks. It cannot be repeated, so that its
    /// stack is not measured.
    // Firmware for rows has no use for it.
    #[allow(dead_code)]
    #[inline(never)]
    pub fn once<X>(&mut self, call: extern "C" fn(&mut X) -> u32, x: &mut X) -> [u32; 2] {
        self.clock.reset();
        let (r0, counter) = region((&raw const *x).cast(), call as *const ());
        [r0, self.clock.ticks(counter)]
    }
}
