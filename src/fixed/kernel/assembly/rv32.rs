//! RISC-V with multiplication (RV32IM): eight rows at a time, loaded byte by byte and halfword by halfword.
//!
//! A load that extends the sign takes the place of the shifts in which the portable kernel takes words apart. The activations of
//! a quad, once loaded, serve eight rows: 121 instructions for 32 products with bytes, 104 with halfwords. What is left of a layer, if
//! its panels of four rows are odd in number, goes four rows at a time. Nothing branches on a number: LLVM would.

use super::super::super::Quad;
use super::super::super::words::{Block8, Block16};
use core::arch::naked_asm;

/// What naked functions do not take from the target: it can multiply, and has short instructions or none.
#[cfg(target_feature = "c")]
macro_rules! extensions {
    () => {
        ".option arch, +m, +c"
    };
}
#[cfg(not(target_feature = "c"))]
macro_rules! extensions {
    () => {
        ".option arch, +m"
    };
}

/// Adds to `$sum` the products with the four bytes at `$place` bytes behind `$blocks`; activation 0 is shifted left by a byte.
macro_rules! row8 {
    ($sum:literal, $place:literal, $blocks:literal) => {
        concat!(
            "lw t5, ",
            $place,
            "(",
            $blocks,
            ")\n",
            "lb t4, ",
            $place,
            "(",
            $blocks,
            ")\n",
            "lh t6, ",
            $place,
            "(",
            $blocks,
            ")\n",
            "mul t4, t4, t0\n",
            "mul t6, t6, t1\n",
            "add ",
            $sum,
            ", ",
            $sum,
            ", t4\n",
            "add ",
            $sum,
            ", ",
            $sum,
            ", t6\n",
            "slli t4, t5, 8\n",
            "srai t5, t5, 16\n",
            "srai t4, t4, 16\n",
            "mul t5, t5, t3\n",
            "mul t4, t4, t2\n",
            "add ",
            $sum,
            ", ",
            $sum,
            ", t5\n",
            "add ",
            $sum,
            ", ",
            $sum,
            ", t4\n",
        )
    };
}

/// Adds to `$sum` the products with the halfwords of columns 1 and 3, and with those of 0 and 2, a line of sixteen bytes behind.
macro_rules! row16 {
    ($sum:literal, [$one:literal, $three:literal, $zero:literal, $two:literal], $blocks:literal) => {
        concat!(
            "lh t4, ",
            $one,
            "(",
            $blocks,
            ")\n",
            "lh t5, ",
            $three,
            "(",
            $blocks,
            ")\n",
            "mul t4, t4, t1\n",
            "mul t5, t5, t3\n",
            "add ",
            $sum,
            ", ",
            $sum,
            ", t4\n",
            "add ",
            $sum,
            ", ",
            $sum,
            ", t5\n",
            "lh t4, ",
            $zero,
            "(",
            $blocks,
            ")\n",
            "lh t5, ",
            $two,
            "(",
            $blocks,
            ")\n",
            "mul t4, t4, t0\n",
            "mul t5, t5, t2\n",
            "add ",
            $sum,
            ", ",
            $sum,
            ", t4\n",
            "add ",
            $sum,
            ", ",
            $sum,
            ", t5\n",
        )
    };
}

/// Four rows by four columns of bytes.
macro_rules! block8 {
    ([$s0:literal, $s1:literal, $s2:literal, $s3:literal], $blocks:literal) => {
        concat!(
            row8!($s0, "0", $blocks),
            row8!($s1, "4", $blocks),
            row8!($s2, "8", $blocks),
            row8!($s3, "12", $blocks),
            "addi ",
            $blocks,
            ", ",
            $blocks,
            ", 16\n",
        )
    };
}

/// Four rows by four columns of halfwords.
macro_rules! block16 {
    ([$s0:literal, $s1:literal, $s2:literal, $s3:literal], $blocks:literal) => {
        concat!(
            row16!($s0, ["0", "2", "16", "18"], $blocks),
            row16!($s1, ["4", "6", "20", "22"], $blocks),
            row16!($s2, ["8", "10", "24", "26"], $blocks),
            row16!($s3, ["12", "14", "28", "30"], $blocks),
            "addi ",
            $blocks,
            ", ",
            $blocks,
            ", 32\n",
        )
    };
}

/// Activations 1, 3, 0, 2 to `t1`, `t3`, `t0`, `t2`; `$scaled` is what becomes of the one in `t0`.
macro_rules! quad {
    ($scaled:literal) => {
        concat!(
            "lh t1, 0(a1)
            lh t3, 2(a1)
            lh t0, 4(a1)
            lh t2, 6(a1)
            addi a1, a1, 8\n",
            $scaled,
        )
    };
}

/// `clamp(v, 0, limit)` in place of `$v`: one product is `v` within the limits, else zero; the other is `limit` above it, else zero.
/// `limit` is in `s10`, `limit + 1` in `s11`; `t4` and `t5` are changed.
macro_rules! clamp {
    ($v:literal) => {
        concat!(
            "sltu t4, ",
            $v,
            ", s11\n",
            "slt t5, s10, ",
            $v,
            "\n",
            "mul ",
            $v,
            ", ",
            $v,
            ", t4\n",
            "mul t5, t5, s10\n",
            "add ",
            $v,
            ", ",
            $v,
            ", t5\n",
        )
    };
}

