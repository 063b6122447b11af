//! What makes numbers of a stream the activations of the next layer.

use super::curve::bend_narrowed;
use super::narrowing::{Narrowing, narrow};
use super::{Curve, Function, Quad};

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Narrowing {}
    impl<F> Sealed for super::Bent<F> {}
}

/// From numbers of 32 bits to activations of 16: a [`Narrowing`], which is a rectifier too, or a [`Bent`] one. Sealed.
pub trait Entry: sealed::Sealed {
    /// Overwrites `x`; of slices of two lengths, as far as the shorter one goes.
    #[doc(hidden)]
    fn enter(&self, u: &[[i32; 4]], x: &mut [Quad]);
}

impl Entry for Narrowing {
    #[inline]
    fn enter(&self, u: &[[i32; 4]], x: &mut [Quad]) {
        narrow(*self, u, x);
    }
}

/// A smooth activation of narrowed numbers, `curve(narrowing(u))`.
///
/// The page of [`Joined`](super::Joined) has an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Bent<F> {
    narrowing: Narrowing,
    curve: Curve<F>,
}

impl<F: Function> Bent<F> {
    /// The narrowing, and the curve of what it gives.
    pub const fn new(narrowing: Narrowing, curve: Curve<F>) -> Self {
        Self { narrowing, curve }
    }
}

impl<F: Function> Entry for Bent<F> {
    #[inline]
    fn enter(&self, u: &[[i32; 4]], x: &mut [Quad]) {
        bend_narrowed(self.narrowing, &self.curve, u, x);
    }
}
