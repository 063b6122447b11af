//! The panels with Helium, four rows a vector, multiplied and added apart.
//!
//! A vector operation takes subnormal numbers for zeros and gives none, whatever FPSCR says. But FPSCR tells afterwards, by the
//! flags of underflow (UFC) and of a subnormal operand (IDC): where one is set, the layer is evaluated again, in scalars. So the
//! bits are those of every other core.
#![allow(unsafe_code)]

use super::vfp;
use core::arch::naked_asm;
use core::mem::MaybeUninit;

/// The sums of panels of sixteen rows, then of eight, then of four; the last one may repeat rows, which get the same bits again.
///
/// `None` if the lengths disagree.
pub(super) fn panels(
    weight: &[f32],
    bias: &[f32],
    x: &[f32],
    rectified: bool,
    y: &mut [MaybeUninit<f32>],
) -> Option<()> {
    let (rows, columns) = (y.len(), x.len());
    if rows < 4 || columns == 0 {
        return vfp::panels(weight, bias, x, rectified, y);
    }
    weight.get(..rows.checked_mul(columns)?)?;
    bias.get(..rows)?;
    let (w, b, x_start) = (weight.as_ptr(), bias.as_ptr(), x.as_ptr());
    let sums = y.as_mut_ptr().cast();
    // SAFETY: there are four rows and a column at least, and as many weights and biases as these need.
    let flags = unsafe { vectors(w, b, x_start, sums, rows, columns) };
    if flags != 0 {
        return vfp::panels(weight, bias, x, rectified, y);
    }
    if rectified {
        // SAFETY: so many numbers were written.
        unsafe { clear_negative(sums, rows) };
    }
    Some(())
}

/// Elements below zero become zero; a NaN stays NaN and `-0.0` stays `-0.0`.
///
/// The bits are compared, as integers: as numbers, subnormal ones would pass for zeros.
#[inline]
pub fn relu(h: &mut [f32]) {
    // SAFETY: so many numbers are there.
    unsafe { clear_negative(h.as_mut_ptr(), h.len()) };
}

/// One column of a panel: sums in the first registers, the element of `x` in `$x`, the weights at `r5`, which then goes on to the
/// next column. Loads, products and sums of neighbouring vectors alternate, so that none waits for the one before it.
macro_rules! column {
    (16, $x:literal) => {
        concat!(
            "vldrw.u32 q4, [r5]\n",
            "vldrw.u32 q5, [r5, #16]\n",
            "vmul.f32 q4, q4, ",
            $x,
            "\n",
            "vldrw.u32 q6, [r5, #32]\n",
            "vmul.f32 q5, q5, ",
            $x,
            "\n",
            "vadd.f32 q0, q0, q4\n",
            "vldrw.u32 q7, [r5, #48]\n",
            "vmul.f32 q6, q6, ",
            $x,
            "\n",
            "vadd.f32 q1, q1, q5\n",
            "vmul.f32 q7, q7, ",
            $x,
            "\n",
            "vadd.f32 q2, q2, q6\n",
            "add r5, r8\n",
            "vadd.f32 q3, q3, q7\n",
        )
    };
    (8, $x:literal) => {
        concat!(
            "vldrw.u32 q4, [r5]\n",
            "vldrw.u32 q5, [r5, #16]\n",
            "vmul.f32 q4, q4, ",
            $x,
            "\n",
            "vmul.f32 q5, q5, ",
            $x,
            "\n",
            "vadd.f32 q0, q0, q4\n",
            "add r5, r8\n",
            "vadd.f32 q1, q1, q5\n",
        )
    };
    (4, $x:literal) => {
        concat!(
            "vldrw.u32 q4, [r5]\n",
            "vmul.f32 q4, q4, ",
            $x,
            "\n",
            "add r5, r8\n",
            "vadd.f32 q0, q0, q4\n",
        )
    };
}

