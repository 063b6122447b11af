//! The runtime's integer types in memory.

use super::float::{half, side};
use super::tree::{Laid, tree};
use super::value::Value;
use crate::module::fixed::{
    Blocks, Branch, Conditioner, Encoder, Entrance, Entry, FixedDense, FixedLayer, Hidden, Module,
    Narrow, Narrowing, Output, Rectifier, ScaleMap,
};
use crate::module::quantise::{Alpha, Component, Curve, Function, Prior, Reads, Standard};

/// `nice_flow::fixed::Encoded`.
pub(super) fn module(module: &Module) -> Value {
    let mut flow = vec![tree(&module.layers), prior(&module.prior)];
    flow.extend(module.knots.as_ref().map(|knots| Value::halves(knots)));
    let flow = Value::Group(flow);
    Value::Group(vec![flow, encoder(&module.encoder)])
}

fn encoder(value: &Encoder) -> Value {
    Value::Group(match value {
        Encoder::Standardise(encoder) => vec![
            Value::floats(&encoder.mean),
            Value::floats(&encoder.factor),
            Value::integer(encoder.limit),
        ],
        Encoder::Counts(counts) => vec![
            Value::Longs(counts.offset.iter().map(|x| *x as u64).collect()),
            Value::integers(&counts.factor),
            Value::Bytes(counts.shift.clone()),
            Value::integer(counts.limit),
        ],
    })
}

impl Laid for FixedLayer {
    fn laid(&self) -> Value {
        match self {
            Self::Coupling(coupling) => {
                Value::Group(vec![narrow(&coupling.network), half(coupling.shifts)])
            }
            Self::Affine(affine) => {
                let networks = affine.networks.iter().map(narrow);
                let reads = match &affine.reads {
                    Reads::Other(changes) => half(*changes),
                    Reads::All(order) => Value::Halves(order.clone()),
                };
                Value::Group(vec![
                    Value::Group(networks.collect()),
                    scale(affine.scale),
                    Value::integers(affine.constants.as_flattened()),
                    reads,
                    Value::Bytes(vec![affine.form as u8]),
                ])
            }
            Self::Triangular(triangle) => Value::Group(vec![
                Value::integers(&triangle.strict),
                Value::Words(vec![triangle.shift.into()]),
                side(triangle.side),
            ]),
        }
    }
}

/// `Narrow`; `Rectified` around it has its layout.
fn narrow(network: &Narrow) -> Value {
    let first = narrowing(network.narrowing);
    Value::Group(vec![conditioner(&network.conditioner), first])
}

/// The fields of `Table`.
fn scale(value: ScaleMap) -> Value {
    match value {
        ScaleMap::Exp => Value::nothing(),
        ScaleMap::Table {
            first,
            range: [low, high],
            density,
            fraction,
        } => Value::integers(&[
            low << 16,
            (high << 16) - 1,
            first as i32,
            16 - i32::from(density),
            16 - i32::from(fraction),
        ]),
    }
}

fn narrowing(value: Narrowing) -> Value {
    let slope = match value.rectifier {
        Rectifier::Linear => 32_768,
        Rectifier::Leaky(slope) => slope.into(),
    };
    Value::integers(&[value.shift.into(), value.limit, slope])
}

fn conditioner(value: &Conditioner) -> Value {
    Value::Group(match value {
        Conditioner::Linear(layer) => return output(layer),
        Conditioner::Mlp {
            input,
            inner,
            output: last,
        } => {
            let inner = Value::Group(inner.iter().map(hidden).collect());
            vec![hidden(input), inner, output(last)]
        }
        Conditioner::Nested {
            hidden: layer,
            rest,
        } => vec![hidden(layer), conditioner(rest)],
        Conditioner::Smooth { layer, curve, rest } => {
            vec![smooth(layer, curve), conditioner(rest)]
        }
        Conditioner::Steered {
            input,
            offset,
            branches,
            entry,
            rest,
        } => {
            let rise = Value::Words(vec![offset.rise.into()]);
            let activation = self::entry(&offset.activation);
            let offset = Value::Group(vec![output(&offset.layer), activation, rise]);
            let branches = Value::Group(branches.iter().map(branch).collect());
            let (entry, rest) = (self::entry(entry), conditioner(rest));
            vec![output(input), offset, branches, entry, rest]
        }
        Conditioner::Residual {
            input,
            branches,
            narrowing: last,
            output: layer,
        } => {
            let branches = Value::Group(branches.iter().map(branch).collect());
            vec![output(input), branches, narrowing(*last), output(layer)]
        }
    })
}

