//! The numbers that a flow can run on.

use core::ops::{AddAssign, Neg, SubAssign};
use nalgebra::Scalar;

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl<const FRAC: u32> Sealed for crate::fixed::Fixed<FRAC> {}
    impl Sealed for i16 {}
    impl Sealed for i32 {}
}

/// Element of the state vector, and the unit of log-densities: `f32` or [`Fixed`](crate::fixed::Fixed).
///
/// Also `i16` and `i32`, as a [`Window`](crate::Window) of raw counts holds them; no flow runs on those.
/// Sealed. Everything but the leaves in [`float`](crate::float) and [`fixed`](crate::fixed) is written once,
/// against this trait.
pub trait Number:
    sealed::Sealed + Scalar + Copy + PartialOrd + AddAssign + SubAssign + Neg<Output = Self>
{
    /// Additive identity.
    const ZERO: Self;
    /// Smallest finite value.
    const LOWEST: Self;
}

impl Number for f32 {
    const ZERO: Self = 0.0;
    const LOWEST: Self = f32::MIN;
}

impl Number for i16 {
    const ZERO: Self = 0;
    const LOWEST: Self = Self::MIN;
}

impl Number for i32 {
    const ZERO: Self = 0;
    const LOWEST: Self = Self::MIN;
}
