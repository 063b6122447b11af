//! Scaling of each element by itself.

use crate::Bijection;
use nalgebra::{ArrayStorage, SVector};

/// `z = (x − center) · factor`, element by element: standardisation, ActNorm, NICE's last layer.
///
/// The centre is taken off before the factor is applied, so a pressure of 101325 ± 50 Pa keeps its digits.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct Diagonal<const D: usize> {
    center: SVector<f32, D>,
    factor: SVector<f32, D>,
    log_det: f32,
}

impl<const D: usize> Diagonal<D> {
    /// `log_det` is `Σ ln |factorᵢ|` in nats, taken by whoever made the factors.
    pub const fn new(center: [f32; D], factor: [f32; D], log_det: f32) -> Self {
        Self {
            center: SVector::from_array_storage(ArrayStorage([center])),
            factor: SVector::from_array_storage(ArrayStorage([factor])),
            log_det,
        }
    }
}

impl<const D: usize> Bijection<f32, D> for Diagonal<D> {
    fn forward(&self, x: &mut SVector<f32, D>) -> f32 {
        let parameters = self.center.as_slice().iter().zip(self.factor.as_slice());
        for (x, (center, factor)) in x.as_mut_slice().iter_mut().zip(parameters) {
            *x = (*x - center) * factor;
        }
        self.log_det
    }

    fn inverse(&self, z: &mut SVector<f32, D>) -> f32 {
        let parameters = self.center.as_slice().iter().zip(self.factor.as_slice());
        for (z, (center, factor)) in z.as_mut_slice().iter_mut().zip(parameters) {
            *z = *z / factor + center;
        }
        -self.log_det
    }
}
