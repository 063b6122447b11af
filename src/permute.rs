//! Reordering of elements.

use crate::{Bijection, Number};
use nalgebra::SVector;

/// Reorders `D` elements: `z[i] = x[order[i]]`. Its log-determinant is zero. Of `f32` and of integers alike.
///
/// ```
/// use nice_flow::{Bijection, Permute, nalgebra::vector};
///
/// static ROTATE: Permute<3> = Permute::new([1, 2, 0]);
/// let mut x = vector![10.0, 11.0, 12.0];
/// ROTATE.forward(&mut x);
/// assert_eq!(x, vector![11.0, 12.0, 10.0]);
/// ```
///
/// That every element occurs once is checked when the program is built:
///
/// ```compile_fail,E0080
/// # use nice_flow::Permute;
/// static LOSE: Permute<3> = Permute::new([1, 2, 2]);
/// ```
///
/// ```compile_fail,E0080
/// # use nice_flow::Permute;
/// static EXCEED: Permute<3> = Permute::new([1, 2, 3]);
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(transparent)]
pub struct Permute<const D: usize> {
    order: [u16; D],
}

impl<const D: usize> Permute<D> {
    /// `order[i]` is the old place of the element that goes to place `i`. Checked when the program is built, in a `static`.
    ///
    /// # Panics
    ///
    /// If `order` is not a permutation of `0..D`.
    pub const fn new(order: [u16; D]) -> Self {
        let mut seen = [false; D];
        let mut i = 0;
        while i < D {
            let from = order[i] as usize;
            assert!(from < D && !seen[from], "not a permutation of 0..D");
            seen[from] = true;
            i += 1;
        }
        Self { order }
    }

    /// Fills `picked` with the elements of `x`, in this order.
    // `get`, not `[]`: the compiler cannot see that `order` was checked, and would keep a panic.
    #[inline]
    pub(crate) fn pick<T: Copy>(&self, x: &SVector<T, D>, picked: &mut SVector<T, D>) {
        for (picked, &from) in picked.as_mut_slice().iter_mut().zip(&self.order) {
            if let Some(x) = x.as_slice().get(usize::from(from)) {
                *picked = *x;
            }
        }
    }
}

// `get`, not `[]`: the compiler cannot see that `order` was checked, and would keep a panic.
impl<T: Number, const D: usize> Bijection<T, D> for Permute<D> {
    fn forward(&self, x: &mut SVector<T, D>) -> T {
        let old = *x;
        self.pick(&old, x);
        T::ZERO
    }

    fn inverse(&self, z: &mut SVector<T, D>) -> T {
        let old = *z;
        for (old, &from) in old.as_slice().iter().zip(&self.order) {
            if let Some(z) = z.as_mut_slice().get_mut(usize::from(from)) {
                *z = *old;
            }
        }
        T::ZERO
    }
}
