//! The networks that condition couplings.

use nalgebra::{DMatrix, DVector};

/// A network: its stages, first to last.
#[derive(Clone, Debug, PartialEq)]
pub struct Network(pub Vec<Stage>);

/// A step of a network.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// `W h + b`.
    Linear(Linear),
    /// An elementwise function.
    Activation(Activation),
    /// `h · factor + shift`, element by element: batch normalisation with running statistics.
    Scale {
        /// Factor of each element.
        factor: DVector<f64>,
        /// Added after the multiplication.
        shift: DVector<f64>,
    },
    /// `h + network(h)`.
    Skip(Network),
}

/// `W h + b`.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// `W`, outputs × inputs.
    pub weight: DMatrix<f64>,
    /// `b`.
    pub bias: DVector<f64>,
}

/// An elementwise function.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Activation {
    /// `max(0, h)`.
    Relu,
    /// `h` if positive, else `slope · h`.
    LeakyRelu {
        /// Factor of negative elements.
        slope: f64,
    },
    /// `h` if positive, else `alpha · (eʰ − 1)`.
    Elu {
        /// The limit at −∞ is `−alpha`.
        alpha: f64,
    },
    /// `tanh h`.
    Tanh,
    /// `1 / (1 + e⁻ʰ)`.
    Sigmoid,
    /// `h / (1 + e⁻ʰ)`.
    Silu,
    /// `ln(1 + eʰ)`.
    Softplus,
}

/// `1 / (1 + e⁻ʰ)`.
pub(super) fn sigmoid(h: f64) -> f64 {
    1.0 / (1.0 + (-h).exp())
}

/// `ln(1 + eʰ)` without overflow.
pub(super) fn softplus(h: f64) -> f64 {
    (if h < 0.0 { 0.0 } else { h }) + (-h.abs()).exp().ln_1p()
}

impl Activation {
    /// The value of the function at `h`.
    pub fn eval(self, h: f64) -> f64 {
        match self {
            Self::Relu => {
                if h < 0.0 {
                    0.0
                } else {
                    h
                }
            }
            Self::LeakyRelu { slope } => {
                if h < 0.0 {
                    slope * h
                } else {
                    h
                }
            }
            Self::Elu { alpha } => {
                if h < 0.0 {
                    alpha * h.exp_m1()
                } else {
                    h
                }
            }
            Self::Tanh => h.tanh(),
            Self::Sigmoid => sigmoid(h),
            Self::Silu => h * sigmoid(h),
            Self::Softplus => softplus(h),
        }
    }
}

impl Network {
    /// The network's output.
    pub fn eval(&self, x: &DVector<f64>) -> DVector<f64> {
        self.0.iter().fold(x.clone(), |h, stage| match stage {
            Stage::Linear(layer) => &layer.weight * h + &layer.bias,
            Stage::Activation(activation) => h.map(|h| activation.eval(h)),
            Stage::Scale { factor, shift } => h.component_mul(factor) + shift,
            Stage::Skip(network) => network.eval(&h) + h,
        })
    }

    /// Every linear layer, first to last, including those inside skips.
    pub fn linears(&self) -> Vec<&Linear> {
        self.0
            .iter()
            .flat_map(|stage| match stage {
                Stage::Linear(layer) => vec![layer],
                Stage::Skip(network) => network.linears(),
                _ => vec![],
            })
            .collect()
    }

    /// Multiply-accumulates of one evaluation.
    pub fn macs(&self) -> usize {
        self.linears().iter().map(|layer| layer.weight.len()).sum()
    }

    /// Weights and biases.
    pub fn parameters(&self) -> usize {
        self.linears()
            .iter()
            .map(|layer| layer.weight.len() + layer.bias.len())
            .sum()
    }
}
