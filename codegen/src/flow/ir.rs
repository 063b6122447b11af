//! What a flow computes, in `f64` and in the words of the field, with its reference evaluator.
//!
//! Everything runs from data to latent. No framework, file format or target shows here.

mod check;
mod coupling;
mod linear;
mod network;
mod prior;

pub use check::length;
pub use coupling::{Coupling, Parameters, ScaleMap};
pub use linear::{Dense, Diagonal, Side, Triangular};
pub use network::{Activation, Linear, Network, Stage};
pub use prior::log_sum_exp;
pub use prior::{DiagonalNormal, Prior};

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

/// An invertible map.
#[derive(Clone, Debug, PartialEq)]
pub enum Layer {
    /// Some elements shift, or scale and shift, the others.
    Coupling(Coupling),
    /// Each element by itself.
    Diagonal(Diagonal),
    /// `z[i] = x[order[i]]`.
    Permute(Vec<usize>),
    /// `z = T x`, `T` triangular.
    Triangular(Triangular),
    /// `z = A x + b`.
    Dense(Dense),
}

impl Layer {
    /// Replaces `x` by `f(x)`; returns `ln |det ∂f/∂x|` in nats.
    pub fn forward(&self, x: &mut [f64]) -> f64 {
        match self {
            Self::Coupling(layer) => layer.forward(x),
            Self::Diagonal(layer) => layer.forward(x),
            Self::Permute(order) => {
                let old = x.to_vec();
                x.iter_mut()
                    .zip(order)
                    .for_each(|(x, &from)| *x = old[from]);
                0.0
            }
            Self::Triangular(layer) => layer.forward(x),
            Self::Dense(layer) => layer.forward(x),
        }
    }

    /// Replaces `z` by `f⁻¹(z)`; returns `ln |det ∂f⁻¹/∂z|` in nats.
    pub fn inverse(&self, z: &mut [f64]) -> f64 {
        match self {
            Self::Coupling(layer) => layer.inverse(z),
            Self::Diagonal(layer) => layer.inverse(z),
            Self::Permute(order) => {
                let old = z.to_vec();
                old.iter().zip(order).for_each(|(old, &to)| z[to] = *old);
                0.0
            }
            Self::Triangular(layer) => layer.inverse(z),
            Self::Dense(layer) => layer.inverse(z),
        }
    }

    /// What the layer is, for people.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Coupling(Coupling { scale: None, .. }) => "additive coupling",
            Self::Coupling(_) => "affine coupling",
            Self::Diagonal(_) => "diagonal",
            Self::Permute(_) => "permutation",
            Self::Triangular(_) => "triangular",
            Self::Dense(_) => "dense",
        }
    }

    /// Multiply-accumulates of one evaluation, networks and matrices.
    pub fn macs(&self) -> usize {
        match self {
            Self::Coupling(layer) => layer.conditioner.networks().map(Network::macs).sum(),
            Self::Diagonal(layer) => layer.factor.len(),
            Self::Permute(_) => 0,
            Self::Triangular(layer) => layer.dim() * (layer.dim() + 1) / 2,
            Self::Dense(layer) => layer.matrix.len(),
        }
    }

    /// Trained numbers that it stores.
    pub fn parameters(&self) -> usize {
        match self {
            Self::Coupling(layer) => layer.conditioner.networks().map(Network::parameters).sum(),
            Self::Diagonal(layer) => 2 * layer.factor.len(),
            Self::Permute(_) => 0,
            Self::Triangular(layer) => layer.dim() * (layer.dim() + 1) / 2,
            Self::Dense(layer) => layer.matrix.len() + layer.shift.len(),
        }
    }
}

impl Flow {
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

    /// Multiply-accumulates of one evaluation, the prior's left out.
    pub fn macs(&self) -> usize {
        self.layers.iter().map(Layer::macs).sum()
    }

    /// Trained numbers, the prior's included.
    pub fn parameters(&self) -> usize {
        self.layers.iter().map(Layer::parameters).sum::<usize>() + self.prior.parameters()
    }
}
