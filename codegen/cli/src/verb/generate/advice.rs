//! Says where another number type would serve better.

use nice_flow_codegen::flow::ir::{Activation, Layer, Network, Prior, Stage, Steering};
use nice_flow_codegen::text::rounded;
use nice_flow_codegen::{Model, Numeric};
use nice_flow_lab::judge::verify::Cost;

/// Below so many multiply-accumulates a layer of a network, one score takes fewer instructions in `f32` on a core with a
/// floating-point unit, since integers fill blocks of four and shift what each layer gives: `bench --numeric all` of the shapes 6x4x8x1
/// (24 a layer: 1,153 instructions in `f32`, 1,617 in `i8`) and 8x4x12x1 (48 a layer: 2,161 and 2,091).
const FEW: usize = 40;

/// Says that integers cost more than they save, where networks are as small as that.
pub(super) fn note_size(model: &Model, numeric: Numeric) {
    let layers = || model.members.iter().flat_map(|member| &member.flow.layers);
    let networks: Vec<&Network> = layers()
        .filter_map(|layer| match layer {
            Layer::Coupling(coupling) => Some(coupling.conditioner.networks()),
            _ => None,
        })
        .flatten()
        .collect();
    // What else costs much in `f32`: exponential functions.
    let is_normal = |prior: &Prior| matches!(prior, Prior::Normal | Prior::DiagonalNormal(_));
    let costly = !model
        .members
        .iter()
        .all(|member| is_normal(&member.flow.prior))
        || layers().any(Layer::is_affine)
        || !networks.iter().all(|network| is_rectified(network));
    let macs: usize = networks.iter().map(|network| network.macs()).sum();
    let count: usize = networks.iter().map(|network| network.linears().len()).sum();
    if numeric != Numeric::F32 && !costly && count > 0 && macs < FEW * count {
        note!(
            "note: its networks are so small ({} multiply-accumulates a layer) that f32 takes fewer instructions than {numeric} on a core \
             with a floating-point unit; nice-flow bench --numeric all compares them",
            macs / count
        );
    }
}

/// Whether the network has no other functions than those that a comparison computes.
fn is_rectified(network: &Network) -> bool {
    network.0.iter().all(|stage| match stage {
        Stage::Linear(_) | Stage::Scale { .. } => true,
        Stage::Activation(activation) => is_rectifier(*activation),
        Stage::Normalise { .. } => false,
        Stage::Skip(network) => is_rectified(network),
        Stage::Steer(steer) => steer.how == Steering::Add && is_rectifier(steer.activation),
    })
}

fn is_rectifier(activation: Activation) -> bool {
    matches!(
        activation,
        Activation::Relu | Activation::LeakyRelu { .. } | Activation::Hardtanh { .. }
    )
}

/// Says where integers with scales rank normal rows less alike than they do elsewhere.
pub(super) fn note_ranks(model: &Model, numeric: Numeric, cost: &Cost) {
    let (least, others) = match numeric {
        Numeric::I8 => (0.999, " or i16"),
        _ => (0.9999, ""),
    };
    let is_affine = model.members.iter().any(|member| member.flow.is_affine());
    let rank = cost.normal.rank_agreement.unwrap_or(1.0);
    if is_affine && rank < least {
        note!(
            "note: {numeric} ranks normal rows less like f64 than usual, by a correlation of {} instead of {least}: their scores \
             have a standard deviation of only {:.2}, against changes of {:.2} for one row in a hundred; f32{others} keeps more",
            rounded(rank, 4),
            cost.deviation,
            cost.normal.p99,
        );
    }
}
