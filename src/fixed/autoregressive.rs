//! Autoregressive layer of integers: each element is scaled and shifted by those before it.

use super::Fixed;
use super::affine::{Form, Scale, stretch};
use super::one_way::{OneWay, Tally};
use crate::misfit::{Misfit, refuse, unless};
use crate::{Conditioner, Number, Permute};
use nalgebra::SVector;

/// `(uᵢ + cᵢ) · 2^ρᵢ + tᵢ` of every element, with `[t, r] = m(u)` and `ρ = scale(r) + λ`, or `(uᵢ + cᵢ − tᵢ) · 2^ρᵢ`;
/// log-determinant `ln 2 · Σ ρᵢ`. The layer of masked autoregressive flows (MAF), one evaluation of `m` a score.
///
/// The conditioner `m` reads the elements in the order of `reads` and gives `P = 2 D` numbers in the order of the state: all
/// shifts `t`, then all `r`. It must be masked: those of an element depend on elements before it only, by some order of the
/// elements, which makes the Jacobian a triangle. `nice-flow generate` proves it from the rounded weights. It puts those elements
/// first that the fewest hidden units read: what rounding carries from a weight to the next in its row then never reaches a
/// zero of the mask.
///
/// Units, clamps and the reason why nothing undoes it are those of an [`AffineCoupling`](super::AffineCoupling).
///
/// ```
/// use nice_flow::{Permute, nalgebra::vector};
/// use nice_flow::fixed::{Autoregressive, Dense, Exp, Fixed, Form, I16, Linear, Narrow, Narrowing, OneWay, Tally};
///
/// // Of any u: t = [1, 0] and r = [2, 0], in state and exponent: 4 u₀ + 1.
/// static LAYER: Autoregressive<Narrow<2, 4, Linear<I16, 1, 1>>, Exp, 2> = Autoregressive::new(
///     Permute::new([1, 0]),
///     Form::MulAdd,
///     Narrow::new(
///         Narrowing::linear(4, 32_767),
///         Linear::new(Dense::new([[[0; 8]]], [[2 << 16, 0, 4 << 16, 0]]), [[1; 4]]),
///     ),
///     Exp,
///     [[0, 0]; 2],
/// );
/// let mut u = vector![Fixed::from_nats(3.0), Fixed::from_nats(0.5)];
/// let mut tally = Tally::new(&[]);
/// LAYER.advance(&mut u, &mut tally);
/// assert_eq!(u, vector![Fixed::from_nats(13.0), Fixed::from_nats(0.5)]);
/// assert_eq!(tally.log_det(), Fixed::from_nats(1.386_292)); // 2 ln 2
/// ```
///
/// That `P == 2 D` is checked when the program is built:
///
/// ```compile_fail,E0080
/// # use nice_flow::{Permute, fixed::{Autoregressive, Dense, Exp, Form, I16, Linear, Narrow, Narrowing}};
/// static LAYER: Autoregressive<Narrow<2, 2, Linear<I16, 1, 1>>, Exp, 2> = // two parameters: one element
///     Autoregressive::new(
///         Permute::new([0, 1]),
///         Form::MulAdd,
///         Narrow::new(
///             Narrowing::linear(4, 32_767),
///             Linear::new(Dense::new([[[0; 8]]], [[0; 4]]), [[1; 4]]),
///         ),
///         Exp,
///         [[0, 0]; 2],
///     );
/// ```
///
/// Papamakarios, Pavlakou and Murray, *Masked Autoregressive Flow for Density Estimation*, 2017.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Autoregressive<M, S, const D: usize> {
    conditioner: M,
    scale: S,
    constants: [[i32; 2]; D],
    reads: Permute<D>,
    form: Form,
}

/// Of a conditioner that does not fit the state.
const UNFIT: &str =
    "the conditioner must read the state and give a shift and a scale for each element";

impl<M, S, const A: usize, const P: usize, const D: usize> Autoregressive<M, S, D>
where
    M: Conditioner<Input = SVector<Fixed, A>, Output = SVector<Fixed, P>>,
{
    /// A layer whose conditioner reads the elements in the order of `reads`; `constants` holds `[c, λ]` of each element, in
    /// units of 2⁻¹⁶.
    ///
    /// The generator proves that `|u + c| < 2³⁰`, `t` taken off if it is before, and that `|r| + |λ| < 2³¹ − 2²²`.
    pub const fn new(
        reads: Permute<D>,
        form: Form,
        conditioner: M,
        scale: S,
        constants: [[i32; 2]; D],
    ) -> Self {
        refuse(unless(A == D && P == 2 * D, UNFIT));
        Self {
            conditioner,
            scale,
            constants,
            reads,
            form,
        }
    }
}

impl<M, S, const P: usize, const D: usize> OneWay<D> for Autoregressive<M, S, D>
where
    M: Conditioner<Input = SVector<Fixed, D>, Output = SVector<Fixed, P>>,
    S: Scale,
{
    const MISFIT: Misfit = unless(P == 2 * D, UNFIT);

    #[inline(never)]
    fn advance(&self, u: &mut SVector<Fixed, D>, tally: &mut Tally) {
        const { refuse(<Self as OneWay<D>>::MISFIT) };
        let mut read = SVector::from([Fixed::ZERO; D]);
        self.reads.pick(u, &mut read);
        let parameters = self.conditioner.eval(&read);
        let (shifts, raws) = parameters.as_slice().split_at(P / 2);
        let parameters = shifts.iter().zip(raws);
        stretch(
            self.form,
            &self.scale,
            &self.constants,
            parameters,
            u.as_mut_slice(),
            tally,
        );
    }
}
