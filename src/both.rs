//! Two conditioners of one input.

use crate::misfit::{Misfit, refuse, unless};
use crate::{Conditioner, Number};
use nalgebra::SVector;

/// Two conditioners of one input, `x ↦ [first(x), second(x)]`: separate networks for shifts and raw scales. Of `f32` and of
/// integers alike.
///
/// `first: ℝᴬ → ℝᴮ`, `second: ℝᴬ → ℝꟲ`, and `P = B + C`, checked in [`new`](Self::new).
///
/// ```
/// use nice_flow::{Conditioner, float::{Both, Dense}, nalgebra::vector};
///
/// let (shift, scale) = (Dense::new([[2.0]], [0.0]), Dense::new([[0.0]], [-1.0]));
/// assert_eq!(Both::<_, _, 2>::new(shift, scale).eval(&vector![3.0]), vector![6.0, -1.0]);
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Both<M, N, const P: usize> {
    first: M,
    second: N,
}

impl<T, M, N, const A: usize, const B: usize, const C: usize, const P: usize> Both<M, N, P>
where
    M: Conditioner<Input = SVector<T, A>, Output = SVector<T, B>>,
    N: Conditioner<Input = SVector<T, A>, Output = SVector<T, C>>,
{
    const MISFIT: Misfit = unless(B + C == P, "the two outputs must fill the whole");

    /// `[first(x), second(x)]`, `P` numbers in all.
    ///
    /// ```compile_fail,E0080
    /// # use nice_flow::float::{Both, Dense};
    /// // One and one are not three.
    /// static M: Both<Dense<1, 1>, Dense<1, 1>, 3> =
    ///     Both::new(Dense::new([[2.0]], [0.0]), Dense::new([[0.0]], [-1.0]));
    /// ```
    pub const fn new(first: M, second: N) -> Self {
        refuse(Self::MISFIT);
        Self { first, second }
    }
}

impl<T, M, N, const A: usize, const B: usize, const C: usize, const P: usize> Conditioner
    for Both<M, N, P>
where
    T: Number,
    M: Conditioner<Input = SVector<T, A>, Output = SVector<T, B>>,
    N: Conditioner<Input = SVector<T, A>, Output = SVector<T, C>>,
{
    type Input = SVector<T, A>;
    type Output = SVector<T, P>;

    fn eval(&self, x: &Self::Input) -> Self::Output {
        const { refuse(Self::MISFIT) };
        let (first, second) = (self.first.eval(x), self.second.eval(x));
        let mut both = SVector::from([T::ZERO; P]);
        let parts = first.as_slice().iter().chain(second.as_slice());
        for (both, part) in both.as_mut_slice().iter_mut().zip(parts) {
            *both = *part;
        }
        both
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::float::Dense;

    /// Two outputs and three.
    type TwoAndThree<const P: usize> = Both<Dense<1, 2>, Dense<1, 3>, P>;

    #[test]
    fn the_whole_is_as_long_as_both_outputs_together() {
        assert_eq!(TwoAndThree::<5>::MISFIT, None);
        let misfits = [
            TwoAndThree::<1>::MISFIT,
            TwoAndThree::<4>::MISFIT,
            TwoAndThree::<6>::MISFIT,
        ];
        assert!(misfits.iter().all(Option::is_some), "{misfits:?}");
    }

    #[test]
    fn outputs_stand_one_after_the_other() {
        let first = Dense::new([[1.0, 2.0]], [0.0, 10.0]);
        let second = Dense::new([[3.0, 4.0, 5.0]], [0.0; 3]);
        let both = TwoAndThree::<5>::new(first, second);
        let y = both.eval(&SVector::from([1.0]));
        assert_eq!(y, SVector::from([1.0, 12.0, 3.0, 4.0, 5.0]));
    }
}
