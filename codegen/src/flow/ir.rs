//! What a flow computes, in `f64` and in the standard terms of normalizing flows, with a reference evaluator.
//!
//! Everything runs from data to latent. Nothing here depends on a framework, a file format or a target.

mod activation;
mod autoregressive;
mod check;
mod coupling;
mod layer;
mod linear;
mod network;
mod prior;
mod steer;
mod strict;

pub use activation::{Activation, SELU};
pub use autoregressive::{Autoregressive, Form};
pub use check::length;
pub use coupling::{Coupling, Parameters, ScaleMap};
pub use layer::{Layer, inverse_order};
pub use linear::{Dense, Diagonal, Linear, Side, Triangular};
pub use network::{Network, Stage};
pub use prior::log_sum_exp;
pub use prior::{DiagonalNormal, FullNormal, Prior, StudentT};
pub use steer::{Steer, Steering};

/// The density of `x` when `layers(x)` follows `prior`.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// Length of the vector.
    pub dim: usize,
    /// First to last, data to latent.
    pub layers: Vec<Layer>,
    /// Density of the latent vector.
    pub prior: Prior,
}

impl Flow {
    /// Its couplings, first to last.
    pub fn couplings(&self) -> impl Iterator<Item = &Coupling> {
        self.layers.iter().filter_map(Layer::coupling)
    }

    /// Its couplings, first to last, mutable.
    pub fn couplings_mut(&mut self) -> impl Iterator<Item = &mut Coupling> {
        self.layers.iter_mut().filter_map(Layer::coupling_mut)
    }

    /// Whether a layer scales by what it reads.
    pub fn is_affine(&self) -> bool {
        self.layers.iter().any(Layer::is_affine)
    }

    /// Replaces `x` by `z`; returns `ln |det ∂z/∂x|` in nats.
    pub fn forward(&self, x: &mut [f64]) -> f64 {
        self.layers.iter().map(|layer| layer.forward(x)).sum()
    }

    /// Replaces `z` by `x`; returns `ln |det ∂x/∂z|` in nats.
    pub fn inverse(&self, z: &mut [f64]) -> f64 {
        self.layers.iter().rev().map(|layer| layer.inverse(z)).sum()
    }

    /// `ln p(x)` in nats.
    pub fn log_density(&self, x: &[f64]) -> f64 {
        let mut z = x.to_vec();
        let log_det = self.forward(&mut z);
        log_det + self.prior.log_density(&z)
    }

    /// Multiply-accumulates of one evaluation, without those of the prior.
    pub fn macs(&self) -> usize {
        self.layers.iter().map(Layer::macs).sum()
    }

    /// Trained numbers, the prior's included.
    pub fn parameters(&self) -> usize {
        self.layers.iter().map(Layer::parameters).sum::<usize>() + self.prior.parameters()
    }
}
