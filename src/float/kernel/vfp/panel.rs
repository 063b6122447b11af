//! The sums of some rows, in registers from the bias to the last column.

use super::Layer;
use super::relu::{relu_4, relu_8, relu_16};
use core::arch::asm;

/// Rows `row..row + R` of a layer that has more of them: between two columns of the panel, weights of other rows are skipped.
macro_rules! panel {
    ($name:ident, $rows:literal, $sums:literal, [$($column:literal),+], $relu:ident, [$($used:tt)+]) => {
        impl Layer {
            /// # Safety
            ///
            /// `weight` has `rows · columns` numbers, `bias` has `rows`, `x` has `columns > 0`, `y` has room for `rows`; and
            /// the panel's last row is below `rows`.
            #[inline]
            pub(super) unsafe fn $name(&self, row: usize) {
                // SAFETY: reads `$rows` numbers at `bias + row`, writes as many at `y + row`. Reads `columns` numbers at `x`,
                // and as many times `$rows` numbers, `rows` apart, from `weight + row`: `row + $rows <= rows`, so the last of
                // them ends within the `rows · columns` numbers of `weight`.
                unsafe {
                    asm!(
                        concat!("vldmia {bias}, {{", $sums, "}}"),
                        "2:",
                        "vldmia {x}!, {{s16}}",
                        $($column,)+
                        "add {w}, {skip}",
                        "subs {n}, #1",
                        "bne 2b",
                        "cmp {rectified}, #0",
                        "beq 3f",
                        "vmov s16, {n}",
                        "bl {relu}",
                        "3:",
                        concat!("vstmia {sums}, {{", $sums, "}}"),
                        bias = in(reg) self.bias.add(row),
                        sums = in(reg) self.y.add(row),
                        x = inout(reg) self.x => _,
                        w = inout(reg) self.weight.add(row) => _,
                        n = inout(reg) self.columns => _,
                        skip = in(reg) self.rows.wrapping_sub($rows).wrapping_mul(4),
                        rectified = in(reg) usize::from(self.rectified),
                        relu = sym $relu,
                        out("lr") _,
                        $(out($used) _,)+
                        options(nostack),
                    );
                }
            }
        }
    };
}

/// All rows of a layer that has so few, two columns a turn; an odd number of columns begins with a single one.
macro_rules! few {
    ($name:ident, $sums:literal, [$($single:literal),+], [$($pair:literal),+], $relu:ident, [$($used:tt)+]) => {
        impl Layer {
            /// # Safety
            ///
            /// `weight` has `rows · columns` numbers, `bias` has `rows`, `x` has `columns > 0`; `y` has room for `rows`, which
            /// are those of this panel.
            #[inline]
            pub(super) unsafe fn $name(&self) {
                // SAFETY: reads all numbers of `bias`, `x` and `weight` once, and writes all of `y`.
                unsafe {
                    asm!(
                        concat!("vldmia {bias}, {{", $sums, "}}"),
                        "tst {n}, #1",
                        "beq 2f",
                        "vldmia {x}!, {{s16}}",
                        $($single,)+
                        "2:",
                        "lsrs {n}, {n}, #1",
                        "beq 4f",
                        "3:",
                        "vldmia {x}!, {{s16-s17}}",
                        $($pair,)+
                        "subs {n}, #1",
                        "bne 3b",
                        "4:",
                        "cmp {rectified}, #0",
                        "beq 5f",
                        "vmov s16, {n}",
                        "bl {relu}",
                        "5:",
                        concat!("vstmia {sums}, {{", $sums, "}}"),
                        bias = in(reg) self.bias,
                        sums = in(reg) self.y,
                        x = inout(reg) self.x => _,
                        w = inout(reg) self.weight => _,
                        n = inout(reg) self.columns => _,
                        rectified = in(reg) usize::from(self.rectified),
                        relu = sym $relu,
                        out("lr") _,
                        $(out($used) _,)+
                        options(nostack),
                    );
                }
            }
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
    relu_16,
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
    relu_8,
    ["s0" "s1" "s2" "s3" "s4" "s5" "s6" "s7" "s16" "s17" "s18" "s19" "s20" "s21" "s22" "s23" "s24"]
);

panel!(
    four, 4, "s0-s3",
    [
        "vldmia {w}!, {{s17-s20}}",
        "vmul.f32 s17, s17, s16", "vmul.f32 s18, s18, s16", "vmul.f32 s19, s19, s16", "vmul.f32 s20, s20, s16",
        "vadd.f32 s0, s0, s17", "vadd.f32 s1, s1, s18", "vadd.f32 s2, s2, s19", "vadd.f32 s3, s3, s20"
    ],
    relu_4,
    ["s0" "s1" "s2" "s3" "s16" "s17" "s18" "s19" "s20"]
);

few!(
    three, "s0-s2",
    [
        "vldmia {w}!, {{s18-s20}}",
        "vmul.f32 s18, s18, s16", "vmul.f32 s19, s19, s16", "vmul.f32 s20, s20, s16",
        "vadd.f32 s0, s0, s18", "vadd.f32 s1, s1, s19", "vadd.f32 s2, s2, s20"
    ],
    [
        "vldmia {w}!, {{s18-s23}}",
        "vmul.f32 s18, s18, s16", "vmul.f32 s19, s19, s16", "vmul.f32 s20, s20, s16",
        "vmul.f32 s21, s21, s17", "vmul.f32 s22, s22, s17", "vmul.f32 s23, s23, s17",
        "vadd.f32 s0, s0, s18", "vadd.f32 s1, s1, s19", "vadd.f32 s2, s2, s20",
        "vadd.f32 s0, s0, s21", "vadd.f32 s1, s1, s22", "vadd.f32 s2, s2, s23"
    ],
    relu_4,
    ["s0" "s1" "s2" "s3" "s16" "s17" "s18" "s19" "s20" "s21" "s22" "s23"]
);

few!(
    two, "s0-s1",
    [
        "vldmia {w}!, {{s18-s19}}",
        "vmul.f32 s18, s18, s16", "vmul.f32 s19, s19, s16",
        "vadd.f32 s0, s0, s18", "vadd.f32 s1, s1, s19"
    ],
    [
        "vldmia {w}!, {{s18-s21}}",
        "vmul.f32 s18, s18, s16", "vmul.f32 s19, s19, s16",
        "vmul.f32 s20, s20, s17", "vmul.f32 s21, s21, s17",
        "vadd.f32 s0, s0, s18", "vadd.f32 s1, s1, s19",
        "vadd.f32 s0, s0, s20", "vadd.f32 s1, s1, s21"
    ],
    relu_4,
    ["s0" "s1" "s2" "s3" "s16" "s17" "s18" "s19" "s20" "s21"]
);

few!(
    one, "s0",
    ["vldmia {w}!, {{s18}}", "vmul.f32 s18, s18, s16", "vadd.f32 s0, s0, s18"],
    [
        "vldmia {w}!, {{s18-s19}}",
        "vmul.f32 s18, s18, s16", "vmul.f32 s19, s19, s17",
        "vadd.f32 s0, s0, s18", "vadd.f32 s0, s0, s19"
    ],
    relu_4,
    ["s0" "s1" "s2" "s3" "s16" "s17" "s18" "s19"]
);
