//! Helium: `vmladava` adds eight products of halfwords to a register.
//!
//! `vld4` takes four blocks apart, so that each of four registers has the words of one row; `vld2` parts the two words of four
//! quads. Eight rows a turn, in the eight even registers: no others can take such sums. 34 instructions are 128 products of
//! bytes, 17 are 64 of halfwords.
//!
//! Nothing is read beyond an array. Where the last columns do not fill the vectors, these begin earlier, with zeros for the
//! activations that were taken before; where four rows are left, the four before them are calculated again, with the same result.
//! What is smaller is left to the DSP extension: four rows, and columns that fill no vector. Two quads of bytes, which would fill half
//! of one, are taken for two times four rows at once, if a ReLU follows.

mod products;
mod sums;

use super::super::super::words::{Block8, Block16};
use super::dsp;
use products::{
    activations8, activations16, add_products, chunk8, chunk16, load, products_of_pairs, shift,
    turns8, turns16,
};
use sums::{lanes, leak, relu};

/// All of a layer of two quads of bytes with a ReLU: the activations stay in two vectors, each twice, and four blocks, those of
/// eight rows, are loaded at once.
macro_rules! pairs {
    () => {
        concat!(
            "cmp r4, #2
            bne 2f
            ldrd r0, r2, [r1]
            ldrd r4, r6, [r1, #8]
            vmov q4[2], q4[0], r0, r0
            vmov q4[3], q4[1], r4, r4
            vmov q5[2], q5[0], r2, r2
            vmov q5[3], q5[1], r6, r6
            ldr r1, [sp, #8]
            movs r7, #2
            vctp.32 r7
            14:
            ldmia r3!, {{r0, r2, r4, r6, r8, r10, r12, lr}}\n",
            load!("r5"),
            products_of_pairs!("q4"),
            shift!(),
            products_of_pairs!("q5"),
            lanes!(),
            relu!(),
            "cmp r3, r1
            blo 14b
            bne 10f
            subs r3, #16
            subs r5, #32
            sub r9, #8
            b 14b
            ",
        )
    };
}

/// A function [`Rows`](super::Rows).
///
/// - `$small` jumps to 12, which is `$dsp`, if `r12`, the number of quads, is too small.
/// - A block has 2 to the `$log` bytes, a vector takes `$quads` quads of `$lanes` lanes each, and `$turns` says how many vectors
///   there are.
/// - An activation is `$limit` at most; all bits above those of the limit are in `$above`.
/// - `$pairs` is all that is to be done for two quads, or nothing.
///
/// Eight sums are in `r0`, `r2`, …, `lr`, the activations at `r11`, the biases at `r3`, the blocks of the first four rows at `r5`, of
/// the others at `r7`. The result is at `r9`, whose lowest two bits say what becomes of a sum: 0 a ReLU, 1 nothing, 2 a leaky ReLU.
macro_rules! rows {
    (
        $name:ident: $type:ty,
        small: $small:literal, $dsp:path,
        log: $log:literal, quads: $quads:literal, lanes: $lanes:literal, turns: $turns:ident,
        limit: $limit:literal, above: $above:literal,
        $activations:ident, $chunk:ident, [$($pairs:ident)?]
    ) => {
        #[unsafe(naked)]
        pub(super) unsafe extern "C" fn $name(
            blocks: *const $type,
            x: *const super::Quad,
            x_end: *const super::Quad,
            bias: *const [i32; 4],
            bias_end: *const [i32; 4],
            y: *mut u32,
            activation: i32,
            groups: usize,
        ) {
            core::arch::naked_asm!(
                ".cpu cortex-m55",
                "ldr r12, [sp, #12]",
                $small,
                "ldr r12, [sp]",
                "sub r12, r12, r3",
                "cmp r12, #32",
                "blo 12f",
                // The stack: x, turns of columns, the last bias, the way to the blocks of the next rows, sixteen and nine
                // registers, end of biases, y, activation, groups.
                "push {{r4-r11, lr}}",
                "vpush {{d8-d15}}",
                "sub sp, #16",
                "ldrd r8, r9, [sp, #116]",
                "ldrd r10, r4, [sp, #124]",
                "subs r8, #16",
                concat!("lsls r6, r4, #", $log),
                "mov r5, r0",
                "adds r7, r0, r6",
                "strd r8, r6, [sp, #8]",
                $turns!(),
                "strd r1, r2, [sp]",
                "vdup.32 q7, r10",
                "vneg.s8 q7, q7",
                concat!("vmvn.i16 q6, #", $above),
                "asrs r0, r10, #8",
                "beq 13f",
                "ite mi",
                "addmi r9, #1",
                "addpl r9, #2",
                "13:",
                $($pairs!(),)?
                // Eight rows.
                "2:",
                "ldmia r3!, {{r0, r2, r4, r6, r8, r10, r12, lr}}",
                "ldrd r11, r1, [sp]",
                "3:",
                $activations!(),
                "4:",
                $chunk!(),
                "subs r1, #2",
                "bgt 3b",
                "bmi 7f",
                "lsls r1, r9, #30",
                "bne 8f",
                lanes!(),
                relu!(),
                "6:",
                "ldrd r1, r11, [sp, #8]",
                "cmp r3, r1",
                "mov r5, r7",
                "add r7, r11",
                "blo 2b",
                "beq 11f",
                "10:",
                "add sp, #16",
                "vpop {{d8-d15}}",
                "pop {{r4-r11, pc}}",
                // The last columns fill no vector: some before them again, with zeros for activations.
                "7:",
                "ldr r1, [sp, #128]",
                concat!("and r1, r1, #", $quads, " - 1"),
                concat!("rsb r1, r1, #", $quads),
                "sub r11, r11, r1, lsl #3",
                concat!("sub r5, r5, r1, lsl #", $log),
                concat!("sub r7, r7, r1, lsl #", $log),
                $activations!(),
                concat!("lsls r1, r1, #", $lanes, " - 1"),
                "vctp.32 r1",
                "vpstt",
                "veort q4, q4, q4",
                "veort q5, q5, q5",
                "movs r1, #2",
                "b 4b",
                // The sums.
                "8:",
                "bmi 9f",
                "subs r9, #1",
                "stmia r9!, {{r0, r2, r4, r6, r8, r10, r12, lr}}",
                "adds r9, #1",
                "b 6b",
                // A leaky ReLU.
                "9:",
                lanes!(),
                "ldr r11, [sp, #124]",
                "asr r11, r11, #8",
                concat!("movw r1, #", $limit),
                "vdup.32 q2, r1",
                "vneg.s32 q3, q2",
                "vmin.s32 q0, q0, q2",
                "vmin.s32 q1, q1, q2",
                "vmax.s32 q0, q0, q3",
                "vmax.s32 q1, q1, q3",
                "veor q2, q2, q2",
                leak!("q0"),
                leak!("q1"),
                "vmovnt.i32 q0, q1",
                "sub r1, r9, #2",
                "vstrw.32 q0, [r1]",
                "adds r9, #16",
                "b 6b",
                // Four rows are left: those before them again.
                "11:",
                "subs r3, #16",
                "ldr r11, [sp, #128]",
                concat!("lsl r11, r11, #", $log),
                "sub r5, r5, r11",
                "sub r7, r7, r11",
                "tst r9, #1",
                "ite eq",
                "subeq r9, #8",
                "subne r9, #16",
                "b 2b",
                "12:",
                "b.w {dsp}",
                dsp = sym $dsp,
            )
        }
    };
}

rows!(
    rows8: Block8,
    small: "cmp r12, #4
    bhs 15f
    cmp r12, #2
    bne 12f
    ldr r12, [sp, #8]
    lsrs r12, r12, #8
    bne 12f
    15:",
    dsp::rows8,
    log: "4", quads: "4", lanes: "1", turns: turns8,
    limit: "8191", above: "0xe000",
    activations8, chunk8, [pairs]
);
rows!(
    rows16: Block16,
    small: "cmp r12, #2
    blo 12f",
    dsp::rows16,
    log: "5", quads: "2", lanes: "2", turns: turns16,
    limit: "32767", above: "0x8000",
    activations16, chunk16, []
);
