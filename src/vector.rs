//! What densities read: arrays and vectors alike.
// The last two functions.
#![cfg_attr(core = "v6m", allow(unsafe_code))]

use nalgebra::{ArrayStorage, SVector};

mod sealed {
    pub trait Sealed {}
    impl<T, const D: usize> Sealed for [T; D] {}
    impl<T, const D: usize> Sealed for super::SVector<T, D> {}
}

/// `D` numbers: an array `[T; D]`, or an `SVector<T, D>` of [`nalgebra`](crate::nalgebra). Sealed.
///
/// ```
/// use nice_flow::{Density, float::Normal, nalgebra::vector};
///
/// assert_eq!(Normal.score(&[1.0, 2.0]), Normal.score(&vector![1.0, 2.0]));
/// ```
pub trait Vector<T, const D: usize>: sealed::Sealed {
    /// Calls `f` with the numbers.
    #[doc(hidden)]
    fn read<R>(&self, f: impl FnOnce(&SVector<T, D>) -> R) -> R;
}

impl<T, const D: usize> Vector<T, D> for SVector<T, D> {
    #[inline]
    fn read<R>(&self, f: impl FnOnce(&SVector<T, D>) -> R) -> R {
        f(self)
    }
}

// Copies: without `unsafe`, a reference to an array cannot become one to a vector.
impl<T: Copy, const D: usize> Vector<T, D> for [T; D] {
    #[inline]
    fn read<R>(&self, f: impl FnOnce(&SVector<T, D>) -> R) -> R {
        f(&SVector::from_array_storage(ArrayStorage([*self])))
    }
}

/// An array as a vector, without a copy: those of a coupling's halves would take a hundredth of a small model's time.
#[cfg(core = "v6m")]
#[inline]
pub(crate) fn vector<T, const D: usize>(x: &[T; D]) -> &SVector<T, D> {
    // SAFETY: a matrix is its storage, `repr(C)`, and that of a vector is an array, `repr(transparent)`.
    unsafe { &*core::ptr::from_ref(x).cast() }
}

/// [`vector`], to be changed.
#[cfg(core = "v6m")]
#[inline]
pub(crate) fn vector_mut<T, const D: usize>(x: &mut [T; D]) -> &mut SVector<T, D> {
    // SAFETY: as above.
    unsafe { &mut *core::ptr::from_mut(x).cast() }
}
