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
/// (24 a layer: 1,153 instructions in `f32`, 1,617 in `i8`) and 8x4x12x1 (48 a layer: 2,161 and 2,091), additive, and of nflows'
/// affine couplings of residual networks with 4 units (17 a layer: 5,026 and 5,376).
const FEW: usize = 40;

/// The same for smooth activations, which integers take from tables: zuko's NICE of SiLU with 16 units (133 a layer: 9,084 and 10,420).
const FEW_SMOOTH: usize = 150;

/// The same for masked networks, half of whose weights are zeros: zuko's MAF of 16 units (181 a layer: 5,959 and 6,195).
const FEW_MASKED: usize = 200;

/// That integers cost more than they save, where networks are as small as that.
pub fn small(model: &Model, numeric: Numeric) -> Option<String> {
    let (mut macs, mut count, mut few) = (0, 0, 0);
    for layer in model.members.iter().flat_map(|it| &it.flow.layers) {
        let (conditioner, least) = match layer {
            Layer::Coupling(coupling) => (&coupling.conditioner, FEW),
            Layer::Autoregressive(layer) => (&layer.conditioner, FEW_MASKED),
            _ => continue,
        };
        for network in conditioner.networks() {
            let least = match is_rectified(network) {
                true => least,
                false => least.max(FEW_SMOOTH),
            };
            macs += network.macs();
            count += network.linears().len();
            few += least * network.linears().len();
        }
    }
    // What costs much in `f32` beside networks: the exponential functions of a prior.
    let is_normal = |prior: &Prior| matches!(prior, Prior::Normal | Prior::DiagonalNormal(_));
    let mut priors = model.members.iter().map(|member| &member.flow.prior);
    let is_small = numeric != Numeric::F32 && priors.all(is_normal) && macs < few;
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

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::{DMatrix, DVector};
    use nice_flow_codegen::flow::ir::{Coupling, Flow, Linear, Parameters, ScaleMap};

    /// An affine coupling of 3 and 3 elements with a hidden layer of this width.
    fn model(width: usize, activation: Activation) -> Model {
        let linear = |inputs, outputs| {
            Stage::Linear(Linear {
                weight: DMatrix::repeat(outputs, inputs, 0.1),
                bias: DVector::zeros(outputs),
            })
        };
        let network = Network(vec![
            linear(3, width),
            Stage::Activation(activation),
            linear(width, 6),
        ]);
        let coupling = Coupling {
            kept: vec![0, 1, 2],
            changed: vec![3, 4, 5],
            conditioner: Parameters::Joint(network),
            scale: Some(ScaleMap::Exp),
            backwards: false,
        };
        let flow = Flow {
            dim: 6,
            layers: vec![Layer::Coupling(coupling)],
            prior: Prior::Normal,
        };
        Model::new("m", (0..6).map(|i| format!("x{i}")).collect(), flow)
    }

    #[test]
    fn integers_are_advised_against_for_networks_below_the_measured_sizes() {
        for (width, activation, is_small) in [
            (8, Activation::Relu, true),
            (9, Activation::Relu, false),
            (33, Activation::Silu, true),
            (34, Activation::Silu, false),
        ] {
            let model = model(width, activation);
            let said = small(&model, Numeric::I8);
            assert_eq!(said.is_some(), is_small, "{width} {said:?}");
            assert_eq!(small(&model, Numeric::F32), None);
        }
        let mut without = model(2, Activation::Relu);
        without.members[0].flow.layers.clear();
        assert_eq!(small(&without, Numeric::I8), None);
    }
}
