//! Affine coupling, the layer of RealNVP: one half of the vector scales and shifts the other.

use super::scale::ScaleMap;
use crate::{Bijection, Conditioner, Half};
use nalgebra::SVector;

/// `[a, b] ↦ [a, b·S(r) + t]` with `[t, r] = m(a)`, or with the halves exchanged;
/// log-determinant `Σ ln S(rᵢ)`.
///
/// [`Inverse`](crate::Inverse) of it is `(b − t)/S`, and with a [`Reciprocal`](super::scale::Reciprocal)
/// map `(b − t)·S`.
///
/// The conditioner gives two numbers for every changed element, checked when the program is built: with
/// four, one that reads two elements changes two others,
///
/// ```
/// # use nice_flow::{*, float::{AffineCoupling, Dense, scale}}; use nalgebra::SVector;
/// let m: Dense<2, 4> = Dense::new([[0.5; 4]; 2], [0.0; 4]);
/// let layer = AffineCoupling::new(Half::Tail, m, <scale::Exp>::new());
/// layer.forward(&mut SVector::<f32, 4>::zeros());
/// ```
///
/// and cannot with two or five:
///
/// ```compile_fail,E0080
/// # use nice_flow::{*, float::{AffineCoupling, Dense, scale}}; use nalgebra::SVector;
/// let m: Dense<2, 2> = Dense::new([[0.5; 2]; 2], [0.0; 2]);
/// let layer = AffineCoupling::new(Half::Tail, m, <scale::Exp>::new());
/// layer.forward(&mut SVector::<f32, 4>::zeros());
/// ```
///
/// ```compile_fail,E0080
/// # use nice_flow::{*, float::{AffineCoupling, Dense, scale}}; use nalgebra::SVector;
/// let m: Dense<2, 5> = Dense::new([[0.5; 5]; 2], [0.0; 5]);
/// let layer = AffineCoupling::new(Half::Tail, m, <scale::Exp>::new());
/// layer.forward(&mut SVector::<f32, 4>::zeros());
/// ```
///
/// Unlike a [`Coupling`](crate::Coupling) it needs an exponential, its log-determinant moves with the
/// input, and it can overflow on a faulty sensor; import one if you have it, train the other.
///
/// Dinh, Sohl-Dickstein and Bengio, *Density estimation using Real NVP*, 2016.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct AffineCoupling<M, S> {
    conditioner: M,
    scale: S,
    changes: Half,
}

impl<M, S> AffineCoupling<M, S> {
    /// A coupling that changes the `changes` half.
    pub const fn new(changes: Half, conditioner: M, scale: S) -> Self {
        Self {
            conditioner,
            scale,
            changes,
        }
    }

    /// Combines each changed element with its shift and scale; returns `Σ ln S`.
    fn update<const A: usize, const P: usize, const D: usize>(
        &self,
        x: &mut SVector<f32, D>,
        combine: impl Fn(f32, f32, f32) -> f32,
    ) -> f32
    where
        M: Conditioner<Input = SVector<f32, A>, Output = SVector<f32, P>>,
        S: ScaleMap,
    {
        const {
            assert!(
                A + P / 2 == D && P.is_multiple_of(2),
                "the conditioner must give a shift and a scale for each element"
            )
        };
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
    fn forward(&self, x: &mut SVector<f32, D>) -> f32 {
        self.update(x, |x, scale, shift| x * scale + shift)
    }

    fn inverse(&self, z: &mut SVector<f32, D>) -> f32 {
        -self.update(z, |z, scale, shift| (z - shift) / scale)
    }
}

/// Two conditioners of one input, the outputs one after the other: separate shift and scale networks.
///
/// Their lengths add up to `P`, checked when the program is built:
///
/// ```
/// # use nice_flow::{Conditioner, float::{Both, Dense}}; use nalgebra::SVector;
/// # const fn m() -> Dense<2, 2> { Dense::new([[0.5; 2]; 2], [0.0; 2]) }
/// Both::<_, _, 4>::new(m(), m()).eval(&SVector::zeros());
/// ```
///
/// ```compile_fail,E0080
/// # use nice_flow::{Conditioner, float::{Both, Dense}}; use nalgebra::SVector;
/// # const fn m() -> Dense<2, 2> { Dense::new([[0.5; 2]; 2], [0.0; 2]) }
/// Both::<_, _, 3>::new(m(), m()).eval(&SVector::zeros());
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct Both<M, N, const P: usize> {
    first: M,
    second: N,
}

impl<M, N, const P: usize> Both<M, N, P> {
    /// `[first(x), second(x)]`, `P` numbers in all.
    pub const fn new(first: M, second: N) -> Self {
        Self { first, second }
    }
}

impl<M, N, const A: usize, const B: usize, const C: usize, const P: usize> Conditioner
    for Both<M, N, P>
where
    M: Conditioner<Input = SVector<f32, A>, Output = SVector<f32, B>>,
    N: Conditioner<Input = SVector<f32, A>, Output = SVector<f32, C>>,
{
    type Input = SVector<f32, A>;
    type Output = SVector<f32, P>;

    fn eval(&self, x: &Self::Input) -> Self::Output {
        const { assert!(B + C == P, "the two outputs must fill the whole") };
        let (first, second) = (self.first.eval(x), self.second.eval(x));
        let mut both = SVector::<f32, P>::zeros();
        let parts = first.as_slice().iter().chain(second.as_slice());
        for (both, part) in both.as_mut_slice().iter_mut().zip(parts) {
            *both = *part;
        }
        both
    }
}
