//! Natural logarithms that the compiler takes, of the constants of a model written by hand.

use core::f64::consts::{LN_2, SQRT_2};

/// `ln x` of a positive, finite, normal number, within two units in the last place.
///
/// `x = m · 2ᵉ` with `m` near one, and `ln m = 2 artanh s = 2 (s + s³/3 + s⁵/5 + …)` of `s = (m − 1) / (m + 1)`.
pub(crate) const fn ln(x: f64) -> f64 {
    let bits = x.to_bits();
    let mut exponent = (bits >> 52) as i64 - 1023;
    let mut m = f64::from_bits((bits & ((1 << 52) - 1)) | 1023 << 52);
    if m > SQRT_2 {
        m /= 2.0;
        exponent += 1;
    }
    let s = (m - 1.0) / (m + 1.0);
    let mut sum = 0.0;
    // |s| ≤ 0.172: the first term left out is below 1e-18.
    let mut n = 23;
    while n > 0 {
        sum = sum * s * s + 1.0 / n as f64;
        n -= 2;
    }
    2.0 * s * sum + exponent as f64 * LN_2
}

/// `Σ ln |fᵢ|`.
///
/// # Panics
///
/// If a factor is zero, infinite or NaN: what it multiplies has no inverse.
pub(crate) const fn sum_of_ln(factors: &[f32]) -> f64 {
    let (mut sum, mut i) = (0.0, 0);
    while i < factors.len() {
        assert!(
            factors[i] != 0.0 && factors[i].is_finite(),
            "a factor is neither zero nor infinite nor NaN"
        );
        sum += ln(factors[i].abs() as f64);
        i += 1;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::ln;
    extern crate std;

    #[test]
    fn logarithms_are_those_of_the_host() {
        for i in 1..100_000 {
            for x in [f64::from(i), 1.0 / f64::from(i), 1.7e30 * f64::from(i)] {
                let expected = x.ln();
                assert!(
                    (ln(x) - expected).abs() <= 4e-16 * expected.abs().max(1.0),
                    "{x}"
                );
            }
        }
        assert_eq!(ln(1.0), 0.0);
    }

    #[test]
    fn counts_of_members_have_the_bits_that_the_generator_writes() {
        for members in 1..=1_000 {
            let n = f64::from(members);
            assert_eq!(ln(n) as f32, n.ln() as f32);
            assert_eq!(
                (ln(n) * 65_536.0 + 0.5) as i32,
                (n.ln() * 65_536.0).round() as i32
            );
        }
    }
}
