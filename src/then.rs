//! Two in a row, in an order of fields that does not depend on the compiler.

use crate::misfit::{Misfit, either};
use crate::{Bijection, Number};
use nalgebra::SVector;

/// One layer and then another: as the pair `(A, B)`, and laid out in memory as C does it.
///
/// Where Rust puts the parts of a tuple is the compiler's choice. A [`blob`](crate::blob) is written by one program and read
/// by another, so its layers are `Then`s: `A`, `B` and `C` are `Then(Then(A, B), C)`.
///
/// ```
/// use nice_flow::{Bijection, Permute, Then, nalgebra::vector};
///
/// let turns = Then(Permute::new([1, 2, 0]), Permute::new([2, 1, 0]));
/// let mut x = vector![1.0, 2.0, 3.0];
/// turns.forward(&mut x);
/// assert_eq!(x, vector![1.0, 3.0, 2.0]);
/// turns.inverse(&mut x);
/// assert_eq!(x, vector![1.0, 2.0, 3.0]);
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Then<A, B>(pub A, pub B);

// From zero, as the sum of a tuple: its bits are the same.
impl<T: Number, const D: usize, A: Bijection<T, D>, B: Bijection<T, D>> Bijection<T, D>
    for Then<A, B>
{
    const MISFIT: Misfit = either(A::MISFIT, B::MISFIT);

    #[inline]
    fn forward(&self, x: &mut SVector<T, D>) -> T {
        let mut log_det = T::ZERO;
        log_det += self.0.forward(x);
        log_det += self.1.forward(x);
        log_det
    }

    #[inline]
    fn inverse(&self, z: &mut SVector<T, D>) -> T {
        let mut log_det = T::ZERO;
        log_det += self.1.inverse(z);
        log_det += self.0.inverse(z);
        log_det
    }
}
