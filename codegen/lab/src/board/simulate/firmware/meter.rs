//! Exact instructions and peak stack of one call.
//!
//! Under `qemu -icount shift=6` an instruction takes 64 virtual nanoseconds and SysTick counts them at the
//! board's clock, so that its ticks tell the number of instructions; on silicon they are cycles.

use crate::stack::Peak;
use core::arch::{asm, global_asm};
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};
use cortex_m::peripheral::{SCB, SYST, syst::SystClkSource};

/// SysTick counts down from here.
const RELOAD: u32 = 0xff_ffff;

/// Times that SysTick passed zero in the measured region.
#[unsafe(no_mangle)]
static WRAPS: AtomicU32 = AtomicU32::new(0);

// In assembly, so that the host knows what it adds to a long region: 5 instructions.
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

/// The running SysTick, and the stack.
pub struct Meter {
    clock: SYST,
    peak: Peak,
}

impl Meter {
    /// Starts the clock.
    pub fn new(peripherals: cortex_m::Peripherals) -> Self {
        let mut clock = peripherals.SYST;
        clock.set_clock_source(SystClkSource::Core);
        clock.set_reload(RELOAD);
        clock.enable_interrupt();
        clock.enable_counter();
        let peak = Peak::new();
        Self { clock, peak }
    }

    /// The ticks of an empty region.
    pub fn nothing(&mut self) -> u32 {
        self.reset();
        let (_, counter) = empty_region(core::ptr::null(), core::ptr::null());
        self.ticks(counter)
    }

    /// Score bits, ticks and peak stack of scoring one row.
    #[inline(never)]
    pub fn score<X>(&mut self, score: extern "C" fn(&X) -> u32, x: &X) -> [u32; 3] {
        loop {
            self.peak.paint();
            self.reset();
            let (bits, counter) = region((&raw const *x).cast(), score as *const ());
            let stack = self.peak.scan();
            let ticks = self.ticks(counter);
            if let Some(stack) = stack {
                return [bits, ticks, stack];
            }
        }
    }

    /// Forgets wraps; the next is far.
    fn reset(&mut self) {
        self.clock.clear_current();
        WRAPS.store(0, Relaxed);
    }

    /// Ticks since a region set the counter to zero, from which its next tick goes to `RELOAD`.
    fn ticks(&mut self, counter: u32) -> u32 {
        // A wrap between the end of interrupts and the reading of the counter was not counted.
        let missed = SCB::is_pendst_pending() && counter > RELOAD / 2;
        SCB::clear_pendst();
        // SAFETY: no critical section is open; the region closed the interrupts.
        unsafe { cortex_m::interrupt::enable() };
        (WRAPS.load(Relaxed) + u32::from(missed)) * (RELOAD + 1) + (RELOAD - counter)
    }
}

/// A function around `$call`: sets the counter to zero, passes the marker `mov r9, r9`, calls, passes the
/// marker `mov r10, r10`, closes the interrupts; gives `r0`, and the counter.
// One block of assembly: between two, the compiler moves what it likes.
macro_rules! region {
    ($name:ident, [$($call:literal)?], $($operand:tt)*) => {
        // Inlined: the stack is measured from the caller's frame.
        #[inline(always)]
        fn $name(x: *const (), score: *const ()) -> (u32, u32) {
            let (r0, counter): (u32, u32);
            // SAFETY: SysTick is ours; `score` takes `x` and follows C's convention, whose registers are given up.
            unsafe {
                asm!(
                    "str r2, [r1]",
                    "mov r9, r9",
                    $($call,)?
                    "mov r10, r10",
                    "cpsid i",
                    // The counter's address, 0xe000e018, anew.
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
// Not `clobber_abi`: it warns of registers that these cores lack.
#[cfg(target_abi = "eabihf")]
region!(
    region, ["blx r3"],
    out("s0") _, out("s1") _, out("s2") _, out("s3") _, out("s4") _, out("s5") _, out("s6") _, out("s7") _,
    out("s8") _, out("s9") _, out("s10") _, out("s11") _, out("s12") _, out("s13") _, out("s14") _, out("s15") _,
);
