//! A number of which the compiler knows nothing.

/// `v`, whose value the compiler cannot see: it makes no comparison and no branch of what is computed from it.
// There `black_box` goes by way of the stack: a score of the network 16x4x64x2 from `f32` took 800 instructions more on RISC-V.
#[cfg(any(core = "rv32", core = "v6m"))]
#[allow(unsafe_code)]
#[inline]
pub(super) fn opaque(mut v: i32) -> i32 {
    // SAFETY: no instruction at all.
    unsafe {
        core::arch::asm!("/* {0} */", inout(reg) v, options(pure, nomem, nostack, preserves_flags));
    }
    v
}

/// `v`, whose value the compiler cannot see: it makes no comparison and no branch of what is computed from it.
#[cfg(not(any(core = "rv32", core = "v6m")))]
#[inline]
pub(super) fn opaque(v: i32) -> i32 {
    core::hint::black_box(v)
}
