//! The `nice.py` of [bojone/flow](https://github.com/bojone/flow), for Keras, from an npz written by
//! `np.savez("weights.npz", *encoder.get_weights())`.
//!
//! Each coupling reverses the vector; then the even elements condition it, the odd ones are changed, and `x → z`
//! subtracts. Networks have a ReLU after their last layer too. The last layer multiplies by `exp(kernel)`.

use super::ops::{
    Coupling, Op, Orientation, Prior, PriorKind, Reading, Sign, Step, act, exponential, halves,
    permutation,
};
use super::settings::ACTIVATION;
use super::{Key, Layout, Settings, Source, Weights};
use nice_flow_codegen::error::{Error, Result};
use nice_flow_codegen::flow::ir::Activation;

pub(super) static LAYOUT: Layout = Layout {
    name: "bojone",
    library: "bojone/flow's nice.py, Keras",
    fingerprint: &[&["arr_0", "arr_1", "arr_2"]],
    keys: &[
        ACTIVATION,
        Key {
            name: "depth",
            values: "NUMBER",
            meaning: "Dense layers of a coupling, where one but the last is D/2 wide",
        },
    ],
    read,
};

fn read(weights: &Weights, settings: &mut Settings) -> Result<Reading> {
    let layers = weights.count(|i| format!("arr_{i}")) / 2;
    let scale = format!("arr_{}", 2 * layers);
    let dim = dim(weights, &scale)?;
    let widths = (0..layers)
        .map(|i| dense(weights, i))
        .collect::<Result<Vec<_>>>()?;
    let depth = settings.choose("depth", depth(&widths, dim / 2), |word| {
        let depth = word.parse().ok().filter(|depth| *depth > 0);
        depth.filter(|depth| layers.is_multiple_of(*depth))
    })?;
    let activation = settings.activation(Source::Default("relu"))?;
    settings.note("prior: normal (the loss of nice.py)");

    let mut ops = vec![];
    for coupling in 0..layers / depth {
        let steps = (coupling * depth..(coupling + 1) * depth).flat_map(|i| step(i, activation));
        ops.push(permutation((0..dim).rev()));
        ops.push(Op::Coupling(Coupling {
            sign: Some(Sign::Minus),
            ..Coupling::additive(halves(0, dim), steps.collect())
        }));
    }
    ops.push(exponential(&scale));
    Ok(Reading::new(dim, ops, Prior::standard(PriorKind::Normal)))
}

/// The dimension D, from the shape of the last layer's kernel.
fn dim(weights: &Weights, scale: &str) -> Result<usize> {
    match weights.has(scale) {
        true => weights.even_width(scale),
        false => Err(unrecognised(weights, scale)),
    }
}

/// The output width of a dense layer.
fn dense(weights: &Weights, i: usize) -> Result<usize> {
    let (kernel, bias) = (format!("arr_{}", 2 * i), format!("arr_{}", 2 * i + 1));
    match (weights.shape(&kernel)?, weights.shape(&bias)?) {
        ([_, columns], [width]) if columns == width => Ok(*width),
        _ => Err(unrecognised(weights, &kernel)),
    }
}

fn unrecognised(weights: &Weights, name: &str) -> Error {
    let message = "expected the arrays of get_weights() of bojone's encoder: kernel [in, out] and bias [out] in turn, \
                   then a kernel [1, D]; found others";
    weights.unrecognised(name, message)
}

/// The number of layers per network. A network ends where the output width is that of the changed half; this is
/// conclusive only if it splits all layers into networks of equal depth, which must be more than 1.
fn depth(widths: &[usize], half: usize) -> Source {
    let first = widths.iter().position(|width| *width == half);
    let depth = first.map_or(0, |last| last + 1);
    let ends = |(i, width): (usize, &usize)| (*width == half) == ((i + 1) % depth == 0);
    if depth > 1 && widths.len().is_multiple_of(depth) && widths.iter().enumerate().all(ends) {
        Source::Stored(depth.to_string())
    } else {
        Source::Unknown
    }
}

fn step(i: usize, activation: Activation) -> [Step; 2] {
    let dense = Step::Linear {
        w: format!("arr_{}", 2 * i).into(),
        b: Some(format!("arr_{}", 2 * i + 1).into()),
        layout: Orientation::InOut,
    };
    [dense, act(activation)]
}
