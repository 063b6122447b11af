//! Log-densities: priors, and flows themselves.

use crate::Number;
use nalgebra::SVector;

/// A probability density over `D`-vectors.
///
/// Priors implement it on the latent side, [`Flow`](crate::Flow) on the data side.
pub trait Density<T, const D: usize> {
    /// What nats are counted in. Not always `T`: raw integers, say, have densities too.
    type Nats: Number;

    /// `ln p(x)` in nats.
    fn log_density(&self, x: &SVector<T, D>) -> Self::Nats;

    /// The anomaly score `−ln p(x)` in nats: the larger, the stranger.
    #[inline]
    fn score(&self, x: &SVector<T, D>) -> Self::Nats {
        -self.log_density(x)
    }
}
