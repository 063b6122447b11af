//! Unit triangles as chains of lifting steps, the factors of a linear layer.

use super::{Fixed, Tally, strict};
use crate::misfit::{Misfit, refuse};
use crate::{Bijection, Number};
use nalgebra::SVector;

use crate::side::Side;

/// `x ← T x` with ones on the diagonal of `T`, `D` by `D`, one element after another: `xᵢ += round(Σⱼ tᵢⱼ xⱼ)`.
///
/// A step only reads elements that it does not change. So the steps undo exactly in reverse order, although each of them
/// rounds, and the log-determinant is zero. Only the `N = D (D − 1) / 2` numbers on one side of the diagonal are stored.
///
/// ```
/// use nice_flow::{Bijection, fixed::{Fixed, Side, Triangular}, nalgebra::vector};
///
/// // x₁ += ¾ x₀: the one number below the diagonal of T, times 2².
/// static LOWER: Triangular<2, 1> = Triangular::new(Side::Lower, [3], 2);
/// let mut x = vector![Fixed::<16>::from_bits(10), Fixed::from_bits(1)];
/// LOWER.forward(&mut x);
/// assert_eq!(x[1].to_bits(), 1 + 8); // 7.5, rounded
/// LOWER.inverse(&mut x);
/// assert_eq!(x[1].to_bits(), 1);
/// ```
///
/// That `N` fits is checked when the program is built:
///
/// ```compile_fail,E0080
/// # use nice_flow::fixed::{Side, Triangular};
/// static LOWER: Triangular<3, 2> = Triangular::new(Side::Lower, [3, 1], 2); // three numbers are below the diagonal
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Triangular<const D: usize, const N: usize> {
    strict: [i32; N],
    shift: u32,
    side: Side,
}

impl<const D: usize, const N: usize> Triangular<D, N> {
    /// From `tᵢⱼ · 2^shift` on one side of the diagonal, row after row: `t₁₀, t₂₀, t₂₁, t₃₀, …` below it,
    /// `t₀₁, t₀₂, …, t₁₂, t₁₃, …` above it.
    ///
    /// # Panics
    ///
    /// If `shift` is not in `1..=62`, or `N` not `D (D − 1) / 2`.
    pub const fn new(side: Side, strict: [i32; N], shift: u32) -> Self {
        refuse(strict::misfit(D, N));
        assert!(1 <= shift && shift <= 62, "a shift of 1 to 62");
        Self {
            strict,
            shift,
            side,
        }
    }

    /// `x ← T x`, clamped element by element.
    #[inline]
    pub(super) fn multiply_within(&self, x: &mut SVector<Fixed, D>, tally: &mut Tally) {
        multiply_within(self.side, &self.strict, self.shift, x.as_mut_slice(), tally);
    }
}

impl<const FRAC: u32, const D: usize, const N: usize> Bijection<Fixed<FRAC>, D>
    for Triangular<D, N>
{
    const MISFIT: Misfit = strict::misfit(D, N);

    fn forward(&self, x: &mut SVector<Fixed<FRAC>, D>) -> Fixed<FRAC> {
        const { refuse(strict::misfit(D, N)) };
        multiply(self.side, &self.strict, self.shift, x.as_mut_slice());
        Fixed::ZERO
    }

    fn inverse(&self, z: &mut SVector<Fixed<FRAC>, D>) -> Fixed<FRAC> {
        const { refuse(strict::misfit(D, N)) };
        solve(self.side, &self.strict, self.shift, z.as_mut_slice());
        Fixed::ZERO
    }
}

/// [`Triangular::forward`](Bijection::forward) at a run-time size.
pub fn multiply<const FRAC: u32>(side: Side, strict: &[i32], shift: u32, x: &mut [Fixed<FRAC>]) {
    let d = x.len();
    for step in 0..d {
        // An upper row reads later elements, which must still be the old ones: it starts with the first row.
        let i = match side {
            Side::Upper => step,
            Side::Lower => d - 1 - step,
        };
        let change = lift(side, strict, shift, x, i);
        if let Some(x) = x.get_mut(i) {
            *x += change;
        }
    }
}

/// [`Triangular::inverse`](Bijection::inverse) at a run-time size.
pub fn solve<const FRAC: u32>(side: Side, strict: &[i32], shift: u32, z: &mut [Fixed<FRAC>]) {
    let d = z.len();
    for step in 0..d {
        let i = match side {
            Side::Upper => d - 1 - step,
            Side::Lower => step,
        };
        let change = lift(side, strict, shift, z, i);
        if let Some(z) = z.get_mut(i) {
            *z -= change;
        }
    }
}

/// `round(Σⱼ tᵢⱼ xⱼ)` over one side of the diagonal; the sum wraps at 64 bits, before the shift.
#[inline(never)]
fn lift<const FRAC: u32>(
    side: Side,
    strict: &[i32],
    shift: u32,
    x: &[Fixed<FRAC>],
    i: usize,
) -> Fixed<FRAC> {
    Fixed::from_bits(wide(side, strict, shift, x, i) as i32)
}

/// The same in 64 bits.
#[inline]
fn wide<const FRAC: u32>(
    side: Side,
    strict: &[i32],
    shift: u32,
    x: &[Fixed<FRAC>],
    i: usize,
) -> i64 {
    let (start, others) = match side {
        Side::Upper => (strict::upper(x.len(), i), x.get(i.wrapping_add(1)..)),
        Side::Lower => (strict::lower(i), x.get(..i)),
    };
    let row = strict.get(start..).unwrap_or(&[]);
    let mut sum = 1i64 << shift.wrapping_sub(1).min(62);
    for (t, x) in row.iter().zip(others.unwrap_or(&[])) {
        sum = sum.wrapping_add(i64::from(*t) * i64::from(x.to_bits()));
    }
    sum.wrapping_shr(shift)
}

/// [`multiply`] in a flow that clamps its state.
#[inline(never)]
pub fn multiply_within(side: Side, strict: &[i32], shift: u32, x: &mut [Fixed], tally: &mut Tally) {
    let d = x.len();
    for step in 0..d {
        let i = match side {
            Side::Upper => step,
            Side::Lower => d - 1 - step,
        };
        let change = wide(side, strict, shift, x, i);
        if let Some(x) = x.get_mut(i) {
            *x = Fixed::from_bits(tally.clamp(change.wrapping_add(i64::from(x.to_bits()))));
        }
    }
}
