//! The DSP extension: `smlad` multiplies and adds two pairs of halfwords at once.
//!
//! Fourteen instructions for the sixteen products of a block of bytes, eleven for those of a block of halfwords.

mod first;

pub(super) use first::{first8, first16};

use super::super::super::words::{Block8, Block16};
use super::mainline::{leak, rows};

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

#[cfg(core = "v7em")]
rows!(rows8, Block8, block8, "cmp r1, r12", "13", "");
#[cfg(core = "v7em")]
rows!(rows16, Block16, block16, "cmp r1, r12", "15", "");
// A core of ARMv8-M may lack the extension, so the assembler is told of one that has it.
#[cfg(any(core = "v8m", core = "helium"))]
rows!(
    rows8,
    Block8,
    block8,
    "cmp r1, r12",
    "13",
    ".cpu cortex-m33"
);
#[cfg(any(core = "v8m", core = "helium"))]
rows!(
    rows16,
    Block16,
    block16,
    "cmp r1, r12",
    "15",
    ".cpu cortex-m33"
);
