//! Reads a `torch.nn.Sequential` and the modules in it.

use super::Weights;
use super::ops::{Step, act, linear};
use nice_flow_codegen::error::Result;
use nice_flow_codegen::flow::ir::Activation;
use std::collections::BTreeSet;

/// The default `eps` of `torch.nn.BatchNorm1d`.
const EPS: f64 = 1e-5;

impl Weights<'_> {
    /// The indices that follow `at.` in tensor names, in ascending order.
    pub fn indices(&self, at: &str) -> BTreeSet<usize> {
        let prefix = format!("{at}.");
        let rest = self.names().filter_map(|name| name.strip_prefix(&prefix));
        rest.filter_map(|rest| rest.split('.').next()?.parse().ok())
            .collect()
    }

    /// The steps: linear layers and batch normalisations. Each gap in the indices, of one or more modules without
    /// tensors, is taken for one activation.
    pub(super) fn sequential(&self, at: &str, activation: Activation) -> Result<Vec<Step>> {
        let (mut net, mut next) = (vec![], 0);
        for index in self.indices(at) {
            let name = format!("{at}.{index}");
            if index > next {
                net.push(act(activation));
            }
            next = index + 1;
            net.push(match self.has(&format!("{name}.running_mean")) {
                true => self.batch_norm(&name, EPS),
                false => linear(&name),
            });
        }
        match net.first() {
            Some(Step::Linear { .. }) => Ok(net),
            Some(_) => Err(self.error(at, "expected a linear layer at index 0, found none")),
            None => Err(self.error(at, "expected a Sequential of linear layers, found none")),
        }
    }

    /// `(h − running_mean) / √(running_var + eps) · weight + bias`; `weight` and `bias` may be missing.
    pub(super) fn batch_norm(&self, at: &str, eps: f64) -> Step {
        let name = |part: &str| format!("{at}.{part}");
        let trained = |part: &str| self.has(&name(part)).then(|| name(part).into());
        Step::BatchNorm {
            mean: name("running_mean").into(),
            var: name("running_var").into(),
            gamma: trained("weight"),
            beta: trained("bias"),
            eps,
        }
    }

    /// The number of inputs of the first linear layer of a `Sequential`.
    pub fn inputs(&self, at: &str) -> Result<usize> {
        let name = format!("{at}.0.weight");
        match *self.shape(&name)? {
            [_, columns] => Ok(columns),
            ref found => {
                let message = format!("expected a linear layer's matrix, found shape {found:?}");
                Err(self.error(&name, message))
            }
        }
    }
}
