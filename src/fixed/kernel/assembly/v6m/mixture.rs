//! What a [`Mixture`](crate::fixed::Mixture) does with its components, on ARMv6-M: 20 instructions an element.
//!
//! From Rust, LLVM takes 27, as it keeps half of the constants on the stack.

use core::arch::naked_asm;

/// `max(constant − ½ Σ zᵢ², −i32::MAX)` for each component, the sum as [`normal`](crate::fixed::mixture::normal) rounds and clamps it:
/// components, state, results from start to end, bytes of a state of 16 bits, shift.
///
/// # Safety
///
/// There are a component and an element; components are means, factors and a constant, of as many elements as the state.
#[unsafe(naked)]
pub(in super::super::super) unsafe extern "C" fn terms<const FRAC: u32>(
    components: *const i16,
    v: *const i16,
    terms: *mut i32,
    end: *mut i32,
    bytes: usize,
    shift: u32,
) {
    naked_asm!(
        "push {{r4-r7, lr}}",
        "mov r4, r8",
        "mov r5, r9",
        "mov r6, r10",
        "mov r7, r11",
        // The stack: result, end, nine registers, bytes, shift.
        "push {{r2-r7}}",
        "ldr r3, [sp, #44]",
        "mov lr, r3",
        "ldr r7, [sp, #48]",
        // Half of the unit that the shift keeps, and what clamps to 16 bits.
        "movs r4, #1",
        "movs r5, r4",
        "lsls r4, r7",
        "lsrs r4, r4, #1",
        "mov r9, r4",
        "lsls r5, r5, #15",
        "mov r10, r5",
        "subs r4, r5, #1",
        "mov r12, r4",
        "adds r4, r4, r5",
        "rsbs r4, r4, #0",
        "mov r11, r4",
        // The state, means and factors. The last element comes first.
        "mov r4, r1",
        "mov r1, r0",
        "mov r0, r4",
        "2:",
        "mov r3, lr",
        "adds r2, r1, r3",
        "lsrs r4, r3, #1",
        "mov r8, r4",
        "movs r6, #0",
        "subs r3, #2",
        "3:",
        "ldrsh r4, [r0, r3]",
        "ldrsh r5, [r1, r3]",
        "subs r4, r4, r5",
        "ldrsh r5, [r2, r3]",
        "muls r4, r5, r4",
        "add r4, r9",
        "asrs r4, r7",
        "add r4, r10",
        "asrs r5, r4, #31",
        "bics r4, r5",
        "add r4, r11",
        "asrs r5, r4, #31",
        "ands r4, r5",
        "add r4, r12",
        "muls r4, r4, r4",
        "adds r6, r6, r4",
        // The upper word begins at the number of elements, and loses one for each that carries nothing.
        "sbcs r5, r5",
        "add r8, r5",
        "subs r3, #2",
        "bpl 3b",
        // Half of the sum, rounded up, within 30 bits.
        "mov r5, r8",
        ".if 16 - {frac}",
        "lsrs r6, r6, #16 - {frac}",
        "movs r4, r5",
        "lsls r4, r4, #16 + {frac}",
        "orrs r6, r4",
        "lsrs r5, r5, #16 - {frac}",
        ".endif",
        "rsbs r5, r5, #0",
        "orrs r5, r6",
        "asrs r5, r5, #31",
        "orrs r6, r5",
        "lsls r6, r6, #1",
        "lsrs r6, r6, #1",
        "adds r6, r6, #1",
        "lsrs r6, r6, #1",
        // One less than the difference, no lower than the least number.
        "mov r3, lr",
        "adds r1, r2, r3",
        "ldmia r1!, {{r4}}",
        "mvns r6, r6",
        "adds r5, r4, r6",
        "bics r4, r5",
        "asrs r4, r4, #31",
        "bics r5, r4",
        "lsls r4, r4, #31",
        "orrs r5, r4",
        "adds r5, r5, #1",
        "ldr r2, [sp]",
        "stmia r2!, {{r5}}",
        "str r2, [sp]",
        "ldr r3, [sp, #4]",
        "cmp r2, r3",
        "bne 2b",
        "pop {{r2-r7}}",
        "mov r8, r4",
        "mov r9, r5",
        "mov r10, r6",
        "mov r11, r7",
        "pop {{r4-r7, pc}}",
        frac = const FRAC,
    )
}
