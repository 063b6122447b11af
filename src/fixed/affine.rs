//! Affine coupling of integers: one half of the state scales and shifts the other.

mod scale;
mod stretch;

pub use scale::{Exp, Scale, Table};
pub use stretch::stretch;

use super::Fixed;
use super::one_way::{OneWay, Tally};
use crate::misfit::{Misfit, refuse, unless};
use crate::{Conditioner, Half};
use nalgebra::SVector;

/// Where an [`AffineCoupling`] adds its shifts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(u8)]
pub enum Form {
    /// `(u + c) · 2^ρ + t`.
    MulAdd,
    /// `(u + c − t) · 2^ρ`.
    SubMul,
}

/// `[a, b] ↦ [a, (b + c) · 2^ρ + t]` with `[t, r] = m(a)` and `ρ = scale(r) + λ`, or with the halves exchanged;
/// log-determinant `ln 2 · Σ ρᵢ`.
///
/// The conditioner `m` gives `P = 2 B` numbers for the `B` changed elements, all in units of 2⁻¹⁶: first the shifts `t`, in
/// units of the state, then `r`. `scale` is [`Exp`], `ρ = r`, or a [`Table`]. With [`Form::SubMul`] it is `(b + c − t) · 2^ρ`.
///
/// Numbers beyond ±2²⁸ are clamped, and a row in which one was has the largest score there is. What was clamped is lost,
/// so that nothing undoes this layer: it is [`OneWay`], part of a [`OneWayFlow`](super::OneWayFlow), and draws no samples.
///
/// ```
/// use nice_flow::{Half, nalgebra::vector};
/// use nice_flow::fixed::{AffineCoupling, Dense, Exp, Fixed, Form, I16, Linear, Narrow, Narrowing, OneWay, Tally};
///
/// // Of any a: t = 1 and r = 2, in state and exponent: b · 2² + 1.
/// static LAYER: AffineCoupling<Narrow<1, 2, Linear<I16, 1, 1>>, Exp, 1> = AffineCoupling::new(
///     Half::Tail,
///     Form::MulAdd,
///     Narrow::new(
///         Narrowing::linear(4, 32_767),
///         Linear::new(Dense::new([[[0; 8]]], [[2 << 16, 4 << 16, 0, 0]]), [[1; 4]]),
///     ),
///     Exp,
///     [[0, 0]],
/// );
/// let mut u = vector![Fixed::from_nats(0.5), Fixed::from_nats(3.0)];
/// let mut tally = Tally::new(&[]);
/// LAYER.advance(&mut u, &mut tally);
/// assert_eq!(u[1], Fixed::from_nats(13.0));
/// assert_eq!(tally.log_det(), Fixed::from_nats(1.386_292)); // 2 ln 2
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct AffineCoupling<M, S, const B: usize> {
    conditioner: M,
    scale: S,
    constants: [[i32; 2]; B],
    changes: Half,
    form: Form,
}

/// Of a conditioner whose outputs are not two for each changed element.
const ODD: &str = "the conditioner must give a shift and a scale for each changed element";

impl<M, S, const A: usize, const B: usize, const P: usize> AffineCoupling<M, S, B>
where
    M: Conditioner<Input = SVector<Fixed, A>, Output = SVector<Fixed, P>>,
{
    /// A coupling that changes the `changes` half and reads the other; `constants` holds `[c, λ]` of each changed element,
    /// in units of 2⁻¹⁶.
    ///
    /// The generator proves that `|b + c| < 2³⁰`, `t` taken off if it is before, and that `|r| + |λ| < 2³¹ − 2²²`.
    pub const fn new(
        changes: Half,
        form: Form,
        conditioner: M,
        scale: S,
        constants: [[i32; 2]; B],
    ) -> Self {
        refuse(unless(P == 2 * B, ODD));
        Self {
            conditioner,
            scale,
            constants,
            changes,
            form,
        }
    }
}

impl<M, S, const A: usize, const B: usize, const P: usize, const D: usize> OneWay<D>
    for AffineCoupling<M, S, B>
where
    M: Conditioner<Input = SVector<Fixed, A>, Output = SVector<Fixed, P>>,
    S: Scale,
{
    const MISFIT: Misfit = unless(A + B == D && P == 2 * B, ODD);

    #[inline(never)]
    fn advance(&self, u: &mut SVector<Fixed, D>, tally: &mut Tally) {
        const { refuse(<Self as OneWay<D>>::MISFIT) };
        if let Some((kept, changed)) = self.changes.split::<Fixed, A>(u.as_mut_slice()) {
            let parameters = self.conditioner.eval(&SVector::from(*kept));
            let (shifts, raws) = parameters.as_slice().split_at(P / 2);
            let parameters = shifts.iter().zip(raws);
            stretch(
                self.form,
                &self.scale,
                &self.constants,
                parameters,
                changed,
                tally,
            );
        }
    }
}
