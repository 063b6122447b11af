//! Up to four elements of a state as activations, on ARMv6-M: 19 instructions an element, of which LLVM makes 28. Nothing branches on
//! a number.

use core::arch::naked_asm;

/// The two words of a [`Quad`](crate::fixed::Quad), the first one below, that [`Narrowing`](crate::fixed::Narrowing) makes of elements:
/// four times how many there are, shift, limit, slope.
///
/// # Safety
///
/// There are one to four elements.
#[unsafe(naked)]
pub(in super::super::super) unsafe extern "C" fn narrow(
    u: *const i32,
    bytes: usize,
    shift: u32,
    limit: i32,
    slope: i32,
) -> u64 {
    naked_asm!(
        "push {{r4-r7, lr}}",
        // What the slope takes off, its limit below zero and twice its limit.
        "ldr r5, [sp, #20]",
        "movs r4, #1",
        "lsls r4, r4, #15",
        "subs r4, r5, r4",
        "rsbs r5, r3, #0",
        "mov r12, r5",
        "adds r3, r3, r3",
        "mov lr, r3",
        // The last element comes first; each pushes the one before the last into the upper half.
        "movs r6, #0",
        "movs r7, #0",
        "subs r1, #4",
        "2:",
        "ldr r3, [r0, r1]",
        "asrs r3, r2",
        "movs r5, #0",
        "adcs r3, r5",
        "add r3, r12",
        "asrs r5, r3, #31",
        "ands r3, r5",
        "add r3, lr",
        "asrs r5, r3, #31",
        "bics r3, r5",
        "add r3, r12",
        "cmp r4, #0",
        "bne 4f",
        "3:",
        "lsls r5, r6, #16",
        "movs r6, r7",
        "uxth r3, r3",
        "adds r7, r5, r3",
        "subs r1, #4",
        "bpl 2b",
        "movs r0, r6",
        "movs r1, r7",
        "pop {{r4-r7, pc}}",
        "4:",
        "asrs r5, r3, #31",
        "ands r5, r3",
        "muls r5, r4, r5",
        "asrs r5, r5, #14",
        "adds r5, #1",
        "asrs r5, r5, #1",
        "adds r3, r3, r5",
        "b 3b",
    )
}
