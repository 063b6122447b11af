//! Clamps and comparisons that take the same instructions, whatever the numbers are.
//!
//! On a Cortex-M0+ and on RISC-V `clamp` and `min` compile to branches, which take longer one way than the other; `max(0)` and `min(0)` do
//! not. `tests/embedded` counts the instructions of many inputs.

use super::opaque::opaque;

/// `v` clamped to `-limit ..= limit`, as long as their sum does not overflow.
// On these not inlined: where LLVM sees a constant limit, it recognises `clamp`, and branches.
#[cfg_attr(any(core = "v6m", core = "rv32"), inline(never))]
#[cfg_attr(not(any(core = "v6m", core = "rv32")), inline)]
pub(super) fn within(v: i64, limit: i32) -> i32 {
    let limit = i64::from(limit);
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
        }
    }
}
