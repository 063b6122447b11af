//! Multiplies elements of a state by powers of two that have fractions.
//!
//! ```text
//! n + f = ρ,  0 ≤ f < 1        m = 2^f, of 16 bits        x · 2^ρ = (x · m) · 2^n
//! ```
//!
//! All in integers, without a branch that depends on data.

use super::{Form, Scale};
use crate::fixed::Fixed;
use crate::fixed::limit::{at_least, at_most, below_zero};
use crate::fixed::one_way::{LIMIT, Tally};

/// The exponents that an element is multiplied by: from −15 to just below 15.
const LEAST: i32 = -15 << 16;
const LARGEST: i32 = (15 << 16) - 1;

/// Knots in a factor of two, as a power of two.
const KNOTS: u32 = 6;

/// `2^(15 + i / 64)`. Straight lines between points of the curve would lie above it; so each entry is lowered by half of the
/// largest distance between line and curve. The relative error is at most 3.4e-5, as a test beside
/// this file says.
#[rustfmt::skip]
static EXP2: [u16; (1 << KNOTS) + 1] = [
    32768, 33125, 33485, 33850, 34219, 34591, 34968, 35349, 35733, 36123, 36516, 36914, 37316, 37722, 38133, 38548,
    38968, 39392, 39821, 40255, 40693, 41136, 41584, 42037, 42495, 42957, 43425, 43898, 44376, 44859, 45348, 45841,
    46341, 46845, 47355, 47871, 48392, 48919, 49452, 49990, 50535, 51085, 51641, 52204, 52772, 53347, 53928, 54515,
    55109, 55709, 56315, 56929, 57548, 58175, 58809, 59449, 60096, 60751, 61412, 62081, 62757, 63440, 64131, 64830,
    65535,
];

/// `u = (u + c) · 2^ρ + t`, or in the other form, of all elements; each has its constants `[c, λ]` and parameters `(t, r)`.
#[inline(never)]
pub fn stretch<'a>(
    form: Form,
    scale: &impl Scale,
    constants: &[[i32; 2]],
    parameters: impl Iterator<Item = (&'a Fixed, &'a Fixed)>,
    u: &mut [Fixed],
    tally: &mut Tally,
) {
    // All bits set if the shift comes after the product.
    let after = match form {
        Form::MulAdd => -1,
        Form::SubMul => 0,
    };
    for ((u, [c, lambda]), (t, r)) in u.iter_mut().zip(constants).zip(parameters) {
        let t = t.to_bits();
        let rho = scale.log2(r.to_bits(), tally.knots).wrapping_add(*lambda);
        let rho = at_most(rho, LARGEST);
        // Not limited from below: a vanishing factor keeps its whole penalty.
        tally.add_log2(rho);
        let x = u.to_bits().wrapping_add(*c).wrapping_sub(t & !after);
        let product = times_exp2(x, at_least(rho, LEAST), tally);
        *u = Fixed::from_bits(product.wrapping_add(t & after));
    }
}

/// `x · 2^ρ`, clamped; `|x| < 2³⁰`.
#[inline]
fn times_exp2(x: i32, rho: i32, tally: &mut Tally) -> i32 {
    let w = scaled(x, mantissa(rho));
    let n = rho >> 16;
    let (left, right) = (n.max(0) as u32, n.wrapping_neg().max(0) as u32);
    let limit = LIMIT.wrapping_shr(left);
    tally.note(w, limit);
    let sign = below_zero(w);
    let size = at_most((w ^ sign).wrapping_sub(sign), limit);
    let w = (size ^ sign).wrapping_sub(sign);
    let half = 1i32.wrapping_shl(right) >> 1;
    w.wrapping_shl(left).wrapping_add(half).wrapping_shr(right)
}

/// `2^15` times the power of two whose exponent is the fraction of `ρ`.
#[inline]
fn mantissa(rho: i32) -> i32 {
    const STEP: u32 = 16 - KNOTS;
    let fraction = rho & 0xffff;
    let i = (fraction >> STEP) as usize;
    let rest = fraction & ((1 << STEP) - 1);
    let (from, to) = (knot(i), knot(i.wrapping_add(1)));
    from.wrapping_add(
        (to.wrapping_sub(from)
            .wrapping_mul(rest)
            .wrapping_add(1 << (STEP - 1)))
            >> STEP,
    )
}

/// An entry of the table. `get`, so that no panic is linked.
#[inline]
fn knot(i: usize) -> i32 {
    EXP2.get(i).map_or(0, |knot| i32::from(*knot))
}

/// `round(x · m / 2¹⁵)` of `|x| < 2³⁰` and `0 ≤ m < 2¹⁶`.
#[inline]
fn scaled(x: i32, m: i32) -> i32 {
    match cfg!(core = "v6m") {
        true => scaled_by_halves(x, m),
        false => ((i64::from(x) * i64::from(m) + (1 << 14)) >> 15) as i32,
    }
}

/// The same for cores whose products have 32 bits.
#[inline]
fn scaled_by_halves(x: i32, m: i32) -> i32 {
    let (high, low) = (x >> 16, (x & 0xffff) as u32);
    let low = low.wrapping_mul(m as u32).wrapping_add(1 << 14) >> 15;
    high.wrapping_mul(m)
        .wrapping_shl(1)
        .wrapping_add(low as i32)
}

#[cfg(test)]
mod tests;
