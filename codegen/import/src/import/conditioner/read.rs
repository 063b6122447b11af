//! Reads a network of any names: linear layers by shape and order, with what stands between them.

use super::guess::guess;
use super::modules::{Kind, Module, by_name, linear_step, modules};
use crate::import::Weights;
use crate::import::ops::{Step, act, prelu};
use nice_flow_codegen::error::{Error, Result};
use nice_flow_codegen::flow::ir::Activation;

/// The default `eps` of `torch.nn.BatchNorm1d` and `torch.nn.LayerNorm`.
const EPS: f64 = 1e-5;

/// The most linear layers whose order is searched by their shapes.
const MOST: usize = 8;

impl Weights<'_> {
    /// The network below `at`, which reads `inputs` numbers. What cannot be understood is kept as a doubt, and the steps have question marks.
    pub(in crate::import) fn net(
        &self,
        at: &str,
        activation: Activation,
        inputs: usize,
    ) -> Vec<Step> {
        match self.conditioner(at, activation, Some(inputs)) {
            Ok(net) => net,
            Err(doubt) => {
                self.doubt(doubt);
                guess(self, at)
            }
        }
    }

    /// The network below `at`: a linear layer, or several with an activation between each two.
    ///
    /// In a list such as a `Sequential`, a module without tensors shows as a gap in the numbers, which tells on which
    /// side of a normalisation the activation stands; otherwise it stands behind.
    fn conditioner(
        &self,
        at: &str,
        activation: Activation,
        inputs: Option<usize>,
    ) -> Result<Vec<Step>> {
        let found = modules(self, at)?;
        let named = by_name(&found);
        let chained = [&found, &named].into_iter().find(|modules| chain(modules));
        let modules = match chained {
            Some(modules) => modules.clone(),
            None => self.by_shape(&named, inputs)?,
        };
        if modules.iter().all(|module| module.extents().is_none()) {
            return Err(self.error(at, "expected a network of linear layers, found none"));
        }
        Ok(steps(self, &modules, activation))
    }

    /// The number of inputs of the network below `at`; of one that cannot be understood, those of its first linear layer.
    pub(in crate::import) fn inputs(&self, at: &str) -> Result<usize> {
        let net = match self.conditioner(at, Activation::Relu, None) {
            Ok(net) => net,
            Err(doubt) => {
                let net = guess(self, at);
                let read = net.iter().any(|step| matches!(step, Step::Linear { .. }));
                read.then_some(net).ok_or(doubt)?
            }
        };
        Ok(super::widths(self, &net)?.0)
    }

    /// The number of outputs of the network below `at`, if it is understood.
    pub(in crate::import) fn outputs(&self, at: &str) -> Option<usize> {
        let net = self.conditioner(at, Activation::Relu, None).ok()?;
        super::widths(self, &net).ok().map(|(_, outputs)| outputs)
    }

    /// Linear layers in the only order in which each takes what the one before gives.
    fn by_shape(&self, modules: &[Module], inputs: Option<usize>) -> Result<Vec<Module>> {
        let linear = modules.iter().all(|module| module.extents().is_some());
        let mut orders = match linear && modules.len() <= MOST {
            true => orders(modules, inputs),
            false => vec![],
        };
        match (orders.pop(), orders.is_empty()) {
            (Some(order), true) => Ok(order),
            _ => Err(self.broken(modules)),
        }
    }

    /// The first linear layer that does not take what the one before gives.
    fn broken(&self, modules: &[Module]) -> Error {
        let mut width = None;
        for module in modules {
            let Some((inputs, outputs)) = module.extents() else {
                continue;
            };
            if let Some(width) = width.filter(|width| *width != inputs) {
                let name = format!("{}.weight", module.at);
                let message =
                    format!("expected shape [{outputs}, {width}], found [{outputs}, {inputs}]");
                return self.error(&name, message);
            }
            width = Some(outputs);
        }
        self.error(
            "",
            "expected linear layers that each take what the one before gives",
        )
    }
}

/// Whether each linear layer takes what the one before gives.
fn chain(modules: &[Module]) -> bool {
    let linears: Vec<_> = modules.iter().filter_map(Module::extents).collect();
    linears.windows(2).all(|pair| pair[0].1 == pair[1].0)
}

/// At most two orders in which the linear layers chain, of those that begin with `inputs` numbers.
fn orders(modules: &[Module], inputs: Option<usize>) -> Vec<Vec<Module>> {
    fn extend(
        inputs: Option<usize>,
        chain: &mut Vec<Module>,
        rest: &[Module],
        found: &mut Vec<Vec<Module>>,
    ) {
        if rest.is_empty() {
            found.push(chain.clone());
        }
        for (i, next) in rest.iter().enumerate() {
            let width = chain
                .last()
                .map_or(inputs, |last| last.extents().map(|extents| extents.1));
            let fits = width.is_none_or(|width| next.extents().is_some_and(|next| next.0 == width));
            if !fits || found.len() > 1 {
                continue;
            }
            let rest = [&rest[..i], &rest[i + 1..]].concat();
            chain.push(next.clone());
            extend(inputs, chain, &rest, found);
            chain.pop();
        }
    }
    let mut found = vec![];
    extend(inputs, &mut vec![], modules, &mut found);
    found
}

fn steps(weights: &Weights, modules: &[Module], activation: Activation) -> Vec<Step> {
    let linear = |module: &Module| module.extents().is_some();
    let Some(last) = modules.iter().rposition(linear) else {
        return vec![];
    };
    let shared = shared(modules, last);
    let activation = || shared.map_or(act(activation), |module| prelu(&module.at));
    let (mut net, mut seen) = (vec![], false);
    // Whether the present hidden layer has its activation.
    let mut active = false;
    for (i, module) in modules.iter().enumerate() {
        let before = i.checked_sub(1).map(|i| &modules[i]);
        if seen && !active && before.is_some_and(|before| gap(before, module)) {
            net.push(activation());
            active = true;
        }
        match module.kind {
            Kind::Linear { bias, .. } => {
                if seen && !active {
                    net.push(activation());
                }
                net.push(linear_step(&module.at, bias));
                (seen, active) = (true, i == last);
            }
            Kind::BatchNorm => net.push(weights.batch_norm(&module.at, EPS)),
            Kind::LayerNorm => net.push(layer_norm(&module.at)),
            Kind::Slopes if shared == Some(module) => {}
            Kind::Slopes => {
                net.push(prelu(&module.at));
                active = true;
            }
        }
    }
    net
}

/// The one PReLU that stands apart from the hidden layers, and so serves all of them.
fn shared(modules: &[Module], last: usize) -> Option<&Module> {
    let mut slopes = (modules.iter().enumerate()).filter(|(_, module)| module.kind == Kind::Slopes);
    match (slopes.next(), slopes.next()) {
        (Some((0, module)), None) => Some(module),
        (Some((place, module)), None) if place > last => Some(module),
        _ => None,
    }
}

/// Whether a list has modules without tensors between two of its modules.
fn gap(before: &Module, module: &Module) -> bool {
    let places = before.place().zip(module.place());
    places.is_some_and(|(before, here)| before.0 == here.0 && here.1 > before.1 + 1)
}

fn layer_norm(at: &str) -> Step {
    Step::LayerNorm {
        gamma: Some(format!("{at}.weight").into()),
        beta: Some(format!("{at}.bias").into()),
        eps: EPS,
        unbiased: false,
    }
}
