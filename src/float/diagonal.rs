//! Scaling of each element by itself.

use crate::Bijection;
use crate::ln::sum_of_ln;
use nalgebra::SVector;

/// `z = (x − center) · factor`, element by element: standardisation, ActNorm, NICE's last layer.
///
/// Its log-determinant is `Σ ln |factorᵢ|`. The centre is taken off before the factor is applied, so that a pressure of
/// 101325 ± 50 Pa keeps its digits.
///
/// ```
/// use nice_flow::{Bijection, float::Diagonal, nalgebra::vector};
///
/// // Standardises two sensors of 20 ± 0.5 and 1013 ± 8: the factor is one over the deviation.
/// static STANDARDISE: Diagonal<2> = Diagonal::new([20.0, 1013.0], [2.0, 0.125]);
/// let mut x = vector![20.5, 997.0];
/// let log_det = STANDARDISE.forward(&mut x);
/// assert_eq!(x, vector![1.0, -2.0]);
/// assert!((log_det - (2.0 * 0.125f32).ln()).abs() < 1e-6);
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Diagonal<const D: usize> {
    center: [f32; D],
    factor: [f32; D],
    log_det: f32,
}

impl<const D: usize> Diagonal<D> {
    /// `z = (x − center) · factor`; the log-determinant is computed, in a `static` by the compiler.
    ///
    /// # Panics
    ///
    /// If a factor is zero, infinite or NaN: there would be no inverse.
    pub const fn new(center: [f32; D], factor: [f32; D]) -> Self {
        Self::with_log_det(center, factor, sum_of_ln(&factor) as f32)
    }

    /// With a log-determinant of your own in nats, which nobody checks: generated code, whose generator took it from
    /// factors of 64 bits, and adds to it those of layers that were folded into this one.
    pub const fn with_log_det(center: [f32; D], factor: [f32; D], log_det: f32) -> Self {
        Self {
            center,
            factor,
            log_det,
        }
    }
}

impl<const D: usize> Bijection<f32, D> for Diagonal<D> {
    fn forward(&self, x: &mut SVector<f32, D>) -> f32 {
        let parameters = self.center.iter().zip(&self.factor);
        for (x, (center, factor)) in x.as_mut_slice().iter_mut().zip(parameters) {
            *x = (*x - center) * factor;
        }
        self.log_det
    }

    fn inverse(&self, z: &mut SVector<f32, D>) -> f32 {
        let parameters = self.center.iter().zip(&self.factor);
        for (z, (center, factor)) in z.as_mut_slice().iter_mut().zip(parameters) {
            *z = *z / factor + center;
        }
        -self.log_det
    }
}
