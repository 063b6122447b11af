//! Hidden layers with smooth activations, which are read from tables.

mod elu_alpha;
mod function;
mod tables;

pub use elu_alpha::EluAlpha;
pub use function::{
    Elu, Function, Gelu, GeluTanh, Hardswish, Hardtanh, Mish, Selu, Silu, Softplus, Tanh,
};

use super::limit::{around_zero, at_least, at_most, below_zero};
use super::narrowing::{Narrowing, narrowed};
use super::{Linear, Quad, Storage};

use crate::{Conditioner, Then};
use function::Shape;

/// An activation of 16 bits: `p` in units of `2^-before` to `F(p)` in units of `2^-after`, both clamped to `±limit`.
///
/// ```
/// use nice_flow::fixed::{Curve, Tanh};
///
/// // tanh ½ = 0.4621 to within 2⁻¹², of a number in units of 2⁻¹¹, in units of 2⁻¹⁵.
/// const TANH: Curve<Tanh> = Curve::new(11, 15, 32_767, Tanh);
/// assert_eq!(TANH.of(1 << 10), 15_149);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Curve<F> {
    limit: i32,
    step: u32,
    drop: u32,
    function: F,
}

impl<F: Function> Curve<F> {
    /// `before` and `after` are equal but for [`Tanh`] and [`Hardtanh`].
    ///
    /// # Panics
    ///
    /// Unless `4 ≤ before ≤ 14`, `1 ≤ after ≤ 15`, for [`Selu`] and [`Hardtanh`] `after ≤ 14`, and `limit ≥ 0`.
    pub const fn new(before: u8, after: u8, limit: i16, function: F) -> Self {
        assert!(4 <= before && before <= 14, "a unit of 2^-4 to 2^-14");
        assert!(
            1 <= after && (after as u32) < F::UNIT,
            "a unit of 2^-1 to 2^-15, of SELU and hardtanh to 2^-14"
        );
        assert!(limit >= 0, "a limit not below zero");
        Self {
            limit: limit as i32,
            step: before as u32 - 4,
            drop: F::UNIT - after as u32,
            function,
        }
    }

    /// Its value, of any number of 32 bits whose double fits, too.
    #[inline]
    #[must_use]
    pub fn of(&self, p: i32) -> i32 {
        let p = around_zero(p, self.limit);
        let sign = below_zero(p);
        let size = match F::SHAPE {
            Shape::Tail => p.wrapping_neg().max(0),
            Shape::Skew => at_least(
                p.wrapping_sub(F::START.wrapping_shl(self.step.wrapping_add(4))),
                0,
            ),
            _ => (p ^ sign).wrapping_sub(sign),
        };
        let half = 1i32.wrapping_shl(self.drop) >> 1;
        let g = self
            .look_up(size)
            .wrapping_add(half)
            .wrapping_shr(self.drop);
        let value = match F::SHAPE {
            Shape::Odd => (g ^ sign).wrapping_sub(sign),
            Shape::Above => p.max(0).wrapping_add(g),
            Shape::Below | Shape::Tail | Shape::Skew => p.max(0).wrapping_sub(g),
        };
        around_zero(value, self.limit)
    }

    /// `g` by straight lines.
    #[inline]
    fn look_up(&self, d: i32) -> i32 {
        let last = F::table().len() as i32 - 1;
        let d = at_most(d, last.wrapping_shl(self.step));
        let i = at_most(d.wrapping_shr(self.step), last.wrapping_sub(1));
        let rest = d.wrapping_sub(i.wrapping_shl(self.step));
        // `get`, since the compiler cannot see that `i` is in range, and would link a panic.
        let knot = |i: usize| F::table().get(i).map_or(0, |knot| i32::from(*knot));
        let (from, to) = (knot(i as usize), knot((i as usize).wrapping_add(1)));
        let rise = to.wrapping_sub(from).wrapping_mul(rest);
        self.function
            .times(from.wrapping_add(rise.wrapping_shr(self.step)))
    }
}

/// `y = curve(sums)`; of slices of two lengths, as far as the shorter one goes.
#[inline(never)]
pub fn bend<F: Function>(curve: &Curve<F>, sums: &[[i32; 4]], y: &mut [Quad]) {
    for (sums, y) in sums.iter().zip(y) {
        *y = Quad::of(sums.map(|sum| curve.of(sum)));
    }
}

/// `x = curve(narrowing(u))`; of slices of two lengths, as far as the shorter one goes.
#[inline(never)]
pub fn bend_narrowed<F: Function>(
    narrowing: Narrowing,
    curve: &Curve<F>,
    u: &[[i32; 4]],
    x: &mut [Quad],
) {
    for (u, x) in u.iter().zip(x) {
        *x = Quad::of(u.map(|u| curve.of(narrowed(narrowing, u))));
    }
}

/// A hidden layer with a smooth activation, `curve((W x + b) >> shift)`: `4 G` activations in, `4 P` out.
///
/// With what follows it, [`Then(smooth, rest)`](Then) is a [`Conditioner`].
///
/// ```
/// use nice_flow::{Conditioner, Then, fixed::{Curve, Dense, I8, Linear, Quad, Smooth, Tanh}};
///
/// // tanh(½) in four hidden units, two of which are added up.
/// static NET: Then<Smooth<I8, 1, 1, Tanh>, Linear<I8, 1, 1>> = Then(
///     Smooth::new(
///         Linear::new(Dense::new([[[0; 4]]], [[2 << 10; 4]]), [[1; 4]]),
///         Curve::new(11, 13, 8_191, Tanh),
///     ),
///     Linear::new(Dense::new([[[0x1_0100; 4]]], [[0; 4]]), [[8; 4]]),
/// );
/// assert_eq!(NET.eval(&[Quad::ZERO]), [[7_603; 4]]);
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Smooth<S: Storage, const G: usize, const P: usize, F> {
    linear: Linear<S, G, P>,
    curve: Curve<F>,
}

impl<S: Storage, const G: usize, const P: usize, F: Function> Smooth<S, G, P, F> {
    /// `curve(linear(x))`.
    pub const fn new(linear: Linear<S, G, P>, curve: Curve<F>) -> Self {
        Self { linear, curve }
    }

    /// Its activations.
    #[inline]
    pub(super) fn apply(&self, x: &[Quad; G]) -> [Quad; P] {
        let sums = self.linear.eval(x);
        let mut h = [Quad::ZERO; P];
        bend(&self.curve, &sums, &mut h);
        h
    }
}

/// A hidden layer and what follows it.
impl<S, F, C, const G: usize, const P: usize> Conditioner for Then<Smooth<S, G, P, F>, C>
where
    S: Storage,
    F: Function,
    C: Conditioner<Input = [Quad; P]>,
{
    type Input = [Quad; G];
    type Output = C::Output;

    fn eval(&self, x: &Self::Input) -> Self::Output {
        self.1.eval(&self.0.apply(x))
    }
}

#[cfg(test)]
mod tests;
