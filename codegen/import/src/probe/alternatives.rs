//! Other conventions under which the same tensors may have been trained.
//!
//! Each alternative changes one convention throughout the flow. Each family of alternatives has a file of its own.

mod activation;
mod coupling;
mod diagonal;
mod linear;
mod network;
mod order;
mod output;
mod prior;
mod scale;
#[cfg(test)]
mod tests;

use nice_flow_codegen::flow::ir::{Flow, Layer, Network};

/// One convention, changed throughout a flow.
pub struct Alternative {
    /// The subject, such as the prior; two alternatives with the same subject exclude each other.
    pub subject: &'static str,
    /// The other convention, as a clause: `the prior is logistic`.
    pub what: String,
    /// The corresponding change in a manifest.
    pub manifest: String,
    rewrite: Box<dyn Fn(&mut Flow)>,
}

impl Alternative {
    fn new(
        subject: &'static str,
        what: impl Into<String>,
        manifest: impl Into<String>,
        rewrite: impl Fn(&mut Flow) + 'static,
    ) -> Self {
        Self {
            subject,
            what: what.into(),
            manifest: manifest.into(),
            rewrite: Box::new(rewrite),
        }
    }

    /// The flow under the other convention; `None` if that changes nothing.
    pub fn apply(&self, flow: &Flow) -> Option<Flow> {
        let mut other = flow.clone();
        (self.rewrite)(&mut other);
        (other != *flow).then_some(other)
    }
}

/// Every alternative that may apply to a flow, the likeliest first.
pub fn alternatives(flow: &Flow) -> Vec<Alternative> {
    let any = |is: fn(&Layer) -> bool| flow.layers.iter().any(is);
    let diagonal = any(|layer| matches!(layer, Layer::Diagonal(_)));
    let linear = any(|layer| !matches!(layer, Layer::Coupling(_) | Layer::Diagonal(_)));
    let families = [
        (true, prior::alternatives()),
        (true, coupling::alternatives()),
        (true, order::alternatives()),
        (true, activation::alternatives(flow)),
        (true, network::alternatives(flow)),
        (diagonal, diagonal::alternatives()),
        (flow.is_affine(), scale::alternatives(flow)),
        (flow.is_affine(), output::alternatives()),
        (linear, linear::alternatives()),
    ];
    let concerning = families.into_iter().filter(|(concerns, _)| *concerns);
    concerning.flat_map(|(_, family)| family).collect()
}

fn networks(flow: &mut Flow) -> impl Iterator<Item = &mut Network> {
    flow.couplings_mut()
        .flat_map(|coupling| coupling.conditioner.networks_mut())
}
