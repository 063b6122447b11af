//! Where a prior pulls the latent vectors of a part of a batch.

use super::kernel::Lane;

/// Where a prior pulls the latent vectors of a part.
pub(super) struct Pull<T> {
    pub z: Vec<Lane<T>>,
    pub weights: Lane<T>,
    /// `∂/∂z` of `Σ w ln π(z)`.
    pub slopes: Vec<Lane<T>>,
    /// Of each component of a mixture, its responsibility for each row times the row's weight.
    pub shares: Vec<Lane<T>>,
}