/// `clamp(v, 0, limit) + (2¹⁴ − clamp(−v, 0, limit) · slope >> 15)` in place of `$v`; slope in `t3`, 2¹⁴ in `t2`.
macro_rules! leak {
    ($v:literal) => {
        concat!(
            "neg t0, ",
            $v,
            "\n",
            clamp!("t0"),
            "mul t0, t0, t3
            sub t0, t2, t0
            srai t0, t0, 15\n",
            clamp!($v),
            "add ",
            $v,
            ", ",
            $v,
            ", t0\n",
        )
    };
}

mod first;

pub(super) use first::{first8, first16};

macro_rules! rows {
    ($name:ident, $type:ty, $block:ident, $scaled:literal, $log_bytes:literal, $limit:literal) => {
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
                ".option push",
                extensions!(),
                "addi sp, sp, -64",
                "sw s0, 0(sp)",
                "sw s1, 4(sp)",
                "sw s2, 8(sp)",
                "sw s3, 12(sp)",
                "sw s4, 16(sp)",
                "sw s5, 20(sp)",
                "sw s6, 24(sp)",
                "sw s7, 28(sp)",
                "sw s8, 32(sp)",
                "sw s9, 36(sp)",
                "sw s10, 40(sp)",
                "sw s11, 44(sp)",
                "mv s8, a1",
                concat!("li s10, ", $limit),
                "addi s11, s10, 1",
                // Bytes of a panel of blocks.
                concat!("slli t6, a7, ", $log_bytes),
                "sw t6, 48(sp)",
                // Eight rows, or the last four, with nothing in a7.
                "2:",
                "lw s0, 0(a3)",
                "lw s1, 4(a3)",
                "lw s2, 8(a3)",
                "lw s3, 12(a3)",
                "addi a3, a3, 16",
                "mv a1, s8",
                "sub a7, a4, a3",
                "beqz a7, 4f",
                "lw s4, 0(a3)",
                "lw s5, 4(a3)",
                "lw s6, 8(a3)",
                "lw s7, 12(a3)",
                "addi a3, a3, 16",
                "lw s9, 48(sp)",
                "add s9, a0, s9",
                "3:",
                quad!($scaled),
                $block!(["s0", "s1", "s2", "s3"], "a0"),
                $block!(["s4", "s5", "s6", "s7"], "s9"),
                "bne a1, a2, 3b",
                "mv a0, s9",
                // The sums; of four rows, four more that nothing reads.
                "5:",
                "srai t3, a6, 8",
                "bltz t3, 7f",
                // The lowest bits of the rectifier are its shift.
                "sra s0, s0, a6",
                "sra s1, s1, a6",
                "sra s2, s2, a6",
                "sra s3, s3, a6",
                "sra s4, s4, a6",
                "sra s5, s5, a6",
                "sra s6, s6, a6",
                "sra s7, s7, a6",
                "bnez t3, 8f",
                clamp!("s0"),
                clamp!("s1"),
                clamp!("s2"),
                clamp!("s3"),
                clamp!("s4"),
                clamp!("s5"),
                clamp!("s6"),
                clamp!("s7"),
                "6:",
                "sh s1, 0(a5)",
                "sh s3, 2(a5)",
                "sh s0, 4(a5)",
                "sh s2, 6(a5)",
                "beqz a7, 9f",
                "sh s5, 8(a5)",
                "sh s7, 10(a5)",
                "sh s4, 12(a5)",
                "sh s6, 14(a5)",
                "addi a5, a5, 16",
                "bne a3, a4, 2b",
                "j 9f",
                // The last four rows.
                "4:",
                quad!($scaled),
                $block!(["s0", "s1", "s2", "s3"], "a0"),
                "bne a1, a2, 4b",
                "j 5b",
                // Without a rectifier.
                "7:",
                "sw s0, 0(a5)",
                "sw s1, 4(a5)",
                "sw s2, 8(a5)",
                "sw s3, 12(a5)",
                "beqz a7, 9f",
                "sw s4, 16(a5)",
                "sw s5, 20(a5)",
                "sw s6, 24(a5)",
                "sw s7, 28(a5)",
                "addi a5, a5, 32",
                "bne a3, a4, 2b",
                "j 9f",
                // A leaky ReLU.
                "8:",
                "li t2, 16384",
                leak!("s0"),
                leak!("s1"),
                leak!("s2"),
                leak!("s3"),
                leak!("s4"),
                leak!("s5"),
                leak!("s6"),
                leak!("s7"),
                "j 6b",
                "9:",
                "lw s0, 0(sp)",
                "lw s1, 4(sp)",
                "lw s2, 8(sp)",
                "lw s3, 12(sp)",
                "lw s4, 16(sp)",
                "lw s5, 20(sp)",
                "lw s6, 24(sp)",
                "lw s7, 28(sp)",
                "lw s8, 32(sp)",
                "lw s9, 36(sp)",
                "lw s10, 40(sp)",
                "lw s11, 44(sp)",
                "addi sp, sp, 64",
                "ret",
                ".option pop",
            )
        }
    };
}

rows!(rows8, Block8, block8, "slli t0, t0, 8\n", "4", "8191");
rows!(rows16, Block16, block16, "", "5", "32767");
