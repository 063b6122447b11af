//! Expressions for networks of integers.

use crate::module::emit::code::Code;
use crate::module::emit::number::{integer, rows};
use crate::module::fixed::{
    Affine, Blocks, Branch, Conditioner, Entrance, Entry, FixedDense, Hidden, Narrow, Narrowing,
    Output, Rectifier,
};
use crate::module::quantise::{Alpha, Curve, Function};

/// Numbers of inputs, of hidden units (padded to multiples of four) and of outputs.
pub(super) fn sizes(network: &Narrow) -> Vec<usize> {
    let layers = network.conditioner.layers();
    let hidden = layers.iter().map(|layer| 4 * layer.bias.len());
    let hidden = hidden.take(layers.len().saturating_sub(1));
    let inputs = std::iter::once(network.inputs);
    inputs.chain(hidden).chain([network.outputs]).collect()
}

pub(super) fn narrow(network: &Narrow) -> Code {
    let first = narrowing(network.narrowing);
    Code::call("Narrow::new", [first, conditioner(&network.conditioner)])
}

pub(super) fn networks(affine: &Affine) -> Code {
    match affine.networks.as_slice() {
        [joint] => narrow(joint),
        both => Code::call("Both::new", both.iter().map(narrow).collect::<Vec<_>>()),
    }
}

fn narrowing(
    Narrowing {
        shift,
        limit,
        rectifier,
    }: Narrowing,
) -> Code {
    Code::Line(match rectifier {
        Rectifier::Linear => format!("Narrowing::linear({shift}, {limit})"),
        Rectifier::Leaky(0) => format!("Narrowing::relu({shift}, {limit})"),
        Rectifier::Leaky(slope) => format!("Narrowing::leaky_relu({shift}, {limit}, {slope})"),
    })
}

fn conditioner(value: &Conditioner) -> Code {
    match value {
        Conditioner::Linear(layer) => output(layer),
        Conditioner::Mlp {
            input,
            inner,
            output: last,
        } => {
            let inner = Code::array(inner.iter().map(hidden).collect::<Vec<_>>());
            Code::call("Mlp::new", [hidden(input), inner, output(last)])
        }
        Conditioner::Nested {
            hidden: layer,
            rest,
        } => Code::call("Then", [hidden(layer), conditioner(rest)]),
        Conditioner::Smooth { layer, curve, rest } => {
            Code::call("Then", [smooth(layer, curve), conditioner(rest)])
        }
        Conditioner::Steered {
            input,
            offset,
            branches,
            entry,
            rest,
        } => {
            let branches = Code::array(branches.iter().map(branch).collect::<Vec<_>>());
            let (activation, rise) = (self::entry(&offset.activation), integer(offset.rise));
            let offset = Code::call("Offset::new", [output(&offset.layer), activation, rise]);
            let (entry, rest) = (self::entry(entry), conditioner(rest));
            Code::call(
                "Steered::new",
                [output(input), offset, branches, entry, rest],
            )
        }
        Conditioner::Residual {
            input,
            branches,
            narrowing: last,
            output: layer,
        } => {
            let branches = Code::array(branches.iter().map(branch).collect::<Vec<_>>());
            let parts = [output(input), branches, narrowing(*last), output(layer)];
            Code::call("Residual::new", parts)
        }
    }
}

fn branch(value: &Branch) -> Code {
    let (narrowing, output) = (narrowing(value.narrowing), output(&value.output));
    let branch = match &value.first {
        Entrance::Rectified(layer) => Code::call("Branch::new", [narrowing, hidden(layer), output]),
        Entrance::Smooth {
            before,
            layer,
            curve,
        } => {
            let parts = [narrowing, self::curve(before), smooth(layer, curve), output];
            Code::call("SmoothBranch::new", parts)
        }
        Entrance::Joined {
            before,
            layer,
            lane,
            between,
        } => {
            let before = entry(&Entry {
                narrowing: value.narrowing,
                curve: *before,
            });
            let (hidden, lane) = (self::output(layer), self::output(lane));
            let parts = [before, hidden, lane, entry(between), output];
            Code::call("Joined::new", parts)
        }
    };
    match &value.gate {
        None => branch,
        Some(gate) => Code::call("Gated::new", [branch, self::output(gate)]),
    }
}

fn entry(value: &Entry) -> Code {
    let narrowing = narrowing(value.narrowing);
    match &value.curve {
        None => narrowing,
        Some(curve) => Code::call("Bent::new", [narrowing, self::curve(curve)]),
    }
}

fn smooth(layer: &Output, curve: &Curve) -> Code {
    Code::call("Smooth::new", [output(layer), self::curve(curve)])
}

fn curve(curve: &Curve) -> Code {
    let Curve {
        function,
        before,
        after,
        limit,
    } = curve;
    let function = match function {
        Function::EluAlpha(Alpha { mantissa, shift }) => {
            format!("EluAlpha::new({mantissa}, {shift})")
        }
        function => function.type_name(),
    };
    Code::Line(format!(
        "Curve::new({before}, {after}, {limit}, {function})"
    ))
}

fn hidden(layer: &Hidden) -> Code {
    if let Some(constant) = layer.constant {
        let blocks = match layer.blocks_of_constant(constant) {
            Blocks::I8(blocks) => rows(&blocks, 1, |block| integer(block[0])),
            Blocks::I16(blocks) => rows(&blocks, 1, |block| integer(block[0])),
        };
        let (constant, shift) = (integer(1 << constant), integer(layer.shift));
        return Code::call("First::new", [blocks, constant, shift]);
    }
    let rectifier = match (layer.shift, layer.slope) {
        (shift, 0) => format!("Rectifier::relu({shift})"),
        (shift, slope) => format!("Rectifier::leaky_relu({shift}, {slope})"),
    };
    Code::call("Hidden::new", [dense(&layer.dense), Code::Line(rectifier)])
}

fn output(layer: &Output) -> Code {
    Code::call("Linear::new", [dense(&layer.dense), integer(&layer.shifts)])
}

/// A dense layer with one panel of four rows per line; its words pack several weights each.
fn dense(layer: &FixedDense) -> Code {
    let panels = match &layer.blocks {
        Blocks::I8(blocks) => rows(blocks, layer.groups, |panel| integer(panel)),
        Blocks::I16(blocks) => rows(blocks, layer.groups, |panel| integer(panel)),
    };
    Code::call("Dense::new", [panels, integer(&layer.bias)])
}
