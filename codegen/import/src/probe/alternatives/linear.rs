//! Alternatives for permutations and matrices.

use super::Alternative;
use nice_flow_codegen::flow::ir::{Flow, Layer, Triangular, inverse_order};

/// The constant that LU layers of nflows and normflows add to the diagonal.
const EPS: f64 = 1e-3;

pub(super) fn alternatives() -> Vec<Alternative> {
    vec![
        Alternative::new(
            "permutations",
            "permutations run the other way",
            "the inverse permutation as index",
            |flow| flow.layers.iter_mut().for_each(invert),
        ),
        Alternative::new(
            "matrices",
            "the matrices of dense layers are transposed",
            "layout = \"in_out\" where it is \"out_in\", and the reverse",
            |flow| flow.layers.iter_mut().for_each(transpose),
        ),
        Alternative::new(
            "factors",
            "LU layers apply L first, then U",
            "no param of lu_packed says so: a dense matrix U·L",
            exchange_factors,
        ),
        Alternative::new(
            "LU eps",
            format!("the diagonals of LU layers are {EPS} larger"),
            format!("diag_eps = {EPS}"),
            |flow| triangles(flow).for_each(|triangle| raise(triangle, EPS)),
        ),
        Alternative::new(
            "LU eps",
            format!("the diagonals of LU layers are {EPS} smaller"),
            "diag_eps = 0.0",
            |flow| triangles(flow).for_each(|triangle| raise(triangle, -EPS)),
        ),
    ]
}

fn invert(layer: &mut Layer) {
    if let Layer::Permute(order) = layer {
        *order = inverse_order(order);
    }
}

fn transpose(layer: &mut Layer) {
    if let Layer::Dense(dense) = layer {
        dense.matrix.transpose_mut();
    }
}

fn exchange_factors(flow: &mut Flow) {
    let mut at = 0;
    while at + 1 < flow.layers.len() {
        let pair = &flow.layers[at..=at + 1];
        if let [Layer::Triangular(_), Layer::Triangular(_)] = pair {
            flow.layers.swap(at, at + 1);
            at += 1;
        }
        at += 1;
    }
}

/// The triangular layers that do not have a unit diagonal.
fn triangles(flow: &mut Flow) -> impl Iterator<Item = &mut Triangular> {
    flow.layers.iter_mut().filter_map(|layer| match layer {
        Layer::Triangular(triangle) if triangle.log_det() != 0.0 => Some(triangle),
        _ => None,
    })
}

fn raise(triangle: &mut Triangular, by: f64) {
    let diagonal = triangle.matrix.diagonal().add_scalar(by);
    triangle.matrix.set_diagonal(&diagonal);
}
