//! The networks that condition couplings.

use super::activation::Activation;
use super::linear::Linear;
use super::steer::Steer;
use nalgebra::DVector;

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
    /// `(h − mean h) / √(var h + eps)`, with the mean and the variance of the elements: layer normalisation before its
    /// factors.
    Normalise {
        /// Added to the variance.
        eps: f64,
    },
    /// `h + network(h)`.
    Skip(Network),
    /// A residual network that a context steers, by what the linear layer in front gives of it.
    Steer(Steer),
}

/// `(h − mean h) / √(var h + eps)`.
fn normalised(h: &DVector<f64>, eps: f64) -> DVector<f64> {
    let mean = h.mean();
    let deviations = h.add_scalar(-mean);
    let variance = deviations.norm_squared() / h.len() as f64;
    deviations / (variance + eps).sqrt()
}

impl Network {
    /// The network's output.
    pub fn eval(&self, x: &DVector<f64>) -> DVector<f64> {
        self.0.iter().fold(x.clone(), |h, stage| match stage {
            Stage::Linear(layer) => &layer.weight * h + &layer.bias,
            Stage::Activation(activation) => h.map(|h| activation.eval(h)),
            Stage::Scale { factor, shift } => h.component_mul(factor) + shift,
            Stage::Normalise { eps } => normalised(&h, *eps),
            Stage::Skip(network) => network.eval(&h) + h,
            Stage::Steer(steer) => steer.eval(&h),
        })
    }

    /// Every linear layer, first to last, including those inside skips.
    pub fn linears(&self) -> Vec<&Linear> {
        self.0
            .iter()
            .flat_map(|stage| match stage {
                Stage::Linear(layer) => vec![layer],
                Stage::Skip(network) => network.linears(),
                Stage::Steer(steer) => steer.branches.as_flattened().iter().collect(),
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
