//! The ReLU of sums in registers.
//!
//! Functions, so that the panels share them: a number takes 14 bytes of code. They keep to no convention, and are called from the
//! panels only, which say what is changed: some of the registers named, the flags and `lr`.

use core::arch::naked_asm;

/// Zero in place of a number below it; `s16` holds the zero. A NaN and `-0.0` stay.
macro_rules! relu {
    ([$($sum:literal)+], $then:literal, $($rest:tt)*) => {
        naked_asm!(
            // Such assembly does not inherit the target's features.
            ".fpu fpv4-sp-d16",
            $(concat!("vcmp.f32 ", $sum, ", #0"), "vmrs APSR_nzcv, fpscr", "it mi", concat!("vmovmi.f32 ", $sum, ", s16"),)+
            $then,
            $($rest)*
        )
    };
}

/// The ReLU of `s0` to `s15`.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn relu_16() {
    relu!(["s15" "s14" "s13" "s12" "s11" "s10" "s9" "s8"], "b {rest}", rest = sym relu_8)
}

/// The ReLU of `s0` to `s7`.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn relu_8() {
    relu!(["s7" "s6" "s5" "s4"], "b {rest}", rest = sym relu_4)
}

/// The ReLU of `s0` to `s3`.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn relu_4() {
    relu!(["s3" "s2" "s1" "s0"], "bx lr",)
}
