//! Exact powers of two.

/// `2ᵏ`.
pub(super) fn exp2(k: i32) -> f64 {
    libm::ldexp(1.0, k)
}

/// The largest `k` with `2ᵏ ≤ x`, for positive finite `x`.
pub(super) fn floor_log2(x: f64) -> i32 {
    libm::frexp(x).1 - 1
}

/// The smallest `k` with `2ᵏ ≥ x`, for positive finite `x`.
pub(super) fn ceil_log2(x: f64) -> i32 {
    let (mantissa, exponent) = libm::frexp(x);
    if mantissa == 0.5 {
        exponent - 1
    } else {
        exponent
    }
}

/// The nearest integer; halves are rounded up.
pub(super) fn round(x: f64) -> f64 {
    (x + 0.5).floor()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_bracket_their_number() {
        for x in [
            1e-300,
            0.1,
            0.5,
            0.75,
            1.0,
            1.0_f64.next_up(),
            3.0,
            4.0,
            1e300,
        ] {
            let (floor, ceil) = (floor_log2(x), ceil_log2(x));
            assert!(exp2(floor) <= x && x < 2.0 * exp2(floor), "{x}");
            assert!(exp2(ceil) >= x && x > 0.5 * exp2(ceil), "{x}");
        }
    }

    #[test]
    fn halves_go_up() {
        assert_eq!([-1.5, -0.5, 0.5, 0.49].map(round), [-1.0, 0.0, 1.0, 0.0]);
    }
}
