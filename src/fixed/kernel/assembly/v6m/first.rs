//! First layers on ARMv6-M: 23 instructions a row of bytes or halfwords, clamped and stored. Nothing branches on a number.

use crate::fixed::Quad;
use crate::fixed::words::{Block8, Block16};
use core::arch::naked_asm;

/// The sum of a row of bytes in `r1`; the row is the next word at `r0`, the activations are in `r2` to `r5`.
macro_rules! row8 {
    ($odd:literal, $even:literal) => {
        "ldmia r0!, {{r6}}
        sxtb r1, r6
        muls r1, r2, r1
        sxth r7, r6
        muls r7, r3, r7
        adds r1, r1, r7
        lsls r7, r6, #8
        asrs r7, r7, #16
        muls r7, r4, r7
        adds r1, r1, r7
        asrs r6, r6, #16
        muls r6, r5, r6
        adds r1, r1, r6\n"
    };
}

/// The sum of a row of halfwords in `r1`; its words are `$odd` and `$even` bytes from `r0` on, the activations are in `r2` to `r5`.
macro_rules! row16 {
    ($odd:literal, $even:literal) => {
        concat!(
            "ldr r6, [r0, #",
            $odd,
            "]
            sxth r1, r6
            muls r1, r3, r1
            asrs r6, r6, #16
            muls r6, r5, r6
            adds r1, r1, r6
            ldr r6, [r0, #",
            $even,
            "]
            sxth r7, r6
            muls r7, r2, r7
            adds r1, r1, r7
            asrs r6, r6, #16
            muls r6, r4, r6
            adds r1, r1, r6\n"
        )
    };
}

/// Stores `clamp(r1 >> shift, 0, limit)` at `$place` bytes from the result on, whose address is left in `r7`.
macro_rules! finish {
    ($place:literal) => {
        concat!(
            "mov r7, r10
            asrs r1, r7
            add r1, r12
            asrs r7, r1, #31
            ands r1, r7
            add r1, r11
            asrs r7, r1, #31
            bics r1, r7
            mov r7, r9
            strh r1, [r7, #",
            $place,
            "]\n"
        )
    };
}

/// A function [`First`](super::super::First); activation 0 is shifted right by `$shift` from the upper half of a word.
macro_rules! first {
    ($name:ident, $type:ty, $row:ident, $shift:literal, $bits:literal, $next:literal) => {
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
                "push {{r4-r7, lr}}",
                "mov r4, r8",
                "mov r5, r9",
                "mov r6, r10",
                "mov r7, r11",
                // The stack: nine registers, even, shift.
                "push {{r4-r7}}",
                "mov r8, r1",
                "mov r9, r2",
                "ldr r6, [sp, #40]",
                "mov r10, r6",
                "movs r6, #1",
                concat!("lsls r6, r6, #", $bits),
                "subs r6, r6, #1",
                "mov r11, r6",
                "rsbs r6, r6, #0",
                "mov r12, r6",
                // The activations.
                "asrs r5, r3, #16",
                "sxth r3, r3",
                "ldr r6, [sp, #36]",
                "asrs r4, r6, #16",
                "lsls r2, r6, #16",
                concat!("asrs r2, r2, #", $shift),
                // Four rows.
                "2:",
                $row!("0", "16"),
                finish!("4"),
                $row!("4", "20"),
                finish!("0"),
                $row!("8", "24"),
                finish!("6"),
                $row!("12", "28"),
                finish!("2"),
                "adds r7, r7, #8",
                "mov r9, r7",
                $next,
                "cmp r0, r8",
                "bne 2b",
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

first!(first8, Block8, row8, "8", "13", "");
first!(first16, Block16, row16, "16", "15", "adds r0, r0, #32");

mod few;

pub(in crate::fixed) use few::{few8, few16};
