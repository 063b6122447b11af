//! Counts the instructions of one call with the processor's own counter, `minstret`.

use core::arch::asm;

/// The counter, which always runs.
pub struct Clock;

impl Clock {
    /// The counter.
    pub const fn start() -> Option<Self> {
        Some(Self)
    }

    /// Nothing: a region reads the counter before and after.
    pub const fn reset(&mut self) {}

    /// The instructions that a region has counted.
    pub const fn ticks(&mut self, count: u32) -> u32 {
        count
    }
}

/// Defines a function around `$call` that reads the counter, makes the call and reads the counter again. It returns `a0` and the
/// instructions between.
// A single block of assembly, since the compiler may move other code between two blocks.
macro_rules! region {
    ($name:ident, [$($call:literal)?]) => {
        // Inlined, since the stack is measured from the caller's frame.
        #[inline(always)]
        pub fn $name(x: *const (), score: *const ()) -> (u32, u32) {
            let (a0, count): (u32, u32);
            // SAFETY: `score` takes `x` and follows C's convention, which keeps `s2` and whose other registers are clobbered.
            unsafe {
                asm!(
                    "csrr s2, minstret",
                    $($call,)?
                    "csrr a1, minstret",
                    "sub a1, a1, s2",
                    inout("a0") x => a0,
                    inout("a1") score => count,
                    out("s2") _,
                    out("a2") _, out("a3") _, out("a4") _, out("a5") _, out("a6") _, out("a7") _, out("ra") _,
                    out("t0") _, out("t1") _, out("t2") _, out("t3") _, out("t4") _, out("t5") _, out("t6") _,
                );
            }
            (a0, count)
        }
    };
}

region!(empty_region, []);
region!(region, ["jalr a1"]);
