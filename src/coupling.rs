//! Additive coupling, the layer of NICE: one half of the vector shifts the other.

use crate::{Bijection, Number};
use nalgebra::SVector;

/// Computes what happens to one half of a vector from the other half.
///
/// Any fixed-size function will do; it is never inverted.
pub trait Conditioner {
    /// The half that is read, `SVector<T, A>`.
    type Input;
    /// The parameters of the change to the other half, a vector.
    type Output;

    /// Evaluates the function.
    fn eval(&self, input: &Self::Input) -> Self::Output;
}

/// One end of a vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum Half {
    /// The first elements.
    Head,
    /// The last elements.
    Tail,
}

impl Half {
    /// The `A` elements of `x` outside this half, and this half.
    ///
    /// `None` only if `A > D`.
    #[inline]
    pub(crate) fn split<T, const A: usize>(self, x: &mut [T]) -> Option<(&[T; A], &mut [T])> {
        match self {
            Half::Tail => x
                .split_first_chunk_mut()
                .map(|(kept, changed)| (&*kept, changed)),
            Half::Head => x
                .split_last_chunk_mut()
                .map(|(changed, kept)| (&*kept, changed)),
        }
    }
}

/// `[a, b] ↦ [a, b + m(a)]`, or with the halves exchanged. Keeps volume: its log-determinant is zero.
///
/// The sizes of the halves come from the conditioner `m: ℝᴬ → ℝᴮ`; that `A + B == D` is checked when
/// the program is built. Two and two elements make four:
///
/// ```
/// # use nice_flow::{*, float::Dense}; use nalgebra::SVector;
/// let m: Dense<2, 2> = Dense::new([[0.5; 2]; 2], [0.0; 2]);
/// Coupling::new(Half::Tail, m).forward(&mut SVector::<f32, 4>::zeros());
/// ```
///
/// and not five:
///
/// ```compile_fail,E0080
/// # use nice_flow::{*, float::Dense}; use nalgebra::SVector;
/// let m: Dense<2, 2> = Dense::new([[0.5; 2]; 2], [0.0; 2]);
/// Coupling::new(Half::Tail, m).forward(&mut SVector::<f32, 5>::zeros());
/// ```
///
/// Dinh, Krueger and Bengio, *NICE: Non-linear Independent Components Estimation*, 2014, section 3.2.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct Coupling<M> {
    conditioner: M,
    shifts: Half,
}

impl<M> Coupling<M> {
    /// A coupling that changes the `shifts` half.
    pub const fn new(shifts: Half, conditioner: M) -> Self {
        Self {
            conditioner,
            shifts,
        }
    }

    /// Combines each element of the changed half with its shift.
    #[inline]
    fn update<T, const A: usize, const B: usize, const D: usize>(
        &self,
        x: &mut SVector<T, D>,
        combine: impl Fn(&mut T, T),
    ) where
        T: Number,
        M: Conditioner<Input = SVector<T, A>, Output = SVector<T, B>>,
    {
        const {
            assert!(
                A + B == D,
                "the conditioner's input and output must span the vector"
            )
        };
        if let Some((kept, changed)) = self.shifts.split::<T, A>(x.as_mut_slice()) {
            let shift = self.conditioner.eval(&SVector::from(*kept));
            for (x, shift) in changed.iter_mut().zip(shift.as_slice()) {
                combine(x, *shift);
            }
        }
    }
}

impl<T, M, const A: usize, const B: usize, const D: usize> Bijection<T, D> for Coupling<M>
where
    T: Number,
    M: Conditioner<Input = SVector<T, A>, Output = SVector<T, B>>,
{
    // Not inlined: in the frame of a loop over couplings its buffers meet spilled addresses, 90 bytes of stack.
    #[inline(never)]
    fn forward(&self, x: &mut SVector<T, D>) -> T {
        self.update(x, |x, shift| *x += shift);
        T::ZERO
    }

    fn inverse(&self, z: &mut SVector<T, D>) -> T {
        self.update(z, |z, shift| *z -= shift);
        T::ZERO
    }
}
