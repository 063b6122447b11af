//! Autoregressive layers: each element is scaled and shifted by those before it.

use super::{Activation, Network, Parameters, ScaleMap, Stage};
use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

/// `x · S(r) + t` or `(x − t) / S(r)`, in which `t` and `r` of an element depend on the elements before it only.
#[derive(Clone, Debug, PartialEq)]
pub struct Autoregressive {
    /// The elements; what belongs to one depends on those in front of it here.
    pub order: Vec<usize>,
    /// Gives all shifts `t`, then all raw scales `r`, of all elements.
    pub conditioner: Parameters,
    /// `S`.
    pub scale: ScaleMap,
    /// How scale and shift are applied.
    pub form: Form,
    /// Computes the inverse in `forward`, which takes an evaluation for each element.
    pub backwards: bool,
}

/// How a scale `S` and a shift `t` are applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// `x · S + t`.
    MulAdd,
    /// `(x − t) / S`.
    SubDiv,
}

impl Autoregressive {
    /// Replaces `x` by `f(x)`; returns `ln |det ∂f/∂x|` in nats.
    pub fn forward(&self, x: &mut [f64]) -> f64 {
        match self.backwards {
            false => self.apply(x),
            true => self.solve(x),
        }
    }

    /// Replaces `z` by `f⁻¹(z)`; returns `ln |det ∂f⁻¹/∂z|` in nats.
    pub fn inverse(&self, z: &mut [f64]) -> f64 {
        match self.backwards {
            false => self.solve(z),
            true => self.apply(z),
        }
    }

    /// Whether an element stays as it is: its shift and its raw scale are zero whatever the others are, and `S(0)` is 1.
    pub fn keeps(&self, element: usize) -> bool {
        let dim = self.order.len();
        let is_zero = |network: &Network| match network.0.last() {
            Some(Stage::Linear(last)) => (element..last.bias.len())
                .step_by(dim)
                .all(|row| last.bias[row] == 0.0 && last.weight.row(row).iter().all(|w| *w == 0.0)),
            _ => false,
        };
        self.scale.eval(0.0) == (1.0, 0.0) && self.conditioner.networks().all(is_zero)
    }

    /// Evaluations of the networks in `forward`.
    pub fn passes(&self) -> usize {
        match self.backwards {
            false => 1,
            true => self.order.len(),
        }
    }

    fn apply(&self, x: &mut [f64]) -> f64 {
        let parameters = self.conditioner.eval(&DVector::from_column_slice(x));
        let elements = 0..x.len();
        elements
            .map(|i| self.one(&parameters, i, &mut x[i], self.form == Form::MulAdd))
            .sum()
    }

    fn solve(&self, z: &mut [f64]) -> f64 {
        let mut x = DVector::zeros(z.len());
        let mut log_det = 0.0;
        for &i in &self.order {
            let parameters = self.conditioner.eval(&x);
            x[i] = z[i];
            log_det += self.one(&parameters, i, &mut x[i], self.form == Form::SubDiv);
        }
        z.copy_from_slice(x.as_slice());
        log_det
    }

    /// Maps an element; returns the logarithm of the slope.
    fn one(&self, parameters: &[f64], i: usize, x: &mut f64, multiplies: bool) -> f64 {
        let (shifts, raws) = parameters.split_at(self.order.len());
        let (scale, log) = self.scale.eval(raws[i]);
        if multiplies {
            *x = *x * scale + shifts[i];
            log
        } else {
            *x = (*x - shifts[i]) / scale;
            -log
        }
    }
}

impl Parameters {
    /// An order in which each element's shift and raw scale depend on the elements in front of it only; `None` if the
    /// weights allow none.
    pub fn order(&self, dim: usize) -> Option<Vec<usize>> {
        let reads = self.reads(dim);
        let mut order: Vec<usize> = vec![];
        while order.len() < dim {
            let ready = |i: &usize| {
                !order.contains(i) && (0..dim).all(|j| !reads[(*i, j)] || order.contains(&j))
            };
            order.push((0..dim).find(ready)?);
        }
        Some(order)
    }

    /// Whether shift or raw scale of an element (row) depends on another (column), by the weights that are not zero.
    pub(super) fn reads(&self, dim: usize) -> DMatrix<bool> {
        let mut reads = DMatrix::from_element(dim, dim, false);
        for network in self.networks() {
            let reach = network.reach(DMatrix::identity(dim, dim));
            for row in 0..reach.nrows() {
                (0..dim).for_each(|j| reads[(row % dim, j)] |= reach[(row, j)] != 0.0);
            }
        }
        reads
    }
}

