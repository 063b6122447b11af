//! First layers on ARMv7-M, without the DSP extension: 52 instructions for four rows, clamped and stored.

use crate::fixed::Quad;
use crate::fixed::words::{Block8, Block16};
use core::arch::naked_asm;

/// A function [`First`](super::super::First); activation 0 is shifted left by `$shift`.
macro_rules! first {
    ($name:ident, $type:ty, $words:expr, $shift:literal, $bits:literal) => {
        #[unsafe(naked)]
        pub(in super::super) unsafe extern "C" fn $name(
            blocks: *const $type,
            end: *const $type,
            y: *mut Quad,
            odd: u32,
            even: u32,
            shift: u32,
        ) {
            naked_asm!(
                // The stack: nine registers, even, shift.
                "push {{r4-r11, lr}}",
                "mov lr, r2",
                "asr r8, r3, #16",
                "sxth r2, r3",
                "ldr r3, [sp, #36]",
                "asr r9, r3, #16",
                "sxth r3, r3",
                concat!("lsl r3, r3, #", $shift),
                "2:",
                "movs r4, #0",
                "movs r5, #0",
                "movs r6, #0",
                "movs r7, #0",
                $words,
                "ldr r12, [sp, #40]",
                "asr r4, r4, r12",
                "asr r5, r5, r12",
                "asr r6, r6, r12",
                "asr r7, r7, r12",
                concat!("usat r4, #", $bits, ", r4"),
                concat!("usat r5, #", $bits, ", r5"),
                concat!("usat r6, #", $bits, ", r6"),
                concat!("usat r7, #", $bits, ", r7"),
                "bfi r5, r7, #16, #16",
                "bfi r4, r6, #16, #16",
                "strd r5, r4, [lr], #8",
                "cmp r0, r1",
                "bne 2b",
                "pop {{r4-r11, pc}}",
            )
        }
    };
}

first!(first8, Block8, words8!(), "8", "13");
first!(first16, Block16, words16!(), "0", "15");
