//! A normal whose elements are correlated.

use super::LN_SQRT_TAU_64;
use crate::Density;
use crate::ln::sum_of_ln;
use nalgebra::SVector;

/// A normal with any covariance `Σ`, of `D` numbers: `ln π(z) = constant − ½ |W (z − mean)|²`.
///
/// `W` is lower triangular with `Wᵀ W = Σ⁻¹`, and stored without its zeros: the `N = D (D + 1) / 2` numbers `w₀₀, w₁₀, w₁₁, w₂₀, …`,
/// row by row. `constant = Σ ln |wᵢᵢ| − ½ D ln 2π` (plus the log-weight of a component of a
/// [`FullMixture`](super::FullMixture)). Each row is one sum from the left, and the squares of the rows are added in their order. One alone
/// is cheaper as a [`Diagonal`](crate::float::Diagonal) and a [`Triangular`](crate::float::Triangular) layer before
/// [`Normal`](super::Normal) where there are such layers anyway.
///
/// ```
/// use nice_flow::{Density, float::FullNormal};
///
/// // Deviations of 1, correlated by 0.6: W = [1, 0; −0.75, 1.25].
/// static PRIOR: FullNormal<2, 3> = FullNormal::new([20.0, 5.0], [1.0, -0.75, 1.25]);
/// let (along, across) = (PRIOR.score(&[21.0, 6.0]), PRIOR.score(&[21.0, 4.0]));
/// assert!((across - along - 1.875).abs() < 1e-6); // ½ · 2 / 0.4 − ½ · 2 / 1.6
/// ```
///
/// `N` must fit:
///
/// ```compile_fail,E0080
/// # use nice_flow::float::FullNormal;
/// static SQUARE: FullNormal<2, 4> = FullNormal::new([0.0; 2], [1.0, 0.0, 0.5, 1.0]);
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct FullNormal<const D: usize, const N: usize> {
    mean: [f32; D],
    rows: [f32; N],
    constant: f32,
}

impl<const D: usize, const N: usize> FullNormal<D, N> {
    /// By mean and rows of `W`; the constant is computed, in a `static` by the compiler.
    ///
    /// # Panics
    ///
    /// If an element of the diagonal of `W` is zero, infinite or NaN.
    pub const fn new(mean: [f32; D], rows: [f32; N]) -> Self {
        Self::weighted(1.0, mean, rows)
    }

    /// A component of a [`FullMixture`](super::FullMixture): `ln weight` is part of its constant. The weights of a mixture add up to one.
    ///
    /// # Panics
    ///
    /// If the weight or an element of the diagonal of `W` is zero, infinite or NaN.
    pub const fn weighted(weight: f32, mean: [f32; D], rows: [f32; N]) -> Self {
        const { assert!(2 * N == D * (D + 1), "W has D (D + 1) / 2 numbers") };
        let (mut diagonal, mut i) = ([0.0; D], 0);
        while i < D {
            diagonal[i] = rows[i * (i + 3) / 2];
            i += 1;
        }
        let constant = sum_of_ln(&[weight]) + sum_of_ln(&diagonal) - LN_SQRT_TAU_64 * D as f64;
        Self::with_constant(mean, rows, constant as f32)
    }

    /// With a constant of your own in nats, which nobody checks: generated code.
    pub const fn with_constant(mean: [f32; D], rows: [f32; N], constant: f32) -> Self {
        const { assert!(2 * N == D * (D + 1), "W has D (D + 1) / 2 numbers") };
        Self {
            mean,
            rows,
            constant,
        }
    }

    #[cfg(feature = "rand")]
    pub(crate) fn parts(&self) -> (&[f32; D], &[f32; N], f32) {
        (&self.mean, &self.rows, self.constant)
    }
}

impl<const D: usize, const N: usize> Density<f32, D> for FullNormal<D, N> {
    type Nats = f32;

    fn log_density(&self, z: &SVector<f32, D>) -> f32 {
        let away = z - SVector::from(self.mean);
        full_normal(&self.rows, self.constant, away.as_slice())
    }
}

/// [`FullNormal`] of `away = z − mean` at a run-time size; rows that `rows` does not have count for nothing.
#[inline(never)]
pub fn full_normal(rows: &[f32], constant: f32, away: &[f32]) -> f32 {
    let (mut rest, mut squares) = (rows, 0.0);
    for last in 0..away.len() {
        let Some((row, next)) = rest.split_at_checked(last + 1) else {
            break;
        };
        let mut sum = 0.0;
        for (w, x) in row.iter().zip(away) {
            sum += w * x;
        }
        squares += sum * sum;
        rest = next;
    }
    -0.5 * squares + constant
}
