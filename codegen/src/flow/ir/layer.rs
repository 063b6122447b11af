//! The kinds of layers and the operations that all of them have.

use super::check::each_once;
use super::{Autoregressive, Coupling, Dense, Diagonal, Network, Parameters, Triangular};
use crate::Result;

/// An invertible map.
///
/// To add a kind of layer, begin here, then follow the path of a model: `flow/fold` rewrites it, `model/file` stores
/// and loads it, `module/float` (and `module/quantise` with `module/fixed`) lowers it to types of the runtime,
/// `module/emit` writes it, the lab's `host` evaluates it bit for bit like a board, and the manifest of
/// `nice-flow-import` reads it.
#[derive(Clone, Debug, PartialEq)]
pub enum Layer {
    /// Some elements determine a shift, or a scale and a shift, of the others.
    Coupling(Coupling),
    /// The elements before it determine a scale and a shift of each element.
    Autoregressive(Autoregressive),
    /// Scales and shifts each element by constants.
    Diagonal(Diagonal),
    /// `z[i] = x[order[i]]`.
    Permute(Vec<usize>),
    /// `z = T x`, `T` triangular.
    Triangular(Triangular),
    /// `z = A x + b`.
    Dense(Dense),
}

impl Layer {
    /// An error that names the place, unless the layer is an invertible map of `dim` elements.
    pub(super) fn check(&self, place: &str, dim: usize) -> Result<()> {
        match self {
            Self::Coupling(layer) => layer.check(place, dim),
            Self::Autoregressive(layer) => layer.check(place, dim),
            Self::Diagonal(layer) => layer.check(place, dim),
            Self::Permute(order) => each_once(&format!("{place}.order"), order, dim),
            Self::Triangular(layer) => layer.check(place, dim),
            Self::Dense(layer) => layer.check(place, dim),
        }
    }

    /// Replaces `x` by `f(x)`; returns `ln |det ∂f/∂x|` in nats.
    pub fn forward(&self, x: &mut [f64]) -> f64 {
        match self {
            Self::Coupling(layer) => layer.forward(x),
            Self::Autoregressive(layer) => layer.forward(x),
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
            Self::Autoregressive(layer) => layer.inverse(z),
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

    /// The kind of the layer, for people.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Coupling(Coupling { scale: None, .. }) => "additive coupling",
            Self::Coupling(_) => "affine coupling",
            Self::Autoregressive(_) => "autoregressive",
            Self::Diagonal(_) => "diagonal",
            Self::Permute(_) => "permutation",
            Self::Triangular(_) => "triangular",
            Self::Dense(_) => "dense",
        }
    }

    /// Multiply-accumulates of one evaluation, those of networks and of matrices.
    pub fn macs(&self) -> usize {
        match self {
            Self::Coupling(layer) => layer.conditioner.networks().map(Network::macs).sum(),
            Self::Autoregressive(layer) => {
                let one: usize = layer.conditioner.networks().map(Network::macs).sum();
                layer.passes() * one
            }
            Self::Diagonal(layer) => layer.factor.len(),
            Self::Permute(_) => 0,
            Self::Triangular(layer) => layer.dim() * (layer.dim() + 1) / 2,
            Self::Dense(layer) => layer.matrix.len(),
        }
    }

    /// Numbers in the layer.
    pub fn parameters(&self) -> usize {
        match self {
            Self::Coupling(Coupling { conditioner, .. })
            | Self::Autoregressive(Autoregressive { conditioner, .. }) => {
                conditioner.networks().map(Network::parameters).sum()
            }
            Self::Diagonal(layer) => 2 * layer.factor.len(),
            Self::Permute(_) => 0,
            Self::Triangular(layer) => layer.dim() * (layer.dim() + 1) / 2,
            Self::Dense(layer) => layer.matrix.len() + layer.shift.len(),
        }
    }

    /// The inverse layer, `f⁻¹`; `None` if its matrix is singular.
    pub fn undone(&self) -> Option<Self> {
        Some(match self {
            Self::Coupling(layer) => Self::Coupling(Coupling {
                backwards: !layer.backwards,
                ..layer.clone()
            }),
            Self::Autoregressive(layer) => Self::Autoregressive(Autoregressive {
                backwards: !layer.backwards,
                ..layer.clone()
            }),
            Self::Diagonal(layer) => Self::Diagonal(layer.undone()),
            Self::Permute(order) => Self::Permute(inverse_order(order)),
            Self::Triangular(layer) => Self::Triangular(layer.undone()?),
            Self::Dense(layer) => Self::Dense(layer.undone()?),
        })
    }

    /// Whether it scales by what it reads.
    pub fn is_affine(&self) -> bool {
        match self {
            Self::Coupling(coupling) => coupling.is_affine(),
            Self::Autoregressive(_) => true,
            _ => false,
        }
    }

    /// Whether it has networks.
    pub fn has_networks(&self) -> bool {
        matches!(self, Self::Coupling(_) | Self::Autoregressive(_))
    }

    /// The networks of the layer, if it has some, mutable.
    pub fn conditioner_mut(&mut self) -> Option<&mut Parameters> {
        match self {
            Self::Coupling(layer) => Some(&mut layer.conditioner),
            Self::Autoregressive(layer) => Some(&mut layer.conditioner),
            _ => None,
        }
    }

