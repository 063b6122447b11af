//! The sum of a mixture's components, on ARMv6-M: 33 instructions a component, of which LLVM makes 64. Nothing branches on a number.

use core::arch::naked_asm;

/// `ln Σ eᵗ` of terms from start to end, by a table of `ln(1 + e⁻ᵈ)` in units of 2⁻¹⁶, 16 knots a nat: the bits of
/// [`log_sum_exp`](crate::fixed::mixture::log_sum_exp).
///
/// # Safety
///
/// There is a term, and the table has 177 entries.
#[unsafe(naked)]
pub(in super::super::super) unsafe extern "C" fn log_sum_exp<const FRAC: u32>(
    terms: *const i32,
    end: *const i32,
    table: *const u16,
) -> i32 {
    naked_asm!(
        "push {{r4-r7, lr}}",
        "mov r4, r8",
        "push {{r4}}",
        "mov r8, r1",
        "mov lr, r2",
        "movs r1, #1",
        "lsls r1, r1, #31",
        "mov r12, r1",
        "mov r1, r0",
        // With the sign bit turned, the order of numbers is that without signs.
        "ldmia r1!, {{r0}}",
        "add r0, r12",
        "b 3f",
        "2:",
        "ldmia r1!, {{r2}}",
        "add r2, r12",
        // The higher one, and how far the other is from it.
        "subs r2, r2, r0",
        "sbcs r3, r3",
        "movs r4, r2",
        "eors r4, r3",
        "subs r4, r4, r3",
        "bics r2, r3",
        "adds r0, r0, r2",
        // Two entries of the table; beyond its end r7 has all bits set.
        ".if {step}",
        "lsrs r5, r4, #{step}",
        ".else",
        "movs r5, r4",
        ".endif",
        "movs r6, #175",
        "subs r6, r6, r5",
        "asrs r7, r6, #31",
        "ands r6, r7",
        "adds r5, r5, r6",
        "lsls r5, r5, #1",
        "add r5, lr",
        "ldrh r6, [r5]",
        "ldrh r5, [r5, #2]",
        // What is between them.
        ".if {step}",
        "lsls r4, r4, #32 - {step}",
        "lsrs r4, r4, #32 - {step}",
        "subs r5, r5, r6",
        "muls r5, r4, r5",
        "asrs r5, r5, #{step}",
        "adds r6, r6, r5",
        ".endif",
        ".if 16 - {frac}",
        "lsrs r6, r6, #16 - {frac}",
        ".endif",
        "bics r6, r7",
        // No higher than the highest number.
        "adds r0, r0, r6",
        "sbcs r5, r5",
        "mvns r5, r5",
        "orrs r0, r5",
        "3:",
        "cmp r1, r8",
        "bne 2b",
        "add r0, r12",
        "pop {{r4}}",
        "mov r8, r4",
        "pop {{r4-r7, pc}}",
        step = const FRAC - 4,
        frac = const FRAC,
    )
}
