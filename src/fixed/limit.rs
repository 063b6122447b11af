//! Clamps and comparisons that take the same instructions, whatever the numbers are.
//!
//! On a Cortex-M0+ and on RISC-V `clamp` and `min` compile to branches, which take longer one way than the other; `max(0)` and `min(0)` do
//! not. `tests/embedded` counts the instructions of many inputs.

use super::opaque::opaque;

/// `v` clamped to `-limit ..= limit`, as long as their sum does not overflow.
// On these neither inlined nor constant: where LLVM sees a constant limit, as of an only caller, it recognises `clamp`, and
// branches.
#[cfg_attr(any(core = "v6m", core = "rv32"), inline(never))]
#[cfg_attr(not(any(core = "v6m", core = "rv32")), inline)]
pub(super) fn within(v: i64, limit: i32) -> i32 {
    let limit = i64::from(if cfg!(any(core = "v6m", core = "rv32")) {
        opaque(limit)
    } else {
        limit
    });
    let v = v.wrapping_sub(v.wrapping_add(limit).min(0));
    v.wrapping_add(limit.wrapping_sub(v).min(0)) as i32
}

/// The lower of `v` and `limit`, as long as their difference does not overflow.
#[inline]
pub(super) fn at_most(v: i32, limit: i32) -> i32 {
    v.wrapping_add(limit.wrapping_sub(v).min(0))
}

/// The higher of `v` and `limit`, as long as their difference does not overflow.
#[inline]
pub(super) fn at_least(v: i32, limit: i32) -> i32 {
    v.wrapping_sub(v.wrapping_sub(limit).min(0))
}

/// `v` clamped to `-limit ..= limit`, as long as their sum and their difference do not overflow.
#[inline]
pub(super) fn around_zero(v: i32, limit: i32) -> i32 {
    // Where LLVM sees a constant limit, it recognises `clamp`, and branches.
    let limit = if cfg!(any(core = "v6m", core = "rv32")) {
        opaque(limit)
    } else {
        limit
    };
    at_least(at_most(v, limit), limit.wrapping_neg())
}

/// `v` clamped to 16 bits, as long as its size is at most 2³⁰.
#[inline]
pub(super) fn within_16_bits(v: i32) -> i32 {
    if cfg!(any(core = "v6m", core = "rv32")) {
        within_without_branches(v, 1 << 15)
    } else {
        // `ssat` on the other Cortex-M.
        v.clamp(-0x8000, 0x7fff)
    }
}

/// `v` clamped to ±(2¹⁵ − 1).
#[inline]
pub(super) fn around_zero_16_bits(v: i32) -> i32 {
    if cfg!(any(core = "v6m", core = "rv32")) {
        // Without its sign, no difference overflows.
        let sign = below_zero(v);
        let size = at_most(v ^ sign, opaque(0x7fff));
        at_least(size ^ sign, opaque(-0x7fff))
    } else {
        // `ssat`, which ends at −2¹⁵.
        v.clamp(-0x8000, 0x7fff).max(-0x7fff)
    }
}

/// `½ v`, rounded up, at most 2³⁰; `v` has at most 62 bits.
#[inline]
pub(super) fn half_within_30_bits(v: u64) -> i32 {
    if cfg!(any(core = "v6m", core = "rv32")) {
        within((v.wrapping_add(1) >> 1) as i64, 1 << 30)
    } else {
        (v.min(1 << 31) as u32).div_ceil(2) as i32
    }
}

/// `a + b`, no higher than `i32::MAX`; `b` is not below zero.
#[inline]
pub(super) fn raised(a: i32, b: i32) -> i32 {
    if cfg!(any(core = "v6m", core = "rv32")) {
        let sum = a.wrapping_add(b);
        let beyond = below_zero(sum & !a);
        (sum | beyond) ^ (beyond << 31)
    } else {
        // `qadd` on cores with the DSP extension.
        a.saturating_add(b)
    }
}

/// `a - b` clamped to `-i32::MAX ..= i32::MAX`; `b` is not `i32::MIN`.
#[inline]
pub(super) fn difference(a: i32, b: i32) -> i32 {
    if cfg!(any(core = "v6m", core = "rv32")) {
        within(i64::from(a) - i64::from(b), i32::MAX)
    } else {
        let difference = a.saturating_sub(b);
        difference.wrapping_add(i32::from(difference == i32::MIN))
    }
}

