//! Log-densities: priors, and flows themselves.

use crate::Number;
use nalgebra::SVector;

/// A probability density over `D`-vectors.
///
/// Priors implement it on the latent side, [`Flow`](crate::Flow) on the data side.
pub trait Density<T: Number, const D: usize> {
    /// `ln p(x)` in nats.
    fn log_density(&self, x: &SVector<T, D>) -> T;

    /// The anomaly score `−ln p(x)` in nats: the larger, the stranger.
    #[inline]
    fn score(&self, x: &SVector<T, D>) -> T {
        -self.log_density(x)
    }
}
