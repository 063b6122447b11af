//! Cores with the DSP extension: `smlad` multiplies and adds two pairs of halfwords at once.
//!
//! Two groups of four columns a turn: fourteen instructions for the sixteen products of a block of bytes, eleven for
//! those of a block of halfwords. An odd number of groups starts in the middle of a turn.

use super::super::super::{I8, I16, Quad};
use core::arch::naked_asm;

/// ARMv8-M lacks the extension, unless the assembler is told of a core that has it.
#[cfg(core = "v8m")]
macro_rules! cpu {
    () => {
        ".cpu cortex-m33"
    };
}
#[cfg(core = "v7em")]
macro_rules! cpu {
    () => {
        ""
    };
}

/// Four rows by four columns of bytes.
macro_rules! block8 {
    () => {
        "ldmia r1!, {{r2, r3}}
        ldmia r0!, {{r8-r11}}
        smlad r4, r8, r2, r4
        smlad r5, r9, r2, r5
        smlad r6, r10, r2, r6
        smlad r7, r11, r2, r7
        lsl r8, r8, #8
        lsl r9, r9, #8
        lsl r10, r10, #8
        lsl r11, r11, #8
        smlad r4, r8, r3, r4
        smlad r5, r9, r3, r5
        smlad r6, r10, r3, r6
        smlad r7, r11, r3, r7"
    };
}

/// Four rows by four columns of halfwords.
macro_rules! block16 {
    () => {
        "ldmia r1!, {{r2, r3}}
        ldmia r0!, {{r8-r11}}
        smlad r4, r8, r2, r4
        smlad r5, r9, r2, r5
        smlad r6, r10, r2, r6
        smlad r7, r11, r2, r7
        ldmia r0!, {{r8-r11}}
        smlad r4, r8, r3, r4
        smlad r5, r9, r3, r5
        smlad r6, r10, r3, r6
        smlad r7, r11, r3, r7"
    };
}

/// `clamp(v, 0, limit) + (2¹⁴ − clamp(−v, 0, limit) · slope >> 15)` in place of `$v`; `limit` has `$bits` bits.
macro_rules! leak {
    ($v:literal, $bits:literal) => {
        concat!(
            "usat r8, #",
            $bits,
            ", ",
            $v,
            "\n",
            "rsb ",
            $v,
            ", ",
            $v,
            ", #0\n",
            "usat ",
            $v,
            ", #",
            $bits,
            ", ",
            $v,
            "\n",
            "mls ",
            $v,
            ", ",
            $v,
            ", r3, r1\n",
            "add ",
            $v,
            ", r8, ",
            $v,
            ", asr #15",
        )
    };
}

macro_rules! rows {
    ($name:ident, $block_type:ty, $block:ident, $bits:literal) => {
        /// See [`Rows`](super::Rows).
        #[unsafe(naked)]
        pub(super) unsafe extern "C" fn $name(
            blocks: *const $block_type,
            x: *const Quad,
            groups: usize,
            bias: *const [i32; 4],
            bias_end: *const [i32; 4],
            y: *mut u32,
            shift: u32,
            slope: i32,
        ) {
            naked_asm!(
                cpu!(),
                // The stack: x, groups, nine registers, end of biases, y, shift, slope.
                "push {{r1, r2, r4-r11, lr}}",
                "add r12, r1, r2, lsl #3",
                "mov lr, r3",
                // Four rows.
                "2:",
                "ldrd r1, r2, [sp]",
                "ldmia lr!, {{r4-r7}}",
                "lsrs r2, r2, #1",
                "bcs 4f",
                "3:",
                $block!(),
                "4:",
                $block!(),
                "cmp r1, r12",
                "bne 3b",
                "ldrd r2, r3, [sp, #52]",
                "cmp r3, #0",
                "bmi 7f",
                "asr r4, r4, r2",
                "asr r5, r5, r2",
                "asr r6, r6, r2",
                "asr r7, r7, r2",
                "bne 6f",
                concat!("usat r4, #", $bits, ", r4"),
                concat!("usat r5, #", $bits, ", r5"),
                concat!("usat r6, #", $bits, ", r6"),
                concat!("usat r7, #", $bits, ", r7"),
                "5:",
                "pkhbt r5, r5, r7, lsl #16",
                "pkhbt r6, r4, r6, lsl #16",
                "ldrd r2, r3, [sp, #44]",
                "stmia r3!, {{r5, r6}}",
                "str r3, [sp, #48]",
                "cmp lr, r2",
                "bne 2b",
                "pop {{r1, r2, r4-r11, pc}}",
                // A leaky ReLU.
                "6:",
                "mov r1, #0x4000",
                leak!("r4", $bits),
                leak!("r5", $bits),
                leak!("r6", $bits),
                leak!("r7", $bits),
                "b 5b",
                // The sums.
                "7:",
                "ldrd r2, r3, [sp, #44]",
                "stmia r3!, {{r4-r7}}",
                "str r3, [sp, #48]",
                "cmp lr, r2",
                "bne 2b",
                "pop {{r1, r2, r4-r11, pc}}",
            )
        }
    };
}

rows!(rows8, I8, block8, "13");
rows!(rows16, I16, block16, "15");
