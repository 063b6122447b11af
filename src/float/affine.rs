//! Affine coupling, the layer of RealNVP: one half of the vector scales and shifts the other.

use super::scale::ScaleMap;
use crate::misfit::{Misfit, refuse, unless};
use crate::{Bijection, Conditioner, Half};
use nalgebra::SVector;

/// `[a, b] ↦ [a, b·S(r) + t]` with `[t, r] = m(a)`, or with the halves exchanged; log-determinant `Σ ln S(rᵢ)`.
///
/// The conditioner `m: ℝᴬ → ℝᴾ` gives `P = 2 B` numbers for the `B` changed elements: all shifts `t`, then all raw scales
/// `r`. `S` is a [`ScaleMap`]. For `(b − t)/S` wrap it in [`Inverse`](crate::Inverse), for `(b − t)·S` give it a
/// [`Reciprocal`](super::scale::Reciprocal) map as well.
///
/// Prefer [`Coupling`](crate::Coupling) for new models: this one is for importing RealNVP checkpoints that exist already.
/// It needs an exponential, its log-determinant moves with the input, and it can overflow on a faulty sensor.
///
/// ```
/// use nice_flow::{Bijection, Half, float::{AffineCoupling, Dense, scale}, nalgebra::{SVector, vector}};
///
/// // Of one number a: shift 3a, raw scale 0, so that the scale is one.
/// let m: Dense<1, 2> = Dense::new([[3.0, 0.0]], [0.0; 2]);
/// let layer = AffineCoupling::new(Half::Tail, m, <scale::Exp>::new());
/// let mut x: SVector<f32, 2> = vector![2.0, 10.0];
/// let log_det = layer.forward(&mut x);
/// assert_eq!((x, log_det), (vector![2.0, 16.0], 0.0));
/// ```
///
/// That `P` is even is checked in [`new`](Self::new), that `A + P / 2 == D` where `D` is known: by
/// [`Detector::new`](crate::Detector::new), or where `forward` is first used.
///
/// ```compile_fail,E0080
/// # use nice_flow::{Bijection, Half, float::{AffineCoupling, Dense, scale}, nalgebra::SVector};
/// let m: Dense<2, 2> = Dense::new([[0.5; 2]; 2], [0.0; 2]); // two parameters: one changed element
/// let layer = AffineCoupling::new(Half::Tail, m, <scale::Exp>::new());
/// layer.forward(&mut SVector::<f32, 4>::zeros());
/// ```
///
/// Dinh, Sohl-Dickstein and Bengio, *Density estimation using Real NVP*, 2016.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct AffineCoupling<M, S> {
    conditioner: M,
    scale: S,
    changes: Half,
}

/// Of a conditioner whose outputs are not two for each changed element.
const ODD: &str = "the conditioner must give a shift and a scale for each element";

impl<M, S, const A: usize, const P: usize> AffineCoupling<M, S>
where
    M: Conditioner<Input = SVector<f32, A>, Output = SVector<f32, P>>,
{
    /// A coupling that changes the `changes` half and reads the other.
    ///
    /// ```compile_fail,E0080
    /// # use nice_flow::{Half, float::{AffineCoupling, Dense, scale}};
    /// // A shift and a scale for two and a half elements.
    /// static LAYER: AffineCoupling<Dense<2, 5>, scale::Exp> =
    ///     AffineCoupling::new(Half::Tail, Dense::new([[0.5; 5]; 2], [0.0; 5]), scale::Exp::new());
    /// ```
    pub const fn new(changes: Half, conditioner: M, scale: S) -> Self {
        refuse(unless(P.is_multiple_of(2), ODD));
        Self {
            conditioner,
            scale,
            changes,
        }
    }

    /// Combines each changed element with its shift and scale; returns `Σ ln S`.
    fn update<const D: usize>(
        &self,
        x: &mut SVector<f32, D>,
        combine: impl Fn(f32, f32, f32) -> f32,
    ) -> f32
    where
        S: ScaleMap,
    {
        const { refuse(<Self as Bijection<f32, D>>::MISFIT) };
        let mut log_det = 0.0;
        if let Some((kept, changed)) = self.changes.split::<f32, A>(x.as_mut_slice()) {
            let parameters = self.conditioner.eval(&SVector::from(*kept));
            let (shifts, raws) = parameters.as_slice().split_at(P / 2);
            for ((x, shift), raw) in changed.iter_mut().zip(shifts).zip(raws) {
                let (scale, log_scale) = self.scale.scale(*raw);
                *x = combine(*x, scale, *shift);
                log_det += log_scale;
            }
        }
        log_det
    }
}

impl<M, S, const A: usize, const P: usize, const D: usize> Bijection<f32, D>
    for AffineCoupling<M, S>
where
    M: Conditioner<Input = SVector<f32, A>, Output = SVector<f32, P>>,
    S: ScaleMap,
{
    const MISFIT: Misfit = unless(A + P / 2 == D && P.is_multiple_of(2), ODD);

    fn forward(&self, x: &mut SVector<f32, D>) -> f32 {
        self.update(x, |x, scale, shift| x * scale + shift)
    }

    fn inverse(&self, z: &mut SVector<f32, D>) -> f32 {
        -self.update(z, |z, scale, shift| (z - shift) / scale)
    }
}
