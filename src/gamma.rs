//! What the constants of Student's t need of the gamma function, and a root, for the compiler and the generator.

use crate::ln::ln;
use core::f64::consts::PI;

/// `ln Γ((ν + 1)/2) − ln Γ(ν/2) − ½ ln(ν π)`: the log-density of Student's t of `ν` degrees of freedom at zero, in nats.
///
/// Within 1e-14 of the exact number for every `ν` from 1e-6 to 1e12.
pub const fn student_t_at_zero(degrees: f64) -> f64 {
    half_step(0.5 * degrees) - 0.5 * ln(degrees * PI)
}

/// `ln Γ(a + ½) − ln Γ(a)`.
///
/// Not by two logarithms of Γ, whose difference has no digits left where `a` is large: `Γ(a + 1) = a Γ(a)` leads to an argument of
/// 16 or more, and there Stirling's series ends.
const fn half_step(a: f64) -> f64 {
    let (mut a, mut sum) = (a, 0.0);
    while a < 16.0 {
        sum += ln(a / (a + 0.5));
        a += 1.0;
    }
    let square = 1.0 / (a * a);
    let series = -1.0 / 8.0
        + square
            * (1.0 / 192.0
                + square * (-1.0 / 640.0 + square * (17.0 / 14_336.0 - square * 31.0 / 18_432.0)));
    sum + 0.5 * ln(a) + series / a
}

/// `√x` of a positive, finite, normal number, within a unit in the last place or two.
pub(crate) const fn root(x: f64) -> f64 {
    // Half the exponent: within 4 %, which four steps of Newton's method make 1e-16.
    let mut root = f64::from_bits((x.to_bits() >> 1) + (1023 << 51));
    let mut step = 0;
    while step < 5 {
        root = 0.5 * (root + x / root);
        step += 1;
    }
    root
}

#[cfg(test)]
mod tests {
    use super::{root, student_t_at_zero};
    use core::f64::consts::PI;
    extern crate std;

    #[test]
    fn heights_of_students_t_are_those_of_closed_forms() {
        let normal = -0.918_938_533_204_672_7;
        // 1/π, 1/√8, 2/(π√3), 3/8; of 16-digit arithmetic elsewhere; and the normal's, towards which ν leads.
        for (degrees, expected) in [
            (1.0, -PI.ln()),
            (2.0, -0.5 * 8f64.ln()),
            (3.0, (2.0 / (PI * 3f64.sqrt())).ln()),
            (4.0, 0.375f64.ln()),
            (1e12, normal - 0.25e-12),
        ] {
            let found = student_t_at_zero(degrees);
            assert!(
                (found - expected).abs() < 1e-14,
                "{degrees}: {found} {expected}"
            );
        }
    }

    #[test]
    fn heights_of_students_t_have_the_digits_of_others() {
        for (degrees, expected) in KNOWN {
            let found = student_t_at_zero(degrees);
            assert!(
                (found - expected).abs() < 1e-14,
                "{degrees}: {found} {expected}"
            );
        }
    }

    #[test]
    fn roots_are_those_of_the_host() {
        for i in 1..10_000 {
            for x in [f64::from(i), 1e-30 * f64::from(i), 1.7e30 * f64::from(i)] {
                assert!((root(x) - x.sqrt()).abs() <= 3e-16 * x.sqrt(), "{x}");
            }
        }
    }

    /// Of 40-digit arithmetic.
    const KNOWN: [(f64, f64); 11] = [
        (1e-6, -7.600_903_152_688_852),
        (0.03, -2.466_858_361_189_421),
        (0.7, -1.222_013_581_623_449),
        (2.5, -1.016_639_593_460_45),
        (7.3, -0.953_080_288_058_716_7),
        (30.0, -0.927_270_325_378_845_7),
        (31.9, -0.926_774_241_747_832_8),
        (1e3, -0.919_188_533_163_006_1),
        (1e6, -0.918_938_783_204_672_7),
        (1e9, -0.918_938_533_454_672_7),
        (1e12, -0.918_938_533_204_922_7),
    ];
}
