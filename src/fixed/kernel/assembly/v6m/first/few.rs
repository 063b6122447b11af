//! Couplings by a network of one hidden layer, three inputs and three outputs on ARMv6-M: 135 instructions for four hidden units, for
//! which a kernel a layer takes 169, and 88 for all else. Nothing branches on a number.

use crate::fixed::Narrowing;
use crate::fixed::words::{Block8, Block16};
use core::arch::naked_asm;

/// An element of the state as [`Narrowing`] makes an activation of it, but for the slope; shift in `r5`, zero in `r6`.
macro_rules! narrow {
    ($u:literal) => {
        concat!(
            "asrs ",
            $u,
            ", r5
            adcs ",
            $u,
            ", r6
            add ",
            $u,
            ", r12
            asrs r7, ",
            $u,
            ", #31
            ands ",
            $u,
            ", r7
            add ",
            $u,
            ", lr
            asrs r7, ",
            $u,
            ", #31
            bics ",
            $u,
            ", r7
            add ",
            $u,
            ", r12\n"
        )
    };
}

/// The slope for an activation below zero; the slope less one in `r6`.
macro_rules! leak {
    ($x:literal) => {
        concat!(
            "asrs r7, ",
            $x,
            ", #31
            ands r7, ",
            $x,
            "
            muls r7, r6, r7
            asrs r7, r7, #14
            adds r7, #1
            asrs r7, r7, #1
            add ",
            $x,
            ", r7\n"
        )
    };
}

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
            muls r1, r2, r1
            add ",
            $sum,
            ", r1
            sxth r1, r6
            muls r1, r3, r1
            add ",
            $sum,
            ", r1
            lsls r1, r6, #8
            asrs r1, r1, #16
            muls r1, r4, r1
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

/// Adds the products of four halfwords to `$sum`: those of row `$row` of the block at `r7`, and of row `4 + $row`.
macro_rules! output16 {
    ($sum:literal, $row:literal) => {
        concat!(
            "ldr r6, [r7, #4 * ",
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
            ", r6
            ldr r6, [r7, #16 + 4 * ",
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
            ", r6\n"
        )
    };
}

/// A function [`Few`](crate::fixed::kernel::Few). `$wide` widens an activation that a lone byte is multiplied with; `$next` and `$biases`
/// go on to the next block of the first layer and to what stands behind a block of the last one.
macro_rules! few {
    (
        $name:ident, $type:ty, $row:ident, $output:ident,
        $wide:literal, $bits:literal, $next:literal, $biases:literal, $size:literal
    ) => {
        #[unsafe(naked)]
        pub(in crate::fixed) unsafe extern "C" fn $name(
            first: *const $type,
            last: *const $type,
            narrowing: *const Narrowing,
            u: *const i32,
            y: *mut i32,
        ) {
            naked_asm!(
                "push {{r4-r7, lr}}",
                "mov r4, r8",
                "mov r5, r9",
                "mov r6, r10",
                "mov r7, r11",
                "push {{r4-r7}}",
                // The stack: distance of outputs, four sums, shift, four inputs, nine registers, numbers to add to.
                "sub sp, #40",
                "ldmia r2!, {{r5-r7}}",
                "mov r8, r7",
                "rsbs r7, r6, #0",
                "mov r12, r7",
                "adds r6, r6, r6",
                "mov lr, r6",
                "ldmia r3, {{r2-r4}}",
                "movs r6, #0",
                narrow!("r2"),
                narrow!("r3"),
                narrow!("r4"),
                "movs r7, #1",
                "lsls r7, r7, #15",
                "cmp r7, r8",
                "beq 1f",
                "mov r6, r8",
                "subs r6, r6, r7",
                leak!("r2"),
                leak!("r3"),
                leak!("r4"),
                "movs r6, #0",
                "1:",
                // The constant and the shift of the first layer, where its blocks end.
                "subs r7, r1, #4",
                "mov r11, r7",
                "ldrsh r5, [r7, r6]",
                "ldrb r7, [r7, #2]",
                "str r7, [sp, #20]",
                $wide,
                "add r7, sp, #24",
                "stmia r7!, {{r2-r5}}",
                // Blocks of both layers are as large: those of the last one are this far from the next one of the first.
                "subs r1, r1, r0",
                concat!("subs r1, #", $size),
                "str r1, [sp]",
                "mov r8, r6",
                "mov r9, r6",
                "mov r10, r6",
                "movs r6, #1",
                concat!("lsls r6, r6, #", $bits),
                "subs r6, r6, #1",
                "mov r12, r6",
                "rsbs r6, r6, #0",
                "mov lr, r6",
                // Four units.
                "2:",
                $row!("0", "16"),
                "str r1, [sp, #4]",
                $row!("4", "20"),
                "str r1, [sp, #8]",
                $row!("8", "24"),
                "str r1, [sp, #12]",
                $row!("12", "28"),
                "str r1, [sp, #16]",
                $next,
                // Their activations.
                "mov r7, sp",
                "ldmia r7, {{r1-r5, r7}}",
                activate!("r2"),
                activate!("r3"),
                activate!("r4"),
                activate!("r5"),
                $wide,
                "adds r7, r0, r1",
                $output!("r8", "0"),
                $output!("r9", "1"),
                $output!("r10", "2"),
                "cmp r0, r11",
                "beq 3f",
                "add r7, sp, #24",
                "ldmia r7!, {{r2-r5}}",
                "b 2b",
                // Biases and shifts of the outputs.
                "3:",
                $biases,
                "ldmia r7!, {{r4-r6}}",
                "add r4, r8",
                "add r5, r9",
                "add r6, r10",
                "ldrb r1, [r7, #4]",
                "asrs r4, r1",
                "ldrb r1, [r7, #5]",
                "asrs r5, r1",
                "ldrb r1, [r7, #6]",
                "asrs r6, r1",
                "ldr r3, [sp, #76]",
                "ldmia r3!, {{r0-r2}}",
                "adds r4, r4, r0",
                "adds r5, r5, r1",
                "adds r6, r6, r2",
                "subs r3, #12",
                "stmia r3!, {{r4-r6}}",
                "add sp, #40",
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
    "lsls r2, r2, #8",
    "13",
    "",
    "adds r7, #4",
    "16"
);
few!(
    few16,
    Block16,
    row16,
    output16,
    "",
    "15",
    "adds r0, #32",
    "adds r7, #32",
    "32"
);
