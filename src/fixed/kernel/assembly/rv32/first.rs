//! First layers on RISC-V: 91 instructions for four rows of bytes, 83 for four of halfwords, clamped and stored.

use crate::fixed::Quad;
use crate::fixed::words::{Block8, Block16};
use core::arch::naked_asm;

/// A function [`First`](super::super::First); activation 0 is shifted right by `$shift` from the upper half of a word.
macro_rules! first {
    ($name:ident, $type:ty, $block:ident, $shift:literal, $limit:literal) => {
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
                ".option push",
                extensions!(),
                "addi sp, sp, -16",
                "sw s10, 0(sp)",
                "sw s11, 4(sp)",
                concat!("li s10, ", $limit),
                "addi s11, s10, 1",
                // Activations 1, 3, 0, 2 to t1, t3, t0, t2.
                "slli t1, a3, 16",
                "srai t1, t1, 16",
                "srai t3, a3, 16",
                "slli t0, a4, 16",
                concat!("srai t0, t0, ", $shift),
                "srai t2, a4, 16",
                // Four rows.
                "2:",
                "li a3, 0",
                "li a4, 0",
                "li a6, 0",
                "li a7, 0",
                $block!(["a3", "a4", "a6", "a7"], "a0"),
                "sra a3, a3, a5",
                "sra a4, a4, a5",
                "sra a6, a6, a5",
                "sra a7, a7, a5",
                clamp!("a3"),
                clamp!("a4"),
                clamp!("a6"),
                clamp!("a7"),
                "sh a4, 0(a2)",
                "sh a7, 2(a2)",
                "sh a3, 4(a2)",
                "sh a6, 6(a2)",
                "addi a2, a2, 8",
                "bne a0, a1, 2b",
                "lw s10, 0(sp)",
                "lw s11, 4(sp)",
                "addi sp, sp, 16",
                "ret",
                ".option pop",
            )
        }
    };
}

first!(first8, Block8, block8, "8", "8191");
first!(first16, Block16, block16, "16", "32767");
