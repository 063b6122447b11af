//! A folded flow as the generated module will hold it: `f32` numbers, contiguous halves, arrays and tuples.
//!
//! The shape of the tree is the shape of the generated type. It also fixes the order in which log-determinants are
//! added.

mod lower;
mod narrow;
mod network;
mod prior;
mod size;
mod types;

pub use lower::lower;
pub use network::{FloatDense, Network};
pub use types::{scale_name, steering_name};

use super::tree::{Leaf, Tree};
use crate::flow::ir::{Activation, Form, ScaleMap, Side};
use nice_flow::Half;

/// A flow as values of the runtime crate's types.
#[derive(Clone, Debug, PartialEq)]
pub struct Module {
    /// Length of the vector.
    pub dim: usize,
    /// The bijection.
    pub layers: Tree<FloatLayer>,
    /// The prior.
    pub prior: Prior,
}

/// A value of one of the runtime crate's layer types.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, clippy::large_enum_variant)] // a module has only a few
pub enum FloatLayer {
    /// `nice_flow::Coupling`.
    Coupling { shifts: Half, network: Network },
    /// `nice_flow::float::AffineCoupling`.
    Affine {
        changes: Half,
        conditioner: Conditioner,
        scale: ScaleMap,
    },
    /// `nice_flow::float::Autoregressive`.
    Autoregressive {
        order: Vec<u16>,
        form: Form,
        conditioner: Conditioner,
        scale: ScaleMap,
    },
    /// `nice_flow::float::Diagonal`.
    Diagonal {
        center: Vec<f32>,
        factor: Vec<f32>,
        log_det: f32,
    },
    /// `nice_flow::float::Triangular`, stored column by column.
    Triangular {
        side: Side,
        columns: Vec<f32>,
        log_det: f32,
    },
}

impl Leaf for FloatLayer {
    fn type_name(&self) -> String {
        types::layer(self)
    }

    fn bytes(&self) -> usize {
        size::layer(self)
    }

    fn macs(&self) -> usize {
        size::macs(self)
    }

    fn inverse_macs(&self) -> usize {
        match self {
            Self::Autoregressive { order, .. } => order.len() * size::macs(self),
            _ => size::macs(self),
        }
    }
}

/// The source of shifts and raw scales.
#[derive(Clone, Debug, PartialEq)]
pub enum Conditioner {
    /// One network for both.
    Joint(Network),
    /// `nice_flow::float::Both`: one network for the shifts, one for the raw scales.
    Both(Network, Network),
}

/// A value of one of the runtime crate's prior types.
#[derive(Clone, Debug, PartialEq)]
pub enum Prior {
    /// `nice_flow::float::Normal`.
    Normal,
    /// `nice_flow::float::DiagonalNormal`.
    DiagonalNormal(DiagonalNormal),
    /// `nice_flow::float::Logistic`.
    Logistic,
    /// `nice_flow::float::Mixture`.
    Mixture(Vec<DiagonalNormal>),
    /// `nice_flow::float::StudentT`.
    StudentT(StudentT),
    /// `nice_flow::float::FullMixture`.
    FullMixture(Vec<FullNormal>),
}

/// `nice_flow::float::DiagonalNormal`.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct DiagonalNormal {
    pub mean: Vec<f32>,
    pub precision: Vec<f32>,
    pub constant: f32,
}

/// `nice_flow::float::StudentT`.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct StudentT {
    pub location: Vec<f32>,
    pub factor: Vec<f32>,
    pub power: Vec<f32>,
    pub constant: f32,
}

/// `nice_flow::float::FullNormal`.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct FullNormal {
    pub mean: Vec<f32>,
    pub rows: Vec<f32>,
    pub constant: f32,
}

/// The activation's name and parameters in the runtime crate.
pub fn activation_call(activation: Activation) -> (&'static str, String) {
    match activation {
        Activation::Relu => ("Relu", "Relu".into()),
        Activation::LeakyRelu { slope } => (
            "LeakyRelu",
            format!("LeakyRelu {{ slope: {:?} }}", slope as f32),
        ),
        Activation::Elu { alpha } => ("Elu", format!("Elu::new({:?})", alpha as f32)),
        Activation::Tanh => ("Tanh", "Tanh::new()".into()),
        Activation::Sigmoid => ("Sigmoid", "Sigmoid::new()".into()),
        Activation::Silu => ("Silu", "Silu::new()".into()),
        Activation::Softplus => ("Softplus", "Softplus::new()".into()),
        Activation::Gelu => ("Gelu", "Gelu::new()".into()),
        Activation::GeluTanh => ("GeluTanh", "GeluTanh::new()".into()),
        Activation::Mish => ("Mish", "Mish::new()".into()),
        Activation::Selu => ("Selu", "Selu::new()".into()),
        Activation::Hardtanh { min, max } => (
            "Hardtanh",
            format!(
                "Hardtanh {{ min: {:?}, max: {:?} }}",
                min as f32, max as f32
            ),
        ),
        Activation::Hardswish => ("Hardswish", "Hardswish".into()),
        Activation::Softsign => ("Softsign", "Softsign".into()),
        Activation::Atan => ("Atan", "Atan::new()".into()),
    }
}
