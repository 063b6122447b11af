//! The numbers that a flow can run on.

use core::ops::{AddAssign, Neg, SubAssign};
use nalgebra::Scalar;

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
}

/// Element of the state vector, and the unit of log-densities: `f32`.
///
/// Sealed. Everything but the leaves in [`float`](crate::float) is written once, against this trait.
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
