//! The inputs of a conditional flow that are its context, behind those of the vector.

use nalgebra::{DMatrix, DVector};
use nice_flow_codegen::flow::ir::{Coupling, Dense, Diagonal, Flow, Layer, Stage, Triangular};

/// The flow of a vector and so many numbers of a context behind it, which couplings read and no layer changes.
pub(super) fn flow(flow: Flow, context: usize) -> Flow {
    if context == 0 {
        return flow;
    }
    let (from, to) = (flow.dim, flow.dim + context);
    let layers = flow.layers.into_iter().map(|layer| match layer {
        Layer::Coupling(coupling) => Layer::Coupling(reading(coupling, from, to)),
        // Refused where the context is checked: it would change it.
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
                Stage::Linear(nice_flow_codegen::flow::ir::Linear {
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
