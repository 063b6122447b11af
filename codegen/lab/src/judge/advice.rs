//! What there is to say about how a module was made, and where another number type would serve better.

use super::verify::Cost;
use nice_flow_codegen::flow::ir::{Activation, Layer, Network, Prior, Stage, Steering};
use nice_flow_codegen::text::rounded;
use nice_flow_codegen::{Model, Numeric};

/// Where an integer module's scales and threshold come from, unless it is the model's calibration.
pub fn scales(model: &Model, numeric: Numeric) -> impl Iterator<Item = &'static str> {
    let calibration = model.calibration.as_ref();
    let drawn = calibration.is_none();
    let is_rounded = |weights| {
        let own = calibration.and_then(|calibration| calibration.threshold(weights));
        model.threshold.is_some() && own.is_none()
    };
    let notes = numeric.weights().map(|weights| {
        [
            drawn.then_some(
                "no calibration rows (nice-flow calibrate): integers are scaled by draws of the model",
            ),
            is_rounded(weights).then_some(
                "the threshold is that of f32, rounded: integer scores have none of their own (nice-flow calibrate)",
            ),
        ]
    });
    notes.into_iter().flatten().flatten()
}

/// That rows are above a moving baseline, where a flow takes or gives them by itself: `rows` and `undone` are parts of the sentence.
pub fn above_level(model: &Model, rows: &str, undone: &str) -> Option<String> {
    let baseline = model.baseline?;
    Some(format!(
        "{rows} above their moving baseline ({baseline}), whose level is not {undone}"
    ))
}

/// Said where usual values are those of draws.
pub const DRAWN_VALUES: &str =
    "no calibration rows (nice-flow calibrate): usual values are those of draws of the model";

/// Below so many multiply-accumulates a layer of a network, one score takes fewer instructions in `f32` on a core with a
/// floating-point unit, since integers fill blocks of four and shift what each layer gives: `bench --numeric all` of the shapes 6x4x8x1
/// (24 a layer: 1,153 instructions in `f32`, 1,617 in `i8`) and 8x4x12x1 (48 a layer: 2,161 and 2,091).
const FEW: usize = 40;

/// That integers cost more than they save, where networks are as small as that.
pub fn small(model: &Model, numeric: Numeric) -> Option<String> {
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
    let is_small = numeric != Numeric::F32 && !costly && count > 0 && macs < FEW * count;
    is_small.then(|| {
        format!(
            "its networks are so small ({} multiply-accumulates a layer) that f32 takes fewer instructions than {numeric} on a core \
             with a floating-point unit; nice-flow bench --numeric all compares them",
            macs / count
        )
    })
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

/// That integers with scales rank normal rows less alike than they do elsewhere.
pub fn ranks(model: &Model, numeric: Numeric, cost: &Cost) -> Option<String> {
    let (least, others) = match numeric {
        Numeric::I8 => (0.999, " or i16"),
        _ => (0.9999, ""),
    };
    let is_affine = model.members.iter().any(|member| member.flow.is_affine());
    let rank = cost.normal.rank_agreement.unwrap_or(1.0);
    (is_affine && rank < least).then(|| {
        format!(
            "{numeric} ranks normal rows less like f64 than usual, by a correlation of {} instead of {least}: their scores \
             have a standard deviation of only {:.2}, against changes of {:.2} for one row in a hundred; f32{others} keeps more",
            rounded(rank, 4),
            cost.deviation,
            cost.normal.p99,
        )
    })
}
