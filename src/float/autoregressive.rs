//! Autoregressive layer, the layer of MAF: each element is scaled and shifted by those before it.

use super::scale::ScaleMap;
use crate::misfit::{Misfit, refuse, unless};
use crate::{Bijection, Conditioner};
use nalgebra::SVector;

/// `zᵢ = xᵢ·S(rᵢ) + tᵢ` with `[t, r] = m(x)`, or `(xᵢ − tᵢ)/S(rᵢ)`; log-determinant `Σ ln S(rᵢ)`, or its negative.
///
/// The conditioner `m: ℝᴰ → ℝᴾ` gives `P = 2 D` numbers: all shifts `t`, then all raw scales `r`. It must be masked: those of
/// element `order[k]` may depend on the elements `order[..k]` only, which makes the Jacobian a triangle. `nice-flow generate`
/// proves it from the weights. `S` is a [`ScaleMap`].
///
/// `forward` evaluates the conditioner once, `inverse` once for each element. [`Inverse`](crate::Inverse) of it is
/// the layer of flows that sample fast and score in `D` passes.
///
/// ```
/// use nice_flow::{Bijection, float::{Autoregressive, Dense, Form, scale}, nalgebra::{SVector, vector}};
///
/// // t = [1, 3 x₀], raw scales 0, so that the scales are one. A row of the array is an input.
/// let m: Dense<2, 4> = Dense::new([[0.0, 3.0, 0.0, 0.0], [0.0; 4]], [1.0, 0.0, 0.0, 0.0]);
/// let layer = Autoregressive::new([0, 1], Form::MulAdd, m, <scale::Exp>::new());
/// let mut x: SVector<f32, 2> = vector![2.0, 10.0];
/// assert_eq!((layer.forward(&mut x), x), (0.0, vector![3.0, 16.0]));
/// assert_eq!((layer.inverse(&mut x), x), (0.0, vector![2.0, 10.0]));
/// ```
///
/// That every element occurs once in `order` and that `P == 2 D` is checked when the program is built:
///
/// ```compile_fail,E0080
/// # use nice_flow::float::{Autoregressive, Dense, Form, scale};
/// static LAYER: Autoregressive<Dense<2, 2>, scale::Exp, 2> = // two parameters: one element
///     Autoregressive::new([0, 1], Form::MulAdd, Dense::new([[0.0; 2]; 2], [0.0; 2]), scale::Exp::new());
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
    order: [u16; D],
    form: Form,
}

/// How an [`Autoregressive`] layer applies a scale `S` and a shift `t`.
///
/// ```
/// assert_ne!(nice_flow::float::Form::MulAdd, nice_flow::float::Form::SubDiv);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(u8)]
pub enum Form {
    /// `x·S + t`.
    MulAdd,
    /// `(x − t)/S`.
    SubDiv,
}

impl Form {
    /// Maps `x` if `forwards`, otherwise undoes it; returns the result and the logarithm of its slope.
    fn apply(self, forwards: bool, x: f32, (scale, log): (f32, f32), shift: f32) -> (f32, f32) {
        if forwards == (self == Self::MulAdd) {
            (x * scale + shift, log)
        } else {
            ((x - shift) / scale, -log)
        }
    }
}

/// Of a conditioner that does not fit the vector.
const UNFIT: &str =
    "the conditioner must read the vector and give a shift and a scale for each element";

impl<M, S, const A: usize, const P: usize, const D: usize> Autoregressive<M, S, D>
where
    M: Conditioner<Input = SVector<f32, A>, Output = SVector<f32, P>>,
{
    /// A layer whose `inverse` finds the elements in this `order`, the first of which depends on no other.
    ///
    /// # Panics
    ///
    /// If `order` is not a permutation of `0..D`.
    pub const fn new(order: [u16; D], form: Form, conditioner: M, scale: S) -> Self {
        refuse(unless(A == D && P == 2 * D, UNFIT));
        let mut seen = [false; D];
        let mut i = 0;
        while i < D {
            let element = order[i] as usize;
            assert!(element < D && !seen[element], "not a permutation of 0..D");
            seen[element] = true;
            i += 1;
        }
        Self {
            conditioner,
            scale,
            order,
            form,
        }
    }
}

impl<M, S, const P: usize, const D: usize> Bijection<f32, D> for Autoregressive<M, S, D>
where
    M: Conditioner<Input = SVector<f32, D>, Output = SVector<f32, P>>,
    S: ScaleMap,
{
    const MISFIT: Misfit = unless(P == 2 * D, UNFIT);

    fn forward(&self, x: &mut SVector<f32, D>) -> f32 {
        const { refuse(<Self as Bijection<f32, D>>::MISFIT) };
        let parameters = self.conditioner.eval(x);
        let (shifts, raws) = parameters.as_slice().split_at(P / 2);
        let mut log_det = 0.0;
        for ((x, shift), raw) in x.as_mut_slice().iter_mut().zip(shifts).zip(raws) {
            let (z, log) = self.form.apply(true, *x, self.scale.scale(*raw), *shift);
            *x = z;
            log_det += log;
        }
        log_det
    }

    // Elements not yet found stay zero, so that they cannot overflow into those that are.
    // `get`, not `[]`: the compiler cannot see that `order` was checked, and would keep a panic.
    fn inverse(&self, z: &mut SVector<f32, D>) -> f32 {
        const { refuse(<Self as Bijection<f32, D>>::MISFIT) };
        let mut x = SVector::<f32, D>::zeros();
        let mut log_det = 0.0;
        for &element in &self.order {
            let element = usize::from(element);
            let parameters = self.conditioner.eval(&x);
            let (shifts, raws) = parameters.as_slice().split_at(P / 2);
            let place = x.as_mut_slice().get_mut(element);
            if let (Some(x), Some(z), Some(shift), Some(raw)) = (
                place,
                z.as_slice().get(element),
                shifts.get(element),
                raws.get(element),
            ) {
                let (found, log) = self.form.apply(false, *z, self.scale.scale(*raw), *shift);
                *x = found;
                log_det += log;
            }
        }
        *z = x;
        log_det
    }
}
