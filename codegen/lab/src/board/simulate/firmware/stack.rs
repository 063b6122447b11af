//! Measures the peak stack of a call: the stack below the stack pointer is painted, and the call overwrites part of it.

use firmware::machine;

const PAINT: u32 = 0x5a5a_a5a5;
/// Words painted below the deepest use so far; no call skips so many words without writing any.
const MARGIN: usize = 256;

/// Paints the stack below the frame in which it is used, and scans it.
pub struct Peak {
    top: *mut u32,
    painted: usize,
    deepest: usize,
    /// The number of words to paint; `usize::MAX` for the whole stack.
    window: usize,
}

impl Peak {
    /// Paints the whole stack at first, since no depth is known yet.
    pub const fn new() -> Self {
        Self {
            top: core::ptr::null_mut(),
            painted: 0,
            deepest: 0,
            window: usize::MAX,
        }
    }

    /// Paints the stack from the stack pointer downwards.
    // Inlined, since the stack is to be measured from the caller's frame, not from the frame of this function.
    #[inline(always)]
    pub fn paint(&mut self) {
        self.top = machine::stack_pointer();
        let available = (self.top as usize - machine::stack_end() as usize) / 4;
        self.painted = self.window.min(available);
        for i in 1..=self.painted {
            // SAFETY: between the end of the stack and its pointer, where nothing is stored.
            unsafe { self.top.wrapping_sub(i).write_volatile(PAINT) };
        }
    }

    /// Bytes from the stack pointer at the time of `paint` down to the deepest word written since.
    ///
    /// `None` if all of the paint was overwritten; the next call paints the whole stack.
    #[inline(always)]
    pub fn scan(&mut self) -> Option<u32> {
        let mut used = self.painted;
        // SAFETY: only the words that `paint` wrote.
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
