//! First layers with the DSP extension: 26 instructions for four rows of bytes, 23 for four of halfwords, clamped and stored.

use crate::fixed::Quad;
use crate::fixed::words::{Block8, Block16};
use core::arch::naked_asm;

/// The sums of a block of bytes in `r4`-`r7`; the activations in `lr` and `r12`.
macro_rules! block8 {
    () => {
        "ldmia r0!, {{r4-r7}}
        smuad r8, r4, lr
        smuad r9, r5, lr
        smuad r10, r6, lr
        smuad r11, r7, lr
        lsls r4, r4, #8
        lsls r5, r5, #8
        lsls r6, r6, #8
        lsls r7, r7, #8
        smlad r4, r4, r12, r8
        smlad r5, r5, r12, r9
        smlad r6, r6, r12, r10
        smlad r7, r7, r12, r11"
    };
}

/// The sums of a block of halfwords.
macro_rules! block16 {
    () => {
        "ldmia r0!, {{r4-r11}}
        smuad r4, r4, lr
        smuad r5, r5, lr
        smuad r6, r6, lr
        smuad r7, r7, lr
        smlad r4, r8, r12, r4
        smlad r5, r9, r12, r5
        smlad r6, r10, r12, r6
        smlad r7, r11, r12, r7"
    };
}

/// A function [`First`](super::super::First).
macro_rules! first {
    ($name:ident, $type:ty, $block:ident, $bits:literal, $cpu:literal) => {
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
                $cpu,
                "push {{r4-r11, lr}}",
                "mov lr, r3",
                "ldrd r12, r3, [sp, #36]",
                "2:",
                $block!(),
                "asrs r4, r3",
                "asrs r5, r3",
                "asrs r6, r3",
                "asrs r7, r3",
                concat!("usat r4, #", $bits, ", r4"),
                concat!("usat r5, #", $bits, ", r5"),
                concat!("usat r6, #", $bits, ", r6"),
                concat!("usat r7, #", $bits, ", r7"),
                "bfi r5, r7, #16, #16",
                "bfi r4, r6, #16, #16",
                "strd r5, r4, [r2], #8",
                "cmp r0, r1",
                "bne 2b",
                "pop {{r4-r11, pc}}",
            )
        }
    };
}

#[cfg(core = "v7em")]
first!(first8, Block8, block8, "13", "");
#[cfg(core = "v7em")]
first!(first16, Block16, block16, "15", "");
// A core of ARMv8-M may lack the extension, so the assembler is told of one that has it.
#[cfg(any(core = "v8m", core = "helium"))]
first!(first8, Block8, block8, "13", ".cpu cortex-m33");
#[cfg(any(core = "v8m", core = "helium"))]
first!(first16, Block16, block16, "15", ".cpu cortex-m33");
