//! Bounds of a model's sizes, by which a small file asks for little work.

use crate::flow::ir::{Flow, Layer, Network, Parameters, Stage};
use crate::model::calibration::MOST_ROWS;
use crate::model::{MOST_INPUTS, MOST_LAYERS};
use crate::{Error, Model, Result};

/// The most inputs or outputs of a linear layer: an affine coupling has two for each element that it changes.
const WIDEST: usize = 2 * MOST_INPUTS;

/// The most weights of the linear layers that are put before and behind networks without, beyond sixteen for each parameter.
const SPARE: usize = 1 << 24;

/// An error unless there are no more inputs, layers, units and rows than a model may have.
pub(super) fn check(model: &Model) -> Result<()> {
    inputs(model.dim())?;
    for flow in model.members.iter().map(|member| &member.flow) {
        at_most("layers", MOST_LAYERS, "layers", flow.layers.len())?;
        for (index, layer) in flow.layers.iter().enumerate() {
            let widest = networks(layer).map(widest).max().unwrap_or(0);
            at_most(&format!("layers.{index}"), WIDEST, "units", widest)?;
        }
    }
    let most = SPARE.saturating_add(model.parameters().saturating_mul(16));
    let added = model.members.iter().map(|member| added(&member.flow));
    let added = added.fold(0, usize::saturating_add);
    let what = "weights of linear layers before and behind networks that have none there";
    at_most("layers", most, what, added)?;
    let rows = model
        .calibration
        .as_ref()
        .map_or(0, |given| given.rows.len());
    at_most("calibration", MOST_ROWS, "rows", rows / model.dim().max(1))
}

/// An error unless a model may have so many inputs.
pub(super) fn inputs(dim: usize) -> Result<()> {
    at_most("dim", MOST_INPUTS, "inputs", dim)
}

/// An error if there are more than may be.
fn at_most(place: &str, most: usize, what: &str, found: usize) -> Result<()> {
    if found <= most {
        return Ok(());
    }
    let message = format!("expected at most {most} {what}, found {found}");
    Err(Error::input(place, message))
}

/// The networks of a layer.
fn networks(layer: &Layer) -> impl Iterator<Item = &Network> {
    let conditioner = match layer {
        Layer::Coupling(layer) => Some(&layer.conditioner),
        Layer::Autoregressive(layer) => Some(&layer.conditioner),
        Layer::Diagonal(_) | Layer::Permute(_) | Layer::Triangular(_) | Layer::Dense(_) => None,
    };
    conditioner.into_iter().flat_map(Parameters::networks)
}

/// The most inputs or outputs of a linear layer.
fn widest(network: &Network) -> usize {
    let widths = network.0.iter().map(|stage| match stage {
        Stage::Linear(layer) => layer.weight.nrows().max(layer.weight.ncols()),
        Stage::Scale { factor, .. } => factor.len(),
        Stage::Skip(branch) => widest(branch),
        Stage::Steer(steer) => steer.width,
        Stage::Activation(_) | Stage::Normalise { .. } => 0,
    });
    widths.max().unwrap_or(0)
}

/// The weights of the linear layers that folding puts before and behind networks that do not begin or end with one.
fn added(flow: &Flow) -> usize {
    let of_layer = |layer: &Layer| {
        let (inputs, outputs) = match layer {
            Layer::Coupling(coupling) => (coupling.kept.len(), 2 * coupling.changed.len()),
            _ => (flow.dim, 2 * flow.dim),
        };
        let of_end = |end: Option<&Stage>, width: usize| match end {
            Some(Stage::Linear(_)) => 0,
            _ => width.saturating_mul(width),
        };
        let of_network = |network: &Network| {
            of_end(network.0.first(), inputs).saturating_add(of_end(network.0.last(), outputs))
        };
        networks(layer)
            .map(of_network)
            .fold(0, usize::saturating_add)
    };
    flow.layers
        .iter()
        .map(of_layer)
        .fold(0, usize::saturating_add)
}