/// All columns of a panel, two a turn, behind the first one if their number is odd. Sets `r5`, `r7`, `r9`, `r10`.
macro_rules! columns {
    ($rows:tt, $turn:literal, $even:literal, $end:literal) => {
        concat!(
            "mov r5, r0
            mov r7, r2
            lsrs r9, r12, #1
            bcc ",
            $even,
            "f\n",
            "ldr r9, [r7], #4\n",
            column!($rows, "r9"),
            "lsrs r9, r12, #1\n",
            $even,
            ":\n",
            "wls lr, r9, ",
            $end,
            "f\n",
            $turn,
            ":\n",
            "ldrd r9, r10, [r7], #8\n",
            column!($rows, "r9"),
            column!($rows, "r10"),
            "le lr, ",
            $turn,
            "b\n",
            $end,
            ":\n",
        )
    };
}

/// `y = W x + b`; the flags of FPSCR that say that a number was or became subnormal. All other flags keep what they were.
///
/// # Safety
///
/// At least four `rows` and a column; `rows · columns` weights, `rows` biases, `columns` elements of `x`, `rows` of `y`.
#[unsafe(naked)]
unsafe extern "C" fn vectors(
    weight: *const f32,
    bias: *const f32,
    x: *const f32,
    y: *mut f32,
    rows: usize,
    columns: usize,
) -> u32 {
    naked_asm!(
        ".cpu cortex-m55",
        "push {{r4-r11, lr}}",
        "vpush {{d8-d15}}",
        "ldrd r4, r12, [sp, #100]",
        "vmrs r11, fpscr",
        "bic r5, r11, #0x88",
        "vmsr fpscr, r5",
        // Bytes of a column; in `r4`, how many rows are to come.
        "lsls r6, r4, #2",
        "mov r8, r6",
        "subs r4, #16",
        "blo 3f",
        // Sixteen rows.
        "2:",
        "vldrw.u32 q0, [r1], #16",
        "vldrw.u32 q1, [r1], #16",
        "vldrw.u32 q2, [r1], #16",
        "vldrw.u32 q3, [r1], #16",
        columns!(16, "21", "22", "23"),
        "adds r0, #64",
        "vstrw.32 q0, [r3], #16",
        "vstrw.32 q1, [r3], #16",
        "vstrw.32 q2, [r3], #16",
        "vstrw.32 q3, [r3], #16",
        "subs r4, #16",
        "bhs 2b",
        "3:",
        "adds r4, #16",
        "beq 6f",
        "cmp r4, #8",
        "blo 4f",
        // Eight rows.
        "vldrw.u32 q0, [r1], #16",
        "vldrw.u32 q1, [r1], #16",
        columns!(8, "31", "32", "33"),
        "adds r0, #32",
        "vstrw.32 q0, [r3], #16",
        "vstrw.32 q1, [r3], #16",
        "subs r4, #8",
        "beq 6f",
        // Four rows, and then the last four.
        "4:",
        "subs r4, #4",
        "bhs 5f",
        "lsls r4, r4, #2",
        "add r0, r4",
        "add r1, r4",
        "add r3, r4",
        "movs r4, #0",
        "5:",
        "vldrw.u32 q0, [r1], #16",
        columns!(4, "41", "42", "43"),
        "adds r0, #16",
        "vstrw.32 q0, [r3], #16",
        "cmp r4, #0",
        "bne 4b",
        "6:",
        "vmrs r0, fpscr",
        "orr r11, r11, r0",
        "vmsr fpscr, r11",
        "and r0, r0, #0x88",
        "vpop {{d8-d15}}",
        "pop {{r4-r11, pc}}",
    )
}

/// Sets the numbers below zero to zero: those whose bits are from 0x80000001 to 0xff800000, from the least subnormal number to minus
/// infinity.
///
/// # Safety
///
/// So many numbers are there.
#[unsafe(naked)]
unsafe extern "C" fn clear_negative(numbers: *mut f32, count: usize) {
    naked_asm!(
        ".cpu cortex-m55",
        "push {{r7, lr}}",
        // Less 0xff800001, they are the greatest.
        "movw r2, #0x0001",
        "movt r2, #0xff80",
        "movw r3, #0x0000",
        "movt r3, #0x8080",
        "vmov.i32 q2, #0",
        "wlstp.32 lr, r1, 3f",
        "2:",
        "vldrw.u32 q0, [r0]",
        "vsub.i32 q0, q0, r2",
        "vpt.u32 cs, q0, r3",
        "vstrwt.32 q2, [r0], #16",
        "letp lr, 2b",
        "3:",
        "pop {{r7, pc}}",
    )
}