/// The higher of two numbers, and how far they are apart.
#[inline]
pub(super) fn highest(a: i32, b: i32) -> (i32, u32) {
    if cfg!(any(core = "v6m", core = "rv32")) {
        // The difference of two numbers of 32 bits needs 33: `sign` holds the highest.
        let (ahead, sign) = (b.wrapping_sub(a), below(b, a));
        let apart = (ahead ^ sign).wrapping_sub(sign) as u32;
        (a.wrapping_add(ahead & !sign), apart)
    } else {
        (a.max(b), a.abs_diff(b))
    }
}

/// `v` clamped to `-limit ..= limit - 1`.
// `opaque`: where LLVM sees a constant limit, it recognises `clamp`, and branches.
#[inline]
fn within_without_branches(v: i32, limit: i32) -> i32 {
    let limit = opaque(limit);
    let v = v.wrapping_sub(v.wrapping_add(limit).min(0));
    at_most(v, limit.wrapping_sub(1))
}

/// All bits set for a number below zero, else none.
// `opaque`: otherwise LLVM turns the mask into a comparison and a choice, on a Cortex-M0+ a branch that depends on data.
#[inline]
pub(super) fn below_zero(v: i32) -> i32 {
    opaque(v >> 31)
}

/// All bits set if `a < b`, else none.
#[inline]
pub(super) fn below(a: i32, b: i32) -> i32 {
    below_zero(((i64::from(a) - i64::from(b)) >> 32) as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_says_which_is_lower() {
        let ends = [i32::MIN, -i32::MAX, -1, 0, 1, i32::MAX];
        for a in ends {
            for b in ends {
                assert_eq!(below(a, b), -i32::from(a < b), "{a} {b}");
            }
        }
    }

    #[test]
    fn sixteen_bits_are_clamped_evenly() {
        for v in [
            i32::MIN,
            -32_769,
            -32_768,
            -32_767,
            -1,
            0,
            32_767,
            32_768,
            i32::MAX,
        ] {
            assert_eq!(around_zero_16_bits(v), v.clamp(-32_767, 32_767));
        }
    }

    #[test]
    fn halves_are_rounded_up() {
        let ends = [
            0,
            1,
            2,
            3,
            (1 << 31) - 1,
            1 << 31,
            (1 << 31) + 1,
            u32::MAX.into(),
            1 << 32,
            1 << 61,
        ];
        for v in ends {
            assert_eq!(
                i64::from(half_within_30_bits(v)),
                (v.div_ceil(2) as i64).min(1 << 30)
            );
        }
    }

    #[test]
    fn sums_are_clamped_and_distances_are_not() {
        let ends = [i32::MIN, -i32::MAX, -1, 0, 1, i32::MAX];
        for a in ends {
            for b in ends {
                let exact = i64::from(a) + i64::from(b);
                let end = i64::from(i32::MAX);
                if b >= 0 {
                    assert_eq!(i64::from(raised(a, b)), exact.min(end));
                }
                let exact = i64::from(a) - i64::from(b);
                assert_eq!(i64::from(difference(a, b)), exact.clamp(-end, end));
                assert_eq!(highest(a, b), (a.max(b), a.abs_diff(b)));
            }
        }
    }

    #[test]
    fn limits_are_those_of_clamp() {
        let ends = [-(1 << 62), -8, -7, -6, -1, 0, 1, 6, 7, 8, 1 << 62];
        for v in ends {
            for limit in [0, 7, i32::MAX] {
                let end = i64::from(limit);
                assert_eq!(i64::from(within(v, limit)), v.clamp(-end, end));
            }
        }
        let ends = [
            -(1 << 30),
            -32_769,
            -32_768,
            -1,
            0,
            1,
            32_767,
            32_768,
            1 << 30,
        ];
        for v in ends {
            let clamped = v.clamp(i16::MIN.into(), i16::MAX.into());
            assert_eq!(within_16_bits(v), clamped);
            assert_eq!(within_without_branches(v, 1 << 15), clamped);
        }
        for (v, limit) in [(0, 0), (-1 << 30, 7), (6, 7), (8, 7), (1 << 30, 0)] {
            assert_eq!(at_most(v, limit), v.min(limit));
            assert_eq!(at_least(v, limit), v.max(limit));
            assert_eq!(around_zero(v, limit), v.clamp(-limit, limit));
        }
    }
}
