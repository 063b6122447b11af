//! First layers and the last ones behind them, of up to three outputs, on ARMv6-M: 135 instructions for four units of the hidden layer,
//! which two kernels take 169 for. Nothing branches on a number.

use crate::fixed::words::{Block8, Block16};
use core::arch::naked_asm;

/// The activation `clamp(sum >> shift, 0, limit)` in place of the sum; shift in `r7`.
macro_rules! activate {
    ($sum:literal) => {
        concat!(
            "asrs ",
            $sum,
            ", r7
            add ",
            $sum,
            ", lr
            asrs r6, ",
            $sum,
            ", #31
            ands ",
            $sum,
            ", r6
            add ",
            $sum,
            ", r12
            asrs r6, ",
            $sum,
            ", #31
            bics ",
            $sum,
            ", r6\n"
        )
    };
}

/// Adds the products of the next four bytes to `$sum`.
macro_rules! output8 {
    ($sum:literal, $row:literal) => {
        concat!(
            "ldmia r7!, {{r6}}
            sxtb r1, r6
            muls r1, r3, r1
            add ",
            $sum,
            ", r1
            sxth r1, r6
            muls r1, r2, r1
            add ",
            $sum,
            ", r1
            lsls r1, r6, #8
            asrs r1, r1, #16
            muls r1, r5, r1
            add ",
            $sum,
            ", r1
            asrs r6, r6, #16
            muls r6, r4, r6
            add ",
            $sum,
            ", r6\n"
        )
    };
}

/// Adds the products of four halfwords to `$sum`: those of row `$row` of the block at `r7`, and of row `4 + $row`.
macro_rules! output16 {
    ($sum:literal, $row:literal) => {
        concat!(
            "ldr r6, [r7, #4 * ",
            $row,
            "]
            sxth r1, r6
            muls r1, r2, r1
            add ",
            $sum,
            ", r1
            asrs r6, r6, #16
            muls r6, r4, r6
            add ",
            $sum,
            ", r6
            ldr r6, [r7, #16 + 4 * ",
            $row,
            "]
            sxth r1, r6
            muls r1, r3, r1
            add ",
            $sum,
            ", r1
            asrs r6, r6, #16
            muls r6, r5, r6
            add ",
            $sum,
            ", r6\n"
        )
    };
}

/// A function [`Few`](super::super::super::Few): `$even` shifts activation 0 of the input, `$first` those of the hidden layer.
macro_rules! few {
    (
        $name:ident, $type:ty, $row:ident, $output:ident,
        $even:literal, $first:literal, $bits:literal, $next:literal, $size:literal
    ) => {
        #[unsafe(naked)]
        pub(in super::super::super) unsafe extern "C" fn $name(
            blocks: *const $type,
            end: *const $type,
            outputs: *const $type,
            sums: *mut [i32; 4],
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
                "push {{r3-r7}}",
                // The stack: distance of outputs, four sums, shift, four inputs, result, nine registers, odd, even, shift.
                "sub sp, sp, #40",
                "mov r11, r1",
                // Blocks of both layers are as large: those of the last one are this far from the next one of the first.
                "subs r2, r2, r0",
                concat!("subs r2, #", $size),
                "str r2, [sp]",
                "ldmia r3!, {{r4-r6}}",
                "mov r8, r4",
                "mov r9, r5",
                "mov r10, r6",
                "ldr r6, [sp, #88]",
                "str r6, [sp, #20]",
                "movs r6, #1",
                concat!("lsls r6, r6, #", $bits),
                "subs r6, r6, #1",
                "mov r12, r6",
                "rsbs r6, r6, #0",
                "mov lr, r6",
                // Activations 1, 3, 0, 2 to r2, r4, r3, r5.
                "ldr r3, [sp, #80]",
                "asrs r4, r3, #16",
                "sxth r2, r3",
                "ldr r6, [sp, #84]",
                "asrs r5, r6, #16",
                "lsls r3, r6, #16",
                concat!("asrs r3, r3, #", $even),
                "add r7, sp, #24",
                "stmia r7!, {{r2-r5}}",
                // Four units.
                "2:",
                $row!("0", "16"),
                "str r1, [sp, #8]",
                $row!("4", "20"),
                "str r1, [sp, #4]",
                $row!("8", "24"),
                "str r1, [sp, #16]",
                $row!("12", "28"),
                "str r1, [sp, #12]",
                $next,
                // Their activations.
                "mov r7, sp",
                "ldmia r7, {{r1-r5, r7}}",
                activate!("r2"),
                activate!("r3"),
                activate!("r4"),
                activate!("r5"),
                $first,
                "adds r7, r0, r1",
                $output!("r8", "0"),
                $output!("r9", "1"),
                $output!("r10", "2"),
                "add r7, sp, #24",
                "ldmia r7!, {{r2-r5}}",
                "cmp r0, r11",
                "beq 3f",
                "b 2b",
                "3:",
                "mov r4, r8",
                "mov r5, r9",
                "mov r6, r10",
                "add sp, sp, #40",
                "pop {{r3}}",
                "stmia r3!, {{r4-r6}}",
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

few!(
    few8,
    Block8,
    row8,
    output8,
    "8",
    "lsls r3, r3, #8",
    "13",
    "",
    "16"
);
few!(
    few16,
    Block16,
    row16,
    output16,
    "16",
    "",
    "15",
    "adds r0, #32",
    "32"
);
