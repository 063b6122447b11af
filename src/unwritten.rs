//! Buffers that a kernel is about to write: to set them to zero first would take a twentieth of a small network's time.
#![allow(unsafe_code)]

use core::mem::MaybeUninit;

/// A buffer that holds nothing yet.
#[inline]
pub(crate) const fn buffer<T, const N: usize>() -> [MaybeUninit<T>; N] {
    [const { MaybeUninit::uninit() }; N]
}

/// Numbers as room for others, for kernels: none of them makes a number that is not there.
#[inline]
pub(crate) fn unwritten<T: Copy>(y: &mut [T]) -> &mut [MaybeUninit<T>] {
    // SAFETY: the layouts are equal, and only numbers are written.
    unsafe { &mut *(core::ptr::from_mut(y) as *mut [MaybeUninit<T>]) }
}

/// A buffer as the numbers that it holds.
///
/// # Safety
///
/// Each element was written.
#[inline]
pub(crate) unsafe fn written<T, const N: usize>(y: &mut [MaybeUninit<T>; N]) -> &mut [T; N] {
    // SAFETY: as above, and the layouts are equal.
    unsafe { &mut *y.as_mut_ptr().cast() }
}
