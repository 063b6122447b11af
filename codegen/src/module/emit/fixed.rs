//! Values of the runtime crate's integer types.

use super::float::half;
use super::number::floats;
use super::tree::{Value, lines, tree};
use crate::flow::ir::Side;
use crate::module::fixed::{
    Blocks, Branch, Conditioner, Counts, Coupling, Dense, Encoder, Hidden, Layer, Module,
    Narrowing, Output, Rectifier,
};
use crate::module::quantise::{Component, Kind, Prior};
use std::fmt::Debug;

/// The model.
pub(super) fn module(module: &Module) -> String {
    format!(
        "Encoded::new(\n{},\nFlow::new(\n{},\n{}))",
        encoder(&module.encoder),
        tree(&module.layers),
        prior(&module.prior)
    )
}

fn encoder(value: &Encoder) -> String {
    match value {
        Encoder::Standardise(encoder) => format!(
            "Standardise::new({}, {}, {})",
            floats(&encoder.mean),
            floats(&encoder.factor),
            encoder.limit
        ),
        Encoder::Counts(Counts {
            factor,
            offset,
            shift,
            limit,
        }) => format!("Counts::new({factor:?}, {offset:?}, {shift:?}, {limit})"),
    }
}

impl Value for Layer {
    fn value(&self) -> String {
        layer(self)
    }
}

fn layer(value: &Layer) -> String {
    match value {
        Layer::Coupling(coupling) => format!(
            "Coupling::new(Half::{}, {})",
            half(coupling.shifts),
            narrow(coupling)
        ),
        Layer::Triangular(triangle) => {
            let side = match triangle.side {
                Side::Lower => "Lower",
                Side::Upper => "Upper",
            };
            let dim = triangle.coefficients.len().isqrt().max(1);
            let rows: Vec<_> = triangle.coefficients.chunks(dim).collect();
            let rows = lines(&rows, |row| format!("{row:?}"));
            format!(
                "Triangular::new(Side::{side}, [{rows}\n], {})",
                triangle.shift
            )
        }
    }
}

fn narrow(coupling: &Coupling) -> String {
    let (first, rest) = (
        narrowing(coupling.narrowing),
        conditioner(&coupling.conditioner),
    );
    let narrow = format!("Narrow::new({first}, {rest})");
    match coupling.rectified {
        true => format!("Rectified({narrow})"),
        false => narrow,
    }
}

fn narrowing(
    Narrowing {
        shift,
        limit,
        rectifier,
    }: Narrowing,
) -> String {
    match rectifier {
        Rectifier::Linear => format!("Narrowing::linear({shift}, {limit})"),
        Rectifier::Leaky(0) => format!("Narrowing::relu({shift}, {limit})"),
        Rectifier::Leaky(slope) => format!("Narrowing::leaky_relu({shift}, {limit}, {slope})"),
    }
}

fn conditioner(value: &Conditioner) -> String {
    match value {
        Conditioner::Linear(layer) => output(layer),
        Conditioner::Mlp {
            input,
            inner,
            output: last,
        } => format!(
            "Mlp::new({}, [{}], {})",
            hidden(input),
            lines(inner, hidden),
            output(last)
        ),
        Conditioner::Nested {
            hidden: layer,
            rest,
        } => {
            format!("({}, {})", hidden(layer), conditioner(rest))
        }
        Conditioner::Residual {
            input,
            branches,
            narrowing: last,
            output: layer,
        } => format!(
            "Residual::new({}, [{}], {}, {})",
            output(input),
            lines(branches, branch),
            narrowing(*last),
            output(layer)
        ),
    }
}

fn branch(value: &Branch) -> String {
    let (hidden, output) = (hidden(&value.hidden), output(&value.output));
    format!(
        "Branch::new({}, {hidden}, {output})",
        narrowing(value.narrowing)
    )
}

fn hidden(layer: &Hidden) -> String {
    let activation = match (layer.shift, layer.slope) {
        (shift, 0) => format!("relu({shift})"),
        (shift, slope) => format!("leaky_relu({shift}, {slope})"),
    };
    format!(
        "Hidden::new({}, Activation::{activation})",
        dense(&layer.dense)
    )
}

fn output(layer: &Output) -> String {
    format!("Output::new({}, {:?})", dense(&layer.dense), layer.shifts)
}

fn dense(layer: &Dense) -> String {
    let panels = match &layer.blocks {
        Blocks::I8(blocks) => panels(blocks, layer.groups),
        Blocks::I16(blocks) => panels(blocks, layer.groups),
    };
    format!("Dense::new([{panels}\n], {:?})", layer.bias)
}

/// A panel of four rows a line; its words are numbers of no meaning in themselves.
fn panels<const N: usize>(blocks: &[[u32; N]], groups: usize) -> String {
    let panels: Vec<_> = blocks.chunks(groups.max(1)).collect();
    lines(&panels, |panel| format!("{panel:?}"))
}

fn prior(value: &Prior) -> String {
    let one = |name: &str, one: &Component| {
        let (factor, offset) = (list(&one.factor), list(&one.offset));
        format!(
            "{name}::new({factor}, {offset}, {}, {})",
            value.shift, one.constant
        )
    };
    match (value.kind, value.components.as_slice()) {
        (Kind::Logistic, components) => components.iter().map(|c| one("Logistic", c)).collect(),
        (Kind::Normal, [component]) => one("DiagonalNormal", component),
        (Kind::Normal, components) => {
            format!(
                "Mixture::new([{}])",
                lines(components, |c| one("DiagonalNormal", c))
            )
        }
    }
}

fn list(values: &[impl Debug]) -> String {
    format!("{values:?}")
}
