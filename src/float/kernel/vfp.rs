//! The panels on ARM cores with an FPU, in assembly. The only other `unsafe` of the crate is that of `fixed/kernel`.
//!
//! One `vldmia` reads eight weights, where LLVM emits eight `vldr`. And LLVM may fuse a `vmul` and a `vadd` to a `vmla`, which
//! rounds the same but takes three cycles; in assembly it cannot. The sums and their order are the portable kernel's, so the
//! bits are too.
//!
//! The network 16x4x64x2 on a Cortex-M4F, whole score, instructions (estimated cycles) a MAC at opt-level 3 / s / z:
//! 2.7 (4.0) / 2.8 (4.1) / 2.9 (4.3). With sixteen rows written out by name in safe Rust it took 3.8 (4.2) / 3.8 (4.2) /
//! 3.0 (6.1), and 2.8 (5.9) at 3 where no target CPU is set. `nice-flow bench` measures such a score.
#![allow(unsafe_code)]

use core::arch::asm;

/// Panels of sixteen rows, then of eight, then of four; the last one may repeat rows, which get the same bits again.
///
/// `None` if the lengths disagree or there are fewer than four rows.
pub(super) fn panels(weight: &[f32], bias: &[f32], x: &[f32], y: &mut [f32]) -> Option<()> {
    let rows = y.len();
    let mut row = 0usize;
    while rows.wrapping_sub(row) >= 16 {
        sixteen(weight, bias, x, y, row)?;
        row = row.wrapping_add(16);
    }
    if rows.wrapping_sub(row) >= 8 {
        eight(weight, bias, x, y, row)?;
        row = row.wrapping_add(8);
    }
    while row < rows {
        row = row.min(rows.checked_sub(4)?);
        four(weight, bias, x, y, row)?;
        row = row.wrapping_add(4);
    }
    Some(())
}

/// Rows `row..row + R` of `y = W x + b`; `None` if a slice is too short.
macro_rules! panel {
    ($name:ident, $rows:literal, $sums:literal, [$($column:literal),+], [$($used:tt)+]) => {
        #[inline]
        fn $name(weight: &[f32], bias: &[f32], x: &[f32], y: &mut [f32], row: usize) -> Option<()> {
            let rows = y.len();
            let weight = weight.get(..rows.checked_mul(x.len())?)?;
            let bias: &[f32; $rows] = bias.get(row..)?.first_chunk()?;
            let sums: &mut [f32; $rows] = y.get_mut(row..)?.first_chunk_mut()?;
            if x.is_empty() {
                *sums = *bias;
                return Some(());
            }
            let first = weight.get(row..)?;
            // SAFETY: reads `bias` and writes `sums`, `$rows` numbers each. Reads `x.len() > 0` numbers at `x`, and as
            // many times `$rows` numbers, `rows` apart, from `first`: `row + $rows <= rows`, as `sums` shows, so the
            // last of them ends within the `rows · x.len()` numbers of `weight`.
            unsafe {
                asm!(
                    concat!("vldmia {bias}, {{", $sums, "}}"),
                    "2:",
                    "vldmia {x}!, {{s16}}",
                    $($column,)+
                    "add {w}, {skip}",
                    "subs {n}, #1",
                    "bne 2b",
                    concat!("vstmia {sums}, {{", $sums, "}}"),
                    bias = in(reg) bias.as_ptr(),
                    sums = in(reg) sums.as_mut_ptr(),
                    x = inout(reg) x.as_ptr() => _,
                    w = inout(reg) first.as_ptr() => _,
                    n = inout(reg) x.len() => _,
                    skip = in(reg) rows.wrapping_sub($rows).wrapping_mul(4),
                    $(out($used) _,)+
                    options(nostack),
                );
            }
            Some(())
        }
    };
}

panel!(
    sixteen, 16, "s0-s15",
    [
        "vldmia {w}!, {{s17-s24}}",
        "vmul.f32 s17, s17, s16", "vmul.f32 s18, s18, s16", "vmul.f32 s19, s19, s16", "vmul.f32 s20, s20, s16",
        "vmul.f32 s21, s21, s16", "vmul.f32 s22, s22, s16", "vmul.f32 s23, s23, s16", "vmul.f32 s24, s24, s16",
        "vadd.f32 s0, s0, s17", "vadd.f32 s1, s1, s18", "vadd.f32 s2, s2, s19", "vadd.f32 s3, s3, s20",
        "vadd.f32 s4, s4, s21", "vadd.f32 s5, s5, s22", "vadd.f32 s6, s6, s23", "vadd.f32 s7, s7, s24",
        "vldmia {w}!, {{s17-s24}}",
        "vmul.f32 s17, s17, s16", "vmul.f32 s18, s18, s16", "vmul.f32 s19, s19, s16", "vmul.f32 s20, s20, s16",
        "vmul.f32 s21, s21, s16", "vmul.f32 s22, s22, s16", "vmul.f32 s23, s23, s16", "vmul.f32 s24, s24, s16",
        "vadd.f32 s8, s8, s17", "vadd.f32 s9, s9, s18", "vadd.f32 s10, s10, s19", "vadd.f32 s11, s11, s20",
        "vadd.f32 s12, s12, s21", "vadd.f32 s13, s13, s22", "vadd.f32 s14, s14, s23", "vadd.f32 s15, s15, s24"
    ],
    ["s0" "s1" "s2" "s3" "s4" "s5" "s6" "s7" "s8" "s9" "s10" "s11" "s12" "s13" "s14" "s15"
     "s16" "s17" "s18" "s19" "s20" "s21" "s22" "s23" "s24"]
);

panel!(
    eight, 8, "s0-s7",
    [
        "vldmia {w}!, {{s17-s24}}",
        "vmul.f32 s17, s17, s16", "vmul.f32 s18, s18, s16", "vmul.f32 s19, s19, s16", "vmul.f32 s20, s20, s16",
        "vmul.f32 s21, s21, s16", "vmul.f32 s22, s22, s16", "vmul.f32 s23, s23, s16", "vmul.f32 s24, s24, s16",
        "vadd.f32 s0, s0, s17", "vadd.f32 s1, s1, s18", "vadd.f32 s2, s2, s19", "vadd.f32 s3, s3, s20",
        "vadd.f32 s4, s4, s21", "vadd.f32 s5, s5, s22", "vadd.f32 s6, s6, s23", "vadd.f32 s7, s7, s24"
    ],
    ["s0" "s1" "s2" "s3" "s4" "s5" "s6" "s7" "s16" "s17" "s18" "s19" "s20" "s21" "s22" "s23" "s24"]
);

panel!(
    four, 4, "s0-s3",
    [
        "vldmia {w}!, {{s17-s20}}",
        "vmul.f32 s17, s17, s16", "vmul.f32 s18, s18, s16", "vmul.f32 s19, s19, s16", "vmul.f32 s20, s20, s16",
        "vadd.f32 s0, s0, s17", "vadd.f32 s1, s1, s18", "vadd.f32 s2, s2, s19", "vadd.f32 s3, s3, s20"
    ],
    ["s0" "s1" "s2" "s3" "s16" "s17" "s18" "s19" "s20"]
);
