//! The rows of a layer on ARMv7-M and above: what is around the products of a block, which `dsp.rs` and `v7m.rs` bring.

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

/// A function [`Rows`](super::Rows).
///
/// `$block` adds the products of a block to `r4`-`r7`, advances `r0` over it and `r1` over its activations, and may
/// change `r2`, `r3` and `r8`-`r12`; `$test` compares `r1` with the end of the activations: `r12` at first, and always
/// `[sp]` plus eight times `[sp, #52]`. Two blocks a turn; an odd number of them starts in the middle of one.
macro_rules! rows {
    ($name:ident, $type:ty, $block:ident, $test:literal, $bits:literal, $cpu:literal) => {
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
                $cpu,
                // The stack: x, nine registers, end of biases, y, activation, groups.
                "push {{r1, r4-r11, lr}}",
                "mov r12, r2",
                "mov lr, r3",
                // Four rows.
                "2:",
                "ldr r1, [sp]",
                "ldr r2, [sp, #52]",
                "ldmia lr!, {{r4-r7}}",
                "lsrs r2, r2, #1",
                "bcs 4f",
                "3:",
                $block!(),
                "4:",
                $block!(),
                $test,
                "bne 3b",
                "ldr r2, [sp, #48]",
                "asrs r3, r2, #8",
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
                "bfi r5, r7, #16, #16",
                "bfi r4, r6, #16, #16",
                "ldrd r2, r3, [sp, #40]",
                "strd r5, r4, [r3], #8",
                "8:",
                "str r3, [sp, #44]",
                "cmp lr, r2",
                "bne 2b",
                "pop {{r1, r4-r11, pc}}",
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
                "ldrd r2, r3, [sp, #40]",
                "stmia r3!, {{r4-r7}}",
                "b 8b",
            )
        }
    };
}

pub(super) use {leak, rows};
