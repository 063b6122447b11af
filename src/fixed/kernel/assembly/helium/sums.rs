//! What becomes of the sums of eight rows.

/// The sums, shifted, to `q0` and `q1`: the lower and upper halfwords of two quads.
macro_rules! lanes {
    () => {
        "vmov q0[2], q0[0], r2, r10
        vmov q0[3], q0[1], r0, r8
        vmov q1[2], q1[0], r6, lr
        vmov q1[3], q1[1], r4, r12
        vshl.s32 q0, q0, q7
        vshl.s32 q1, q1, q7
        "
    };
}

/// The lanes as halfwords from 0 to the limit, stored.
macro_rules! relu {
    () => {
        "vqmovunb.s32 q0, q0
        vqmovunt.s32 q0, q1
        vmin.u16 q0, q0, q6
        vstrw.32 q0, [r9], #16
        "
    };
}

/// `max(v, 0) + (min(v, 0) slope + 2¹⁴ >> 15)` in place of `$v`; zero in `q2`, slope in `r11`.
macro_rules! leak {
    ($v:literal) => {
        concat!(
            "vmin.s32 q3, ",
            $v,
            ", q2\n",
            "vmax.s32 ",
            $v,
            ", ",
            $v,
            ", q2\n",
            "vmul.i32 q3, q3, r11\n",
            "vrshr.s32 q3, q3, #15\n",
            "vadd.i32 ",
            $v,
            ", ",
            $v,
            ", q3\n",
        )
    };
}

pub(super) use {lanes, leak, relu};