impl Network {
    /// Ones where an output (row) depends on an input (column), if `reach` says so of the stages before.
    fn reach(&self, reach: DMatrix<f64>) -> DMatrix<f64> {
        let one = |number: f64| f64::from(u8::from(number != 0.0));
        self.0.iter().fold(reach, |reach, stage| match stage {
            Stage::Linear(layer) => (layer.weight.map(one) * reach).map(one),
            Stage::Activation(activation) if is_constant(*activation) => reach * 0.0,
            Stage::Activation(_) => reach,
            Stage::Scale { factor, .. } => {
                DMatrix::from_fn(reach.nrows(), reach.ncols(), |i, j| {
                    one(factor[i]) * reach[(i, j)]
                })
            }
            // Mean and variance are of all elements.
            Stage::Normalise { .. } => {
                let all = reach.row_sum().map(one);
                DMatrix::from_fn(reach.nrows(), reach.ncols(), |_, j| all[j])
            }
            Stage::Skip(branch) => (branch.reach(reach.clone()) + reach).map(one),
            Stage::Steer(steer) => steer.reach(&reach),
        })
    }
}

/// Whether the function gives the same for every input.
fn is_constant(activation: Activation) -> bool {
    matches!(activation, Activation::Hardtanh { min, max } if min == max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::ir::{Layer, Linear};

    /// Three elements in the order 2, 0, 1: `t` of 0 is `x₂`, of 1 `x₀ + x₂`; raw scales likewise, by a half.
    fn layer(form: Form, backwards: bool) -> Autoregressive {
        let rows = [
            [0.0, 0.0, 1.0],
            [1.0, 0.0, 1.0],
            [0.0; 3],
            [0.0, 0.0, 0.5],
            [0.5, 0.0, 0.5],
            [0.0; 3],
        ];
        let weight = DMatrix::from_row_slice(6, 3, &rows.concat());
        let bias = DVector::from_column_slice(&[0.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
        let conditioner = Parameters::Joint(Network(vec![Stage::Linear(Linear { weight, bias })]));
        Autoregressive {
            order: conditioner.order(3).unwrap(),
            conditioner,
            scale: ScaleMap::Exp,
            form,
            backwards,
        }
    }

    #[test]
    fn the_order_follows_from_the_weights() {
        let layer = layer(Form::MulAdd, false);
        assert_eq!(layer.order, [2, 0, 1]);
        let mut circle = layer.conditioner;
        if let Some(Stage::Linear(linear)) = circle.networks_mut().next().unwrap().0.first_mut() {
            linear.weight[(2, 1)] = 1e-9;
        }
        assert_eq!(circle.order(3), None);
    }

    /// An element whose outputs are zero is one that the others may depend on, and that stays as it is.
    #[test]
    fn an_element_of_zeros_is_kept() {
        let mut layer = layer(Form::SubDiv, false);
        assert!(!layer.keeps(2));
        if let Some(Stage::Linear(linear)) = layer
            .conditioner
            .networks_mut()
            .next()
            .unwrap()
            .0
            .first_mut()
        {
            linear.bias[2] = 0.0;
        }
        assert_eq!([0, 1, 2].map(|i| layer.keeps(i)), [false, false, true]);
        let mut x = [1.0, 4.0, 2.5];
        let log_det = layer.forward(&mut x);
        assert_eq!(x[2], 2.5);
        layer.inverse(&mut x);
        assert!((x[0] - 1.0).abs() < 1e-12 && log_det != 0.0);
        layer.scale = ScaleMap::Sigmoid {
            bias: 2.0,
            eps: 1e-3,
        };
        assert!(!layer.keeps(2));
    }

    #[test]
    fn each_element_is_mapped_by_those_before_it() {
        let x = [1.0, 4.0, 2.0];
        let mut z = x;
        let log_det = layer(Form::MulAdd, false).forward(&mut z);
        let e = f64::exp;
        assert_eq!(z, [e(1.0) + 2.0, 4.0 * e(1.5) + 3.0, 3.0]);
        assert_eq!(log_det, 2.5);
        let mut z = x;
        let log_det = layer(Form::SubDiv, false).forward(&mut z);
        assert_eq!(z, [-1.0 / e(1.0), 1.0 / e(1.5), 1.0]);
        assert_eq!(log_det, -2.5);
    }

    #[test]
    fn a_layer_its_inverse_and_its_undone_layer_agree() {
        for form in [Form::MulAdd, Form::SubDiv] {
            for backwards in [false, true] {
                let layer = layer(form, backwards);
                let (x, mut z) = ([0.3, -1.2, 0.8], [0.3, -1.2, 0.8]);
                let there = layer.forward(&mut z);
                let mut undone = z;
                let back = layer.inverse(&mut z);
                assert!((there + back).abs() < 1e-12);
                assert!(z.iter().zip(x).all(|(z, x)| (z - x).abs() < 1e-12));
                let turned = Layer::Autoregressive(layer).undone().unwrap();
                assert!((turned.forward(&mut undone) - back).abs() < 1e-12);
                assert!(undone.iter().zip(z).all(|(a, b)| (a - b).abs() < 1e-12));
            }
        }
    }
}
