//! `torch.nn.Sequential` and what may stand in it.

use super::Weights;
use crate::error::Result;
use crate::ir::{Activation, Network, Stage};
use nalgebra::DVector;
use std::collections::BTreeSet;

/// Of `torch.nn.BatchNorm1d`, unless told otherwise.
const EPS: f64 = 1e-5;

impl Weights<'_> {
    /// The indices that follow `at.`, in order.
    pub fn indices(&self, at: &str) -> BTreeSet<usize> {
        let prefix = format!("{at}.");
        let rest = self.names().filter_map(|name| name.strip_prefix(&prefix));
        rest.filter_map(|rest| rest.split('.').next()?.parse().ok())
            .collect()
    }

    /// Linear layers and batch normalisations; an index that stores nothing, or several in a
    /// row, is an activation.
    pub fn sequential(&self, at: &str, activation: Activation) -> Result<Network> {
        let (mut stages, mut width, mut next) = (vec![], None, 0);
        for index in self.indices(at) {
            let name = format!("{at}.{index}");
            if index > next {
                stages.push(Stage::Activation(activation));
            }
            next = index + 1;
            stages.push(match width {
                Some(width) if self.has(&format!("{name}.running_mean")) => {
                    self.batch_norm(&name, width, EPS)?
                }
                _ => {
                    let inputs = self.columns(&format!("{name}.weight"))?;
                    let linear = self.linear(&name, width.unwrap_or(inputs))?;
                    width = Some(linear.bias.len());
                    Stage::Linear(linear)
                }
            });
        }
        match stages.first() {
            Some(Stage::Linear(_)) => Ok(Network(stages)),
            Some(_) => Err(self.error(at, "expected a linear layer at index 0, found none")),
            None => Err(self.error(at, "expected a Sequential of linear layers, found none")),
        }
    }

    /// `(h − running_mean) / √(running_var + eps) · weight + bias`.
    pub fn batch_norm(&self, at: &str, width: usize, eps: f64) -> Result<Stage> {
        let numbers = |name: &str| self.numbers(&format!("{at}.{name}"), &[width]);
        let (mean, variance) = (numbers("running_mean")?, numbers("running_var")?);
        self.ignore(&format!("{at}.num_batches_tracked"));
        if let Some(i) = variance.iter().position(|v| *v + eps <= 0.0) {
            let message = format!("expected positive numbers, found {} at [{i}]", variance[i]);
            return Err(self.error(&format!("{at}.running_var"), message));
        }
        let trained = self.has(&format!("{at}.weight"));
        let (ones, zeros) = (vec![1.0; width], vec![0.0; width]);
        let gamma = if trained { numbers("weight")? } else { &ones };
        let beta = if trained { numbers("bias")? } else { &zeros };
        let factor = DVector::from_fn(width, |i, _| gamma[i] / (variance[i] + eps).sqrt());
        let shift = DVector::from_fn(width, |i, _| beta[i] - mean[i] * factor[i]);
        Ok(Stage::Scale { factor, shift })
    }

    /// What the first linear layer of a `Sequential` reads.
    pub fn inputs(&self, at: &str) -> Result<usize> {
        self.columns(&format!("{at}.0.weight"))
    }

    /// Columns of a weight.
    fn columns(&self, name: &str) -> Result<usize> {
        match *self.shape(name)? {
            [_, columns] => Ok(columns),
            ref found => {
                let message = format!("expected a linear layer's matrix, found shape {found:?}");
                Err(self.error(name, message))
            }
        }
    }
}