fn branch(value: &Branch) -> Value {
    let mut parts = vec![narrowing(value.narrowing)];
    match &value.first {
        Entrance::Rectified(layer) => parts.push(hidden(layer)),
        Entrance::Smooth {
            before,
            layer,
            curve,
        } => parts.extend([self::curve(before), smooth(layer, curve)]),
        Entrance::Joined {
            before,
            layer,
            lane,
            between,
        } => {
            parts.extend(before.iter().map(self::curve));
            parts.extend([output(layer), output(lane), entry(between)]);
        }
    }
    parts.push(output(&value.output));
    parts.extend(value.gate.iter().map(output));
    Value::Group(parts)
}

fn entry(value: &Entry) -> Value {
    let mut parts = vec![narrowing(value.narrowing)];
    parts.extend(value.curve.iter().map(curve));
    Value::Group(parts)
}

fn smooth(layer: &Output, curve: &Curve) -> Value {
    Value::Group(vec![output(layer), self::curve(curve)])
}

fn curve(curve: &Curve) -> Value {
    let numbers = Value::integers(&[
        curve.limit,
        i32::from(curve.before) - 4,
        i32::from(curve.function.unit()) - i32::from(curve.after),
    ]);
    match curve.function {
        Function::EluAlpha(Alpha { mantissa, shift }) => {
            let alpha = Value::integers(&[mantissa.into(), shift.into()]);
            Value::Group(vec![numbers, alpha])
        }
        _ => numbers,
    }
}

fn hidden(layer: &Hidden) -> Value {
    if let Some(constant) = layer.constant {
        let words = words(&layer.blocks_of_constant(constant));
        let shift = Value::Bytes(vec![layer.shift]);
        return Value::Group(vec![words, Value::halves(&[1 << constant]), shift]);
    }
    let rectifier = Value::Words(vec![layer.shift.into(), layer.slope.into()]);
    Value::Group(vec![dense(&layer.dense), rectifier])
}

fn output(layer: &Output) -> Value {
    let shifts = Value::Bytes(layer.shifts.as_flattened().to_vec());
    Value::Group(vec![dense(&layer.dense), shifts])
}

fn dense(layer: &FixedDense) -> Value {
    let bias = Value::integers(layer.bias.as_flattened());
    Value::Group(vec![words(&layer.blocks), bias])
}

fn words(blocks: &Blocks) -> Value {
    Value::Words(match blocks {
        Blocks::I8(blocks) => blocks.as_flattened().to_vec(),
        Blocks::I16(blocks) => blocks.as_flattened().to_vec(),
    })
}

fn prior(value: &Prior) -> Value {
    match value {
        Prior::Normal(one) | Prior::Logistic(one) => standard(one),
        Prior::Mixture(mixture) => Value::Group(vec![
            Value::Group(mixture.components.iter().map(component).collect()),
            Value::Words(vec![mixture.shift.into()]),
            Value::Bytes(mixture.coarse.clone()),
        ]),
    }
}

fn standard(one: &Standard) -> Value {
    Value::Group(vec![
        Value::integers(&one.factor),
        Value::integers(&one.offset),
        Value::integer(one.constant),
        Value::Words(vec![one.shift.into()]),
    ])
}

fn component(one: &Component) -> Value {
    let halves = |values: &[i16]| Value::Halves(values.iter().map(|x| *x as u16).collect());
    Value::Group(vec![
        halves(&one.mean),
        halves(&one.factor),
        Value::integer(one.constant),
    ])
}
