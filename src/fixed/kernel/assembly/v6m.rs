//! ARMv6-M: eight registers that can be multiplied, four sums in those that can only be added to.
//!
//! 64 instructions for the sixteen products of a block of bytes. Nothing branches on a number: LLVM would.

mod first;
mod log_sum_exp;
mod mixture;
mod narrow;
mod standardise;

pub(in crate::fixed) use first::{few8, few16};
pub(super) use first::{first8, first16};
pub(in super::super) use log_sum_exp::log_sum_exp;
pub(in super::super) use mixture::terms;
pub(in super::super) use narrow::narrow;
pub(in super::super) use standardise::standardise;

use super::super::super::Quad;
use super::super::super::words::{Block8, Block16};
use core::arch::naked_asm;

/// Adds the products of the next four bytes to `$sum`.
macro_rules! row8 {
    ($sum:literal) => {
        concat!(
            "ldmia r0!, {{r6}}
            sxtb r7, r6
            muls r7, r3, r7
            add ",
            $sum,
            ", r7
            sxth r7, r6
            muls r7, r2, r7
            add ",
            $sum,
            ", r7
            lsls r7, r6, #8
            asrs r7, r7, #16
            muls r7, r5, r7
            add ",
            $sum,
            ", r7
            asrs r6, r6, #16
            muls r6, r4, r6
            add ",
            $sum,
            ", r6\n"
        )
    };
}

/// Adds the products of the next two halfwords to `$sum`.
macro_rules! row16 {
    ($sum:literal, $low:literal, $high:literal) => {
        concat!(
            "ldmia r0!, {{r6}}
            sxth r7, r6
            muls r7, ",
            $low,
            ", r7
            add ",
            $sum,
            ", r7
            asrs r6, r6, #16
            muls r6, ",
            $high,
            ", r6
            add ",
            $sum,
            ", r6\n"
        )
    };
}

/// Four rows by four columns of bytes; activation 0 is shifted left by a byte once, for all rows.
macro_rules! block8 {
    () => {
        concat!(
            "lsls r3, r3, #16
            asrs r3, r3, #8\n",
            row8!("r8"),
            row8!("r9"),
            row8!("r10"),
            row8!("r11"),
        )
    };
}

/// Four rows by four columns of halfwords.
macro_rules! block16 {
    () => {
        concat!(
            "sxth r3, r3\n",
            row16!("r8", "r2", "r4"),
            row16!("r9", "r2", "r4"),
            row16!("r10", "r2", "r4"),
            row16!("r11", "r2", "r4"),
            row16!("r8", "r3", "r5"),
            row16!("r9", "r3", "r5"),
            row16!("r10", "r3", "r5"),
            row16!("r11", "r3", "r5"),
        )
    };
}

/// `clamp(v, 0, limit)` in place of `$v`; `limit` in `r2`, `r1` and `r3` are changed.
macro_rules! clamp {
    ($v:literal) => {
        concat!(
            "asrs r1, ",
            $v,
            ", #31\n",
            "bics ",
            $v,
            ", r1\n",
            "subs r1, r2, ",
            $v,
            "\n",
            "asrs r3, r1, #31\n",
            "ands r1, r3\n",
            "adds ",
            $v,
            ", ",
            $v,
            ", r1\n",
        )
    };
}

/// `clamp(v, 0, limit) + (2¹⁴ − clamp(−v, 0, limit) · slope >> 15)` in place of `$v`; slope in `r9`.
macro_rules! leak {
    ($v:literal) => {
        concat!(
            "rsbs r0, ",
            $v,
            ", #0\n",
            clamp!("r0"),
            "mov r3, r9
            muls r0, r3, r0
            movs r3, #1
            lsls r3, r3, #14
            subs r0, r3, r0
            asrs r0, r0, #15\n",
            clamp!($v),
            "adds ",
            $v,
            ", ",
            $v,
            ", r0\n",
        )
    };
}

macro_rules! rows {
    ($name:ident, $type:ty, $block:ident, $bits:literal) => {
        #[unsafe(naked)]
        pub(super) unsafe extern "C" fn $name(
            blocks: *const $type,
            x: *const Quad,
            x_end: *const Quad,
            bias: *const [i32; 4],
            bias_end: *const [i32; 4],
            y: *mut u32,
            activation: i32,
            groups: usize,
        ) {
            naked_asm!(
                "push {{r4-r7, lr}}",
                "mov r4, r8",
                "mov r5, r9",
                "mov r6, r10",
                "mov r7, r11",
                "push {{r4-r7}}",
                // The stack: x, bias, nine registers, end of biases, y, activation.
                "push {{r1, r3}}",
                "mov r12, r2",
                // Four rows.
                "2:",
                "ldr r1, [sp]",
                "ldr r2, [sp, #4]",
                "ldmia r2!, {{r4-r7}}",
                "str r2, [sp, #4]",
                "mov r8, r4",
                "mov r9, r5",
                "mov r10, r6",
                "mov r11, r7",
                // Activations 1, 3, 0, 2 to r2, r4, r3, r5.
                "3:",
                "ldmia r1!, {{r2, r3}}",
                "asrs r4, r2, #16",
                "sxth r2, r2",
                "asrs r5, r3, #16",
                $block!(),
                "cmp r1, r12",
                "bne 3b",
                "mov r4, r8",
                "mov r5, r9",
                "mov r6, r10",
                "mov r7, r11",
                "mov r8, r0",
                "ldr r0, [sp, #52]",
                "asrs r3, r0, #8",
                "bmi 7f",
                "mov r9, r3",
                "asrs r4, r0",
                "asrs r5, r0",
                "asrs r6, r0",
                "asrs r7, r0",
                "movs r2, #1",
                concat!("lsls r2, r2, #", $bits),
                "subs r2, r2, #1",
                "cmp r3, #0",
                "bne 6f",
                clamp!("r4"),
                clamp!("r5"),
                clamp!("r6"),
                clamp!("r7"),
                "4:",
                "uxth r5, r5",
                "lsls r7, r7, #16",
                "orrs r5, r7",
                "uxth r4, r4",
                "lsls r6, r6, #16",
                "orrs r6, r4",
                "ldr r3, [sp, #48]",
                "stmia r3!, {{r5, r6}}",
                "5:",
                "str r3, [sp, #48]",
                "mov r0, r8",
                "ldr r2, [sp, #4]",
                "ldr r3, [sp, #44]",
                "cmp r2, r3",
                "beq 8f",
                "b 2b",
                // The sums.
                "7:",
                "ldr r3, [sp, #48]",
                "stmia r3!, {{r4-r7}}",
                "b 5b",
                // A leaky ReLU.
                "6:",
                leak!("r4"),
                leak!("r5"),
                leak!("r6"),
                leak!("r7"),
                "b 4b",
                "8:",
                "add sp, sp, #8",
                "pop {{r4-r7}}",
                "mov r8, r4",
                "mov r9, r5",
                "mov r10, r6",
                "mov r11, r7",
                "pop {{r4-r7, pc}}",
            )
        }
    };
}

rows!(rows8, Block8, block8, "13");
rows!(rows16, Block16, block16, "15");