    /// The coupling, if it is one.
    pub fn coupling(&self) -> Option<&Coupling> {
        match self {
            Self::Coupling(coupling) => Some(coupling),
            _ => None,
        }
    }

    /// The coupling, if it is one, mutable.
    pub fn coupling_mut(&mut self) -> Option<&mut Coupling> {
        match self {
            Self::Coupling(coupling) => Some(coupling),
            _ => None,
        }
    }
}

/// The order of the inverse permutation of `z[i] = x[order[i]]`.
pub fn inverse_order(order: &[usize]) -> Vec<usize> {
    let mut inverse = vec![0; order.len()];
    let places = order.iter().enumerate();
    places.for_each(|(i, &from)| inverse[from] = i);
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::ir::{Linear, Parameters, ScaleMap, Side, Stage};
    use nalgebra::{DMatrix, DVector};
    use std::f64::consts::LN_2;

    /// Reads the middle element of three: shifts of `x₁` and 2, raw scales of `x₁` and 0.
    fn coupling(scale: Option<ScaleMap>, backwards: bool) -> Layer {
        let (weight, bias) = ([1.0, 0.0, 1.0, 0.0], [0.0, 2.0, 0.0, 0.0]);
        let outputs = if scale.is_some() { 4 } else { 2 };
        let linear = Linear {
            weight: DMatrix::from_row_slice(outputs, 1, &weight[..outputs]),
            bias: DVector::from_column_slice(&bias[..outputs]),
        };
        Layer::Coupling(Coupling {
            kept: vec![1],
            changed: vec![0, 2],
            conditioner: Parameters::Joint(Network(vec![Stage::Linear(linear)])),
            scale,
            backwards,
        })
    }

    fn triangular(side: Side, rows: [f64; 9]) -> Layer {
        let matrix = DMatrix::from_row_slice(3, 3, &rows);
        Layer::Triangular(Triangular { side, matrix })
    }

    /// Every kind, its image of `[1, 3, 5]` and its log-determinant there, by hand.
    fn table() -> Vec<(Layer, [f64; 3], f64)> {
        let diagonal = Diagonal {
            center: vec![0.0, 1.0, 4.0],
            factor: vec![2.0, -4.0, 0.5],
        };
        let matrix = DMatrix::from_row_slice(3, 3, &[0.0, 4.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 2.0]);
        let dense = Dense::new(matrix, DVector::from_column_slice(&[1.0, 0.0, -1.0]));
        let exp = || Some(ScaleMap::Exp);
        let (lower, upper) = (
            [2.0, 0.0, 0.0, 1.0, -1.0, 0.0, 3.0, 0.0, 4.0],
            [2.0, 1.0, 3.0, 0.0, -1.0, 0.0, 0.0, 0.0, 4.0],
        );
        let e3 = 3f64.exp();
        vec![
            (coupling(None, false), [4.0, 3.0, 7.0], 0.0),
            (coupling(None, true), [-2.0, 3.0, 3.0], 0.0),
            (coupling(exp(), false), [e3 + 3.0, 3.0, 7.0], 3.0),
            (coupling(exp(), true), [-2.0 / e3, 3.0, 3.0], -3.0),
            (Layer::Diagonal(diagonal), [2.0, -8.0, 0.5], 2.0 * LN_2),
            (Layer::Permute(vec![2, 0, 1]), [5.0, 1.0, 3.0], 0.0),
            (
                triangular(Side::Lower, lower),
                [2.0, -2.0, 23.0],
                3.0 * LN_2,
            ),
            (
                triangular(Side::Upper, upper),
                [20.0, -3.0, 20.0],
                3.0 * LN_2,
            ),
            (Layer::Dense(dense), [13.0, 6.0, 9.0], 3.0 * LN_2),
        ]
    }

    fn near(found: &[f64], expected: &[f64]) -> bool {
        let mut pairs = found.iter().zip(expected);
        pairs.all(|(found, expected)| (found - expected).abs() < 1e-12)
    }

    #[test]
    fn every_kind_gives_its_image_and_the_logarithm_of_its_volume() {
        for (layer, z, log_det) in table() {
            let mut x = [1.0, 3.0, 5.0];
            let found = layer.forward(&mut x);
            assert!(near(&x, &z), "{}: {x:?}", layer.kind());
            assert!(near(&[found], &[log_det]), "{}: {found}", layer.kind());
        }
    }

    #[test]
    fn every_inverse_gives_back_the_input_and_minus_the_log_determinant() {
        for (layer, mut z, log_det) in table() {
            let found = layer.inverse(&mut z);
            assert!(near(&z, &[1.0, 3.0, 5.0]), "{}: {z:?}", layer.kind());
            assert!(near(&[found], &[-log_det]), "{}: {found}", layer.kind());
        }
    }

    #[test]
    fn every_undone_layer_is_its_inverse() {
        for (layer, z, _) in table() {
            let (mut by_inverse, mut by_layer) = (z, z);
            let expected = layer.inverse(&mut by_inverse);
            let found = layer.undone().unwrap().forward(&mut by_layer);
            assert!(near(&by_layer, &by_inverse), "{}", layer.kind());
            assert!(near(&[found], &[expected]), "{}: {found}", layer.kind());
        }
    }
}
