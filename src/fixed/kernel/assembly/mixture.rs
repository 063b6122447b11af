//! What a [`Mixture`](crate::fixed::Mixture) does with each element, on ARMv7-M and above.
//!
//! Ten instructions an element in loops of 34 bytes. LLVM takes nine to eleven, and writes the loops of small models out, 20 and 40
//! bytes an element.

use core::arch::asm;

/// `Σ clamp((v − mean) · factor + ½ 2^shift >> shift)²` of `n` elements, clamped to 16 bits before they are squared.
///
/// # Safety
///
/// There are `n > 0` numbers at each place, and `shift` is in `1..=31`.
#[inline]
pub(in super::super) unsafe fn squares(
    mean: *const i16,
    factor: *const i16,
    shift: u32,
    v: *const i16,
    n: usize,
) -> u64 {
    let (mut low, mut high) = (0u32, 0u32);
    // SAFETY: reads `n` numbers at each place.
    unsafe {
        asm!(
            "2:",
            "ldrsh {z}, [{v}], #2",
            "ldrsh {a}, [{mean}], #2",
            "ldrsh {b}, [{factor}], #2",
            "sub {z}, {z}, {a}",
            "mla {z}, {z}, {b}, {half}",
            "asr {z}, {z}, {shift}",
            "ssat {z}, #16, {z}",
            "subs {n}, #1",
            "smlal {low}, {high}, {z}, {z}",
            "bne 2b",
            z = out(reg) _,
            a = out(reg) _,
            b = out(reg) _,
            v = inout(reg) v => _,
            mean = inout(reg) mean => _,
            factor = inout(reg) factor => _,
            half = in(reg) 1u32.wrapping_shl(shift.wrapping_sub(1)),
            shift = in(reg) shift,
            n = inout(reg) n => _,
            low = inout(reg) low,
            high = inout(reg) high,
            options(nostack, readonly),
        );
    }
    u64::from(high) << 32 | u64::from(low)
}

/// `v = clamp(⌊u / 2^coarse⌋, −(2¹⁵ − 1), 2¹⁵ − 1)` of `n` elements.
///
/// # Safety
///
/// There are `n > 0` numbers at `u` and `coarse`, and room for as many at `v`.
#[inline]
pub(in super::super) unsafe fn coarsen(u: *const i32, coarse: *const u8, v: *mut i16, n: usize) {
    // SAFETY: reads `n` numbers at two places, and writes as many at the third.
    unsafe {
        asm!(
            "2:",
            "ldr {z}, [{u}], #4",
            "ldrb {bits}, [{coarse}], #1",
            "asr {z}, {z}, {bits}",
            "ssat {z}, #16, {z}",
            "cmn {z}, #0x8000",
            "it eq",
            "addeq {z}, #1",
            "strh {z}, [{v}], #2",
            "subs {n}, #1",
            "bne 2b",
            z = out(reg) _,
            bits = out(reg) _,
            u = inout(reg) u => _,
            coarse = inout(reg) coarse => _,
            v = inout(reg) v => _,
            n = inout(reg) n => _,
            options(nostack),
        );
    }
}
