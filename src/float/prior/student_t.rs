//! Independent Student-t distributions.

use crate::Density;
use crate::float::math::{Libm, Math};
use crate::gamma::{root, student_t_at_zero};
use crate::ln::sum_of_ln;
use core::marker::PhantomData;
use nalgebra::SVector;

/// Independent Student-t distributions, of `D` numbers: normals with heavy tails, which one odd element does not frighten.
///
/// ```text
/// ln π(z) = constant − Σ powerᵢ ln(1 + tᵢ²),    tᵢ = (zᵢ − locationᵢ) · factorᵢ
/// ```
///
/// Of `νᵢ` degrees of freedom, `powerᵢ = ½ (νᵢ + 1)` and `factorᵢ = 1 / (scaleᵢ √νᵢ)`; `constant` is the log-density at the
/// locations, in nats. It takes one logarithm an element and no exponential. `ln(1 + t²)` is taken by [`Math::ln_1p`], which keeps the
/// digits of a small `t²`: within 1e-6 of the size of the terms (`tests/priors.rs`). `M` is where it comes from; with `Micromath` it is
/// off by up to 7e-5 · `powerᵢ` nats an element. Beyond `|tᵢ| = 1.8e19` the square overflows, and the score is infinite.
///
/// ```
/// use nice_flow::{Density, float::StudentT};
///
/// // 20 ± 0.5 with four degrees of freedom: far out the density falls by five nats each time the distance is e times as large.
/// static PRIOR: StudentT<1> = StudentT::new([20.0], [2.0], [4.0]);
/// let fall = PRIOR.score(&[20.0 + 2718.28]) - PRIOR.score(&[20.0 + 1000.0]);
/// assert!((fall - 5.0).abs() < 1e-4);
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct StudentT<const D: usize, M = Libm> {
    location: [f32; D],
    factor: [f32; D],
    power: [f32; D],
    constant: f32,
    math: PhantomData<M>,
}

impl<const D: usize, M> StudentT<D, M> {
    /// By location, precision (one over the scale) and degrees of freedom; the constant is computed, in a `static` by the compiler.
    ///
    /// # Panics
    ///
    /// If a precision is zero, infinite or NaN, or the degrees of freedom are not positive and finite.
    pub const fn new(location: [f32; D], precision: [f32; D], degrees: [f32; D]) -> Self {
        let (mut factor, mut power) = (precision, degrees);
        let (mut constant, mut i) = (sum_of_ln(&precision), 0);
        while i < D {
            assert!(
                degrees[i] >= f32::MIN_POSITIVE && degrees[i].is_finite(),
                "degrees of freedom are positive and finite"
            );
            let degrees = degrees[i] as f64;
            factor[i] = (precision[i] as f64 / root(degrees)) as f32;
            power[i] = (0.5 * (degrees + 1.0)) as f32;
            constant += student_t_at_zero(degrees);
            i += 1;
        }
        Self::with_constant(location, factor, power, constant as f32)
    }

    /// With factors, powers and a constant of your own in nats, which nobody checks: generated code.
    pub const fn with_constant(
        location: [f32; D],
        factor: [f32; D],
        power: [f32; D],
        constant: f32,
    ) -> Self {
        Self {
            location,
            factor,
            power,
            constant,
            math: PhantomData,
        }
    }

    /// Locations, factors and powers.
    #[cfg(feature = "rand")]
    pub(crate) fn parts(&self) -> [&[f32; D]; 3] {
        [&self.location, &self.factor, &self.power]
    }
}

impl<M: Math, const D: usize> Density<f32, D> for StudentT<D, M> {
    type Nats = f32;

    fn log_density(&self, z: &SVector<f32, D>) -> f32 {
        let Self {
            location,
            factor,
            power,
            constant,
            ..
        } = self;
        student_t::<M>(location, factor, power, *constant, z.as_slice())
    }
}

/// [`StudentT`] at a run-time size.
#[inline(never)]
pub fn student_t<M: Math>(
    location: &[f32],
    factor: &[f32],
    power: &[f32],
    constant: f32,
    z: &[f32],
) -> f32 {
    let mut sum = 0.0;
    for (((z, location), factor), power) in z.iter().zip(location).zip(factor).zip(power) {
        let t = (z - location) * factor;
        sum += power * M::ln_1p(t * t);
    }
    constant - sum
}
