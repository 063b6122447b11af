//! Peak stack of a call: what it overwrites of a paint below the stack pointer.

use core::arch::asm;

const PAINT: u32 = 0x5a5a_a5a5;
/// Words painted below the deepest known, beyond which no call skips without a trace.
const MARGIN: usize = 256;

unsafe extern "C" {
    /// The lowest address of the stack, from the linker script.
    static mut _stack_end: u32;
}

/// Paints and scans the stack below the frame in which it is used.
pub struct Peak {
    top: *mut u32,
    painted: usize,
    deepest: usize,
    /// Words to paint: `usize::MAX` for all there are.
    window: usize,
}

impl Peak {
    /// Knows nothing yet, so that the first call is measured down to the end of the stack.
    pub const fn new() -> Self {
        Self {
            top: core::ptr::null_mut(),
            painted: 0,
            deepest: 0,
            window: usize::MAX,
        }
    }

    /// Paints from the stack pointer down.
    // Inlined: a call would paint below the wrong frame, and over its own.
    #[inline(always)]
    pub fn paint(&mut self) {
        // SAFETY: reads the stack pointer.
        unsafe { asm!("mov {}, sp", out(reg) self.top, options(nomem, nostack, preserves_flags)) };
        let available = (self.top as usize - (&raw mut _stack_end) as usize) / 4;
        self.painted = self.window.min(available);
        for i in 1..=self.painted {
            // SAFETY: above the end of the stack and below its pointer: nobody's memory.
            unsafe { self.top.wrapping_sub(i).write_volatile(PAINT) };
        }
    }

    /// Bytes from the stack pointer at `paint` down to the deepest word written since.
    ///
    /// `None` if the paint did not reach that far: it will the next time.
    #[inline(always)]
    pub fn scan(&mut self) -> Option<u32> {
        let mut used = self.painted;
        // SAFETY: the words that `paint` wrote.
        while used > 0 && unsafe { self.top.wrapping_sub(used).read_volatile() } == PAINT {
            used -= 1;
        }
        if used == self.painted && self.window != usize::MAX {
            self.window = usize::MAX;
            return None;
        }
        self.deepest = self.deepest.max(used);
        self.window = self.deepest + MARGIN;
        Some(4 * used as u32)
    }
}
