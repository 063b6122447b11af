//! The inputs of a conditional flow that are its context, behind those of the vector.

use nalgebra::{DMatrix, DVector};
use nice_flow_codegen::flow::ir::{
    Coupling, Dense, Diagonal, Flow, Layer, Linear, Parameters, ScaleMap, Stage, Triangular,
};
use nice_flow_codegen::{Error, Result};

/// The flow of a vector and so many numbers of a context behind it, which couplings read and no layer changes.
pub(super) fn flow(flow: Flow, context: usize) -> Flow {
    if context == 0 {
        return flow;
    }
    let (from, to) = (flow.dim, flow.dim + context);
    let layers = flow.layers.into_iter().map(|layer| match layer {
        Layer::Coupling(coupling) => Layer::Coupling(reading(coupling, from, to)),
        // Read with its context: see `masked`.
        Layer::Autoregressive(layer) => Layer::Autoregressive(layer),
        Layer::Diagonal(layer) => Layer::Diagonal(diagonal(layer, context)),
        Layer::Permute(mut order) => {
            order.extend(from..to);
            Layer::Permute(order)
        }
        Layer::Triangular(layer) => Layer::Triangular(Triangular {
            matrix: matrix(layer.matrix, to),
            ..layer
        }),
        Layer::Dense(layer) => Layer::Dense(Dense {
            matrix: matrix(layer.matrix, to),
            shift: layer.shift.resize_vertically(to, 0.0),
            ..layer
        }),
    });
    Flow {
        dim: to,
        layers: layers.collect(),
        prior: flow.prior.given((from..to).collect()),
    }
}

/// The layer that leaves so many numbers behind its own as they are.
pub(super) fn diagonal(mut layer: Diagonal, context: usize) -> Diagonal {
    let dim = layer.center.len() + context;
    layer.center.resize(dim, 0.0);
    layer.factor.resize(dim, 1.0);
    layer
}

/// Makes the networks of an autoregressive layer of `dim` elements those of a layer that has the context behind them: its shift
/// and raw scale are zero, so that it stays as it is. Returns the scale map, which is 1 at zero; `written` is how the manifest has it.
pub(super) fn masked(
    conditioner: &mut Parameters,
    scale: ScaleMap,
    (dim, context): (usize, usize),
    written: &str,
) -> Result<ScaleMap> {
    let Some((scale, moved)) = scale.centred() else {
        let message = format!(
            "expected a map that is 1 somewhere beside a context that changes, found {written}; a constant context can be worked in"
        );
        return Err(Error::input("scale", message));
    };
    let joint = matches!(conditioner, Parameters::Joint(_));
    let last = conditioner.networks_mut().last();
    if let Some(Stage::Linear(raws)) = last.and_then(|network| network.0.last_mut()) {
        let from = if joint { dim } else { 0 };
        let raws = raws.bias.iter_mut().skip(from);
        raws.for_each(|bias| *bias -= moved);
    }
    for network in conditioner.networks_mut() {
        let ends = [network.0.first(), network.0.last()];
        if !ends
            .iter()
            .all(|stage| matches!(stage, Some(Stage::Linear(_))))
        {
            let message = "expected a network that begins and ends with a linear layer beside a context that changes";
            return Err(Error::input("net", message));
        }
        if let Some(Stage::Linear(first)) = network.0.first_mut() {
            let weight = std::mem::replace(&mut first.weight, DMatrix::zeros(0, 0));
            first.weight = weight.resize_horizontally(dim + context, 0.0);
        }
        if let Some(Stage::Linear(last)) = network.0.last_mut() {
            // From the last block on, so that the places of those before it stay.
            for block in (1..=last.bias.len() / dim).rev() {
                let take = |last: &mut Linear| std::mem::replace(last, nothing());
                let Linear { weight, bias } = take(last);
                last.weight = weight.insert_rows(block * dim, context, 0.0);
                last.bias = bias.insert_rows(block * dim, context, 0.0);
            }
        }
    }
    Ok(scale)
}

fn nothing() -> Linear {
    Linear {
        weight: DMatrix::zeros(0, 0),
        bias: DVector::zeros(0),
    }
}

/// The coupling that keeps the context too. A network that does not read it gets weights of zero.
fn reading(mut coupling: Coupling, from: usize, to: usize) -> Coupling {
    coupling.kept.extend(from..to);
    let inputs = coupling.kept.len();
    for network in coupling.conditioner.networks_mut() {
        match network.0.first_mut() {
            Some(Stage::Linear(first)) => {
                let weight = std::mem::replace(&mut first.weight, DMatrix::zeros(0, 0));
                first.weight = weight.resize_horizontally(inputs, 0.0);
            }
            // A stage that is no linear layer reads the vector alone.
            _ => network.0.insert(
                0,
                Stage::Linear(Linear {
                    weight: DMatrix::identity(inputs + from - to, inputs),
                    bias: DVector::zeros(inputs + from - to),
                }),
            ),
        }
    }
    coupling
}

/// The matrix with the identity behind it.
fn matrix(matrix: DMatrix<f64>, dim: usize) -> DMatrix<f64> {
    let own = matrix.nrows();
    let mut whole = DMatrix::identity(dim, dim);
    whole.view_mut((0, 0), (own, own)).copy_from(&matrix);
    whole
}
