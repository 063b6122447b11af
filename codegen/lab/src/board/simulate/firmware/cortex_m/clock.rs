//! Counts the instructions of one call with SysTick.
//!
//! Under `qemu -icount shift=6` each instruction takes 64 virtual nanoseconds. SysTick counts at the board's clock, so
//! its ticks give the number of instructions. On silicon they are cycles.

use core::arch::{asm, global_asm};
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};
use cortex_m::peripheral::{Peripherals, SCB, SYST, syst::SystClkSource};

/// The value from which SysTick counts down.
const RELOAD: u32 = 0xff_ffff;

/// The number of times that SysTick passed zero while measuring.
#[unsafe(no_mangle)]
static WRAPS: AtomicU32 = AtomicU32::new(0);

// Written in assembly, so that the host can subtract its exact cost, 5 instructions per interrupt.
global_asm!(
    ".pushsection .text.SysTick",
    ".thumb_func",
    ".global SysTick",
    "SysTick:",
    "ldr r0, 1f",
    "ldr r1, [r0]",
    "adds r1, #1",
    "str r1, [r0]",
    "bx lr",
    ".balign 4",
    "1: .word {wraps}",
    ".popsection",
    wraps = sym WRAPS,
);

/// The running SysTick.
pub struct Clock(SYST);

impl Clock {
    /// Starts SysTick; `None` if it runs already.
    pub fn start() -> Option<Self> {
        let mut clock = Peripherals::take()?.SYST;
        clock.set_clock_source(SystClkSource::Core);
        clock.set_reload(RELOAD);
        clock.enable_interrupt();
        clock.enable_counter();
        Some(Self(clock))
    }

    /// Restarts the counter, so that its next passage of zero is as late as possible, and clears `WRAPS`.
    pub fn reset(&mut self) {
        self.0.clear_current();
        WRAPS.store(0, Relaxed);
    }

    /// Ticks since a region cleared the counter; the first tick sets it to `RELOAD`.
    pub fn ticks(&mut self, counter: u32) -> u32 {
        // If the counter passed zero after interrupts were disabled but before it was read, `WRAPS` does not include
        // that.
        let missed = SCB::is_pendst_pending() && counter > RELOAD / 2;
        SCB::clear_pendst();
        // SAFETY: there is no critical section; the region itself disabled the interrupts.
        unsafe { cortex_m::interrupt::enable() };
        (WRAPS.load(Relaxed) + u32::from(missed)) * (RELOAD + 1) + (RELOAD - counter)
    }
}

/// Defines a function around `$call` that clears the counter, passes the marker `mov r9, r9`, makes the call, passes
/// the marker `mov r10, r10` and disables interrupts. It returns `r0` and the counter.
// A single block of assembly, since the compiler may move other code between two blocks.
macro_rules! region {
    ($name:ident, [$($call:literal)?], $($operand:tt)*) => {
        // Inlined, since the stack is measured from the caller's frame.
        #[inline(always)]
        pub fn $name(x: *const (), score: *const ()) -> (u32, u32) {
            let (r0, counter): (u32, u32);
            // SAFETY: SysTick is used by nothing else; `score` takes `x` and follows C's convention, whose registers
            // are clobbered.
            unsafe {
                asm!(
                    "str r2, [r1]",
                    "mov r9, r9",
                    $($call,)?
                    "mov r10, r10",
                    "cpsid i",
                    // Computes the counter's address, 0xe000e018, again.
                    "movs r1, #0xe0",
                    "lsls r2, r1, #24",
                    "lsls r1, r1, #8",
                    "adds r1, #0x18",
                    "ldr r1, [r2, r1]",
                    inout("r0") x => r0,
                    inout("r1") SYST::PTR.cast::<u32>().wrapping_add(2) => counter,
                    inout("r2") 0 => _,
                    inout("r3") score => _,
                    out("r12") _,
                    out("lr") _,
                    $($operand)*
                );
            }
            (r0, counter)
        }
    };
}

region!(empty_region, [],);
#[cfg(not(target_abi = "eabihf"))]
region!(region, ["blx r3"],);
// Not `clobber_abi`, which warns about registers that these cores do not have.
#[cfg(target_abi = "eabihf")]
region!(
    region, ["blx r3"],
    out("s0") _, out("s1") _, out("s2") _, out("s3") _, out("s4") _, out("s5") _, out("s6") _, out("s7") _,
    out("s8") _, out("s9") _, out("s10") _, out("s11") _, out("s12") _, out("s13") _, out("s14") _, out("s15") _,
);
