//! ARMv7-M, without the DSP extension: 41 instructions for the sixteen products of a block.

use super::super::super::words::{Block8, Block16};
use super::mainline::{leak, rows};

/// Activations 1, 3, 0, 2 to `r2`, `r8`, `r3`, `r9`, the third shifted left by `$shift`.
macro_rules! columns {
    ($shift:literal) => {
        concat!(
            "ldmia r1!, {{r2, r3}}
            asr r8, r2, #16
            sxth r2, r2
            asr r9, r3, #16
            sxth r3, r3
            lsl r3, r3, #",
            $shift,
            "\n"
        )
    };
}

/// Adds the products of the four bytes in `$w` to `$sum`.
macro_rules! row8 {
    ($sum:literal, $w:literal) => {
        concat!(
            "sxtb r12, ",
            $w,
            "\n",
            "mla ",
            $sum,
            ", r12, r3, ",
            $sum,
            "\n",
            "sxth r12, ",
            $w,
            "\n",
            "mla ",
            $sum,
            ", r12, r2, ",
            $sum,
            "\n",
            "sbfx r12, ",
            $w,
            ", #8, #16\n",
            "mla ",
            $sum,
            ", r12, r9, ",
            $sum,
            "\n",
            "asr r12, ",
            $w,
            ", #16\n",
            "mla ",
            $sum,
            ", r12, r8, ",
            $sum,
            "\n",
        )
    };
}

/// Adds the products of the two halfwords in `$w` to `$sum`.
macro_rules! row16 {
    ($sum:literal, $w:literal, $low:literal, $high:literal) => {
        concat!(
            "sxth r12, ",
            $w,
            "\n",
            "mla ",
            $sum,
            ", r12, ",
            $low,
            ", ",
            $sum,
            "\n",
            "asr r12, ",
            $w,
            ", #16\n",
            "mla ",
            $sum,
            ", r12, ",
            $high,
            ", ",
            $sum,
            "\n",
        )
    };
}

/// Four rows of four bytes, times activations that are in registers.
macro_rules! words8 {
    () => {
        concat!(
            "ldmia r0!, {{r10, r11}}\n",
            row8!("r4", "r10"),
            row8!("r5", "r11"),
            "ldmia r0!, {{r10, r11}}\n",
            row8!("r6", "r10"),
            row8!("r7", "r11"),
        )
    };
}

/// Four rows of four halfwords, times activations that are in registers.
macro_rules! words16 {
    () => {
        concat!(
            "ldmia r0!, {{r10, r11}}\n",
            row16!("r4", "r10", "r2", "r8"),
            row16!("r5", "r11", "r2", "r8"),
            "ldmia r0!, {{r10, r11}}\n",
            row16!("r6", "r10", "r2", "r8"),
            row16!("r7", "r11", "r2", "r8"),
            "ldmia r0!, {{r10, r11}}\n",
            row16!("r4", "r10", "r3", "r9"),
            row16!("r5", "r11", "r3", "r9"),
            "ldmia r0!, {{r10, r11}}\n",
            row16!("r6", "r10", "r3", "r9"),
            row16!("r7", "r11", "r3", "r9"),
        )
    };
}

/// Four rows by four columns of bytes.
macro_rules! block8 {
    () => {
        concat!(columns!("8"), words8!())
    };
}

/// Four rows by four columns of halfwords.
macro_rules! block16 {
    () => {
        concat!(columns!("0"), words16!())
    };
}

mod first;

pub(super) use first::{first8, first16};

rows!(
    rows8,
    Block8,
    block8,
    "ldr r2, [sp]\nldr r3, [sp, #52]\nadd r12, r2, r3, lsl #3\ncmp r1, r12",
    "13",
    ""
);
rows!(
    rows16,
    Block16,
    block16,
    "ldr r2, [sp]\nldr r3, [sp, #52]\nadd r12, r2, r3, lsl #3\ncmp r1, r12",
    "15",
    ""
);
