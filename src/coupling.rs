//! Additive coupling, the layer of NICE: one half of the vector shifts the other.

#[cfg(core = "v6m")]
use crate::fixed::{Fixed, Narrowing};
use crate::misfit::{Misfit, refuse, unless};
#[cfg(core = "v6m")]
use crate::vector::{vector, vector_mut};
use crate::{Bijection, Number};
use nalgebra::SVector;

/// The function inside a coupling: reads one half of the vector, and says how the other half changes.
///
/// It is never inverted, so any function of fixed sizes will do: [`Dense`](crate::float::Dense),
/// [`Mlp`](crate::float::Mlp), [`Residual`](crate::float::Residual), or one of your own. `ℝᴬ → ℝᴮ`, where `A` elements are
/// read. For a [`Coupling`], `B` is the number of changed elements, one shift each. For an
/// [`AffineCoupling`](crate::float::AffineCoupling) it is twice that: all shifts, then all raw scales.
///
/// ```
/// use nice_flow::{Bijection, Conditioner, Coupling, Half, nalgebra::{SVector, vector}};
///
/// /// Both changed elements move by the square of the one that is read.
/// struct Square;
///
/// impl Conditioner for Square {
///     type Input = SVector<f32, 1>;
///     type Output = SVector<f32, 2>;
///
///     fn eval(&self, input: &SVector<f32, 1>) -> SVector<f32, 2> {
///         SVector::repeat(input[0] * input[0])
///     }
/// }
///
/// let mut x = vector![3.0, 0.0, 1.0];
/// Coupling::new(Half::Tail, Square).forward(&mut x);
/// assert_eq!(x, vector![3.0, 9.0, 10.0]);
/// ```
pub trait Conditioner {
    /// The half that is read, `SVector<T, A>`.
    type Input;
    /// How the other half changes, `SVector<T, B>`: a shift for each element, or all shifts and then all raw scales.
    type Output;

    /// The function's value; only the halves' sizes are fixed, not what happens inside.
    #[must_use]
    fn eval(&self, input: &Self::Input) -> Self::Output;

    /// Adds the value at `input` to `output` if one kernel does all of that; returns whether it has.
    // Always inlined, as it is mostly nothing.
    #[cfg(core = "v6m")]
    #[doc(hidden)]
    #[inline(always)]
    fn add_to(&self, input: &Self::Input, output: &mut Self::Output) -> bool {
        let _ = (input, output);
        false
    }

    /// Adds the value at `narrowing(u)` to `y` if one kernel does all of that; returns whether it has.
    #[cfg(core = "v6m")]
    #[doc(hidden)]
    #[inline(always)]
    fn add_narrowed<const FRAC: u32, const IN: usize, const OUT: usize>(
        &self,
        narrowing: &Narrowing,
        u: &SVector<Fixed<FRAC>, IN>,
        y: &mut SVector<Fixed<FRAC>, OUT>,
    ) -> bool
    where
        Self: Sized,
    {
        let _ = (narrowing, u, y);
        false
    }
}

/// One end of a vector: which elements a coupling changes.
///
/// ```
/// use nice_flow::{Bijection, Coupling, Half, float::Dense, nalgebra::vector};
///
/// // Adds the first two elements, times one, to the last two; then the last two to the first two.
/// let sum = || Dense::new([[1.0, 0.0], [0.0, 1.0]], [0.0; 2]);
/// let mut x = vector![1.0, 2.0, 10.0, 20.0];
/// (Coupling::new(Half::Tail, sum()), Coupling::new(Half::Head, sum())).forward(&mut x);
/// assert_eq!(x, vector![12.0, 24.0, 11.0, 22.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
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
        // Not `split_first_chunk_mut`: where it is not inlined, it links a panic.
        let (head, tail) = match self {
            Half::Tail => x.split_at_mut_checked(A)?,
            Half::Head => x.split_at_mut_checked(x.len().checked_sub(A)?)?,
        };
        match self {
            Half::Tail => Some((head.first_chunk()?, tail)),
            Half::Head => Some((tail.first_chunk()?, head)),
        }
    }
}

/// Additive coupling: `[a, b] ↦ [a, b + m(a)]`, or with the halves exchanged. Its log-determinant is zero.
///
/// The conditioner `m: ℝᴬ → ℝᴮ` fixes the sizes of the halves. Since the kept half comes through unchanged, the inverse
/// computes the same shifts and takes them off again.
///
/// ```
/// use nice_flow::{Bijection, Coupling, Half, float::Dense, nalgebra::{SVector, vector}};
///
/// // m(a) = ½ (a₀ + a₁), for each of the last two elements.
/// let m: Dense<2, 2> = Dense::new([[0.5; 2]; 2], [0.0; 2]);
/// let mut x: SVector<f32, 4> = vector![1.0, 3.0, 10.0, 20.0];
/// let log_det = Coupling::new(Half::Tail, m).forward(&mut x);
/// assert_eq!((x, log_det), (vector![1.0, 3.0, 12.0, 22.0], 0.0));
/// ```
///
/// That `A + B == D` is checked when the program is built, by [`Detector::new`](crate::Detector::new) or where `forward`
/// is first used. `cargo check` sees it only in a `static` or `const`. Two and two are not five:
///
/// ```compile_fail,E0080
/// # use nice_flow::{Bijection, Coupling, Half, float::Dense, nalgebra::SVector};
/// let m: Dense<2, 2> = Dense::new([[0.5; 2]; 2], [0.0; 2]);
/// Coupling::new(Half::Tail, m).forward(&mut SVector::<f32, 5>::zeros());
/// ```
///
/// Dinh, Krueger and Bengio, *NICE: Non-linear Independent Components Estimation*, 2014, section 3.2.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Coupling<M> {
    conditioner: M,
    shifts: Half,
}

impl<M> Coupling<M> {
    /// A coupling that changes the `shifts` half and reads the other.
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
    const MISFIT: Misfit = unless(
        A + B == D,
        "the conditioner's input and output must span the vector",
    );

    // Not inlined: in one frame with a loop over couplings, its buffers are on the stack beside the loop's spilled
    // registers, 90 bytes more on a Cortex-M4. `tests/embedded` prints the stack of a score.
    #[inline(never)]
    fn forward(&self, x: &mut SVector<T, D>) -> T {
        const { refuse(<Self as Bijection<T, D>>::MISFIT) };
        #[cfg(core = "v6m")]
        if let Some((kept, changed)) = self.shifts.split::<T, A>(x.as_mut_slice())
            && let Some(changed) = changed.first_chunk_mut()
            && self.conditioner.add_to(vector(kept), vector_mut(changed))
        {
            return T::ZERO;
        }
        self.update(x, |x, shift| *x += shift);
        T::ZERO
    }

    fn inverse(&self, z: &mut SVector<T, D>) -> T {
        const { refuse(<Self as Bijection<T, D>>::MISFIT) };
        self.update(z, |z, shift| *z -= shift);
        T::ZERO
    }
}
