//! Lists of modules, and the modules in them.

use super::Weights;
use super::ops::Step;
use std::collections::BTreeSet;

impl Weights<'_> {
    /// The indices that follow `at.` in tensor names, in ascending order.
    pub fn indices(&self, at: &str) -> BTreeSet<usize> {
        let prefix = format!("{at}.");
        let rest = self.names().filter_map(|name| name.strip_prefix(&prefix));
        rest.filter_map(|rest| rest.split('.').next()?.parse().ok())
            .collect()
    }

    /// The places of the modules of a list, in order; those without tensors between two others show as one.
    pub(super) fn places(&self, at: &str) -> Vec<String> {
        let (mut places, mut next) = (vec![], 0);
        for index in self.indices(at) {
            if index > next {
                places.push(next);
            }
            places.push(index);
            next = index.saturating_add(1);
        }
        let places = places.into_iter();
        places.map(|index| format!("{at}.{index}")).collect()
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
}
