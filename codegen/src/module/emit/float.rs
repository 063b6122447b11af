//! Expressions for the runtime crate's `f32` types.

use super::code::Code;
use super::inputs::Inputs;
use super::number::{float, floats, integer, rows};
use super::tree::{Value, tree};
use super::words::{changed, ends, half, side, triangular, widths};
use crate::flow::ir::{Activation, ScaleMap, Steering};
use crate::module::float::{
    Conditioner, DiagonalNormal, FloatDense, FloatLayer, FullNormal, Module, Network, Prior,
    activation_call, scale_name,
};

/// The expression for the flow.
pub(super) fn module(module: &Module, inputs: &mut Inputs) -> Code {
    let layers = tree(&module.layers, inputs);
    Code::call("Flow::new", [layers, prior(&module.prior)])
}

impl Value for FloatLayer {
    fn code(&self) -> Code {
        match self {
            Self::Coupling {
                shifts,
                network: net,
            } => Code::call("Coupling::new", [half(*shifts), network(net)]),
            Self::Affine {
                changes,
                conditioner: both,
                scale,
            } => {
                let scale = Code::Line(scale_map(scale));
                Code::call(
                    "AffineCoupling::new",
                    [half(*changes), conditioner(both), scale],
                )
            }
            Self::Autoregressive {
                order,
                form,
                conditioner: both,
                scale,
            } => {
                let order = integer(order);
                let form = Code::Line(format!("Form::{form:?}"));
                let scale = Code::Line(scale_map(scale));
                Code::call(
                    "Autoregressive::new",
                    [order, form, conditioner(both), scale],
                )
            }
            Self::Diagonal {
                center,
                factor,
                log_det,
            } => Code::call(
                "Diagonal::with_log_det",
                [floats(center), floats(factor), line(*log_det)],
            ),
            Self::Triangular {
                side: of,
                columns,
                log_det,
            } => {
                let matrix = rows(columns, columns.len().isqrt(), floats);
                Code::call(
                    "Triangular::with_log_det",
                    [side(*of), matrix, line(*log_det)],
                )
            }
        }
    }

    fn note(&self, inputs: &mut Inputs) -> String {
        match self {
            Self::Coupling { shifts, network } => {
                let widths = sizes(network);
                let (kept, shifted) = ends(*shifts, &widths, inputs);
                format!(
                    "Coupling: {kept} shift {shifted} ({}).",
                    self::widths(&widths)
                )
            }
            Self::Affine {
                changes,
                conditioner,
                ..
            } => {
                let widths = affine_sizes(conditioner);
                let (kept, scaled) = ends(*changes, &widths, inputs);
                format!(
                    "Affine coupling: {kept} scale and shift {scaled} ({}).",
                    self::widths(&widths)
                )
            }
            Self::Autoregressive {
                order, conditioner, ..
            } => {
                let widths = self::widths(&affine_sizes(conditioner));
                let all = inputs.at(0, order.len());
                format!("Autoregressive: each of {all} by those before it in its order ({widths}).")
            }
            Self::Diagonal { center, .. } => changed("Diagonal", center.len(), inputs),
            Self::Triangular { side, columns, .. } => {
                triangular(*side, columns.len().isqrt(), inputs)
            }
        }
    }
}

fn line(number: f32) -> Code {
    Code::Line(float(number))
}

/// Numbers of inputs, of hidden units and of outputs.
fn sizes(network: &Network) -> Vec<usize> {
    let layers = network.layers();
    let inputs = layers.first().map(|layer| layer.inputs);
    inputs
        .into_iter()
        .chain(layers.iter().map(|layer| layer.outputs))
        .collect()
}

/// The sizes of an affine coupling's network, or of the first of its two, with one output for each changed element.
fn affine_sizes(conditioner: &Conditioner) -> Vec<usize> {
    match conditioner {
        Conditioner::Both(shift, _) => sizes(shift),
        Conditioner::Joint(network) => {
            let mut sizes = sizes(network);
            if let Some(outputs) = sizes.last_mut() {
                *outputs /= 2;
            }
            sizes
        }
    }
}

fn conditioner(value: &Conditioner) -> Code {
    match value {
        Conditioner::Joint(one) => network(one),
        Conditioner::Both(shift, scale) => {
            Code::call("Both::new", [network(shift), network(scale)])
        }
    }
}

fn network(value: &Network) -> Code {
    match value {
        Network::Dense(layer) => dense(layer),
        Network::Mlp {
            input,
            inner,
            output,
            activation: a,
        } => {
            let inner = Code::array(inner.iter().map(dense).collect::<Vec<_>>());
            Code::call(
                "Mlp::new",
                [dense(input), inner, dense(output), activation(*a)],
            )
        }
        Network::Hidden {
            layer,
            activation: a,
            rest,
        } => Code::call("Stack::new", [dense(layer), activation(*a), network(rest)]),
        Network::Residual {
            input,
            blocks,
            output,
            activation: a,
        } => {
            let blocks = blocks.iter();
            let blocks = blocks
                .map(|(first, second)| Code::call("Branch::new", [dense(first), dense(second)]));
            let blocks = Code::array(blocks.collect::<Vec<_>>());
            Code::call(
                "Residual::new",
                [dense(input), blocks, dense(output), activation(*a)],
            )
        }
        Network::Steered {
            input,
            blocks,
            activation: a,
            last,
            how,
            rest,
        } => {
            let blocks = blocks.iter();
            let blocks = blocks
                .map(|(first, second)| Code::call("Branch::new", [dense(first), dense(second)]));
            let blocks = Code::array(blocks.collect::<Vec<_>>());
            let last = last.map_or(Code::Line("activation::Identity".into()), activation);
            let how = Code::Line(match how {
                Steering::Add => "Adds".into(),
                Steering::Gate => "Gates::new()".into(),
            });
            Code::call(
                "Steered::new",
                [
                    dense(input),
                    blocks,
                    activation(*a),
                    last,
                    how,
                    network(rest),
                ],
            )
        }
    }
}

fn activation(activation: Activation) -> Code {
    Code::Line(format!("activation::{}", activation_call(activation).1))
}

fn dense(layer: &FloatDense) -> Code {
    let matrix = rows(&layer.columns, layer.outputs, floats);
    Code::call("Dense::new", [matrix, floats(&layer.bias)])
}

fn scale_map(map: &ScaleMap) -> String {
    let parameters: Vec<f64> = match *map {
        ScaleMap::Exp => vec![],
        ScaleMap::Sigmoid { bias, eps } => vec![bias, eps],
        ScaleMap::Softplus { bias, eps, max } => vec![bias, eps, max],
        ScaleMap::SoftplusBeta { beta, gain } => vec![beta, gain],
        ScaleMap::ExpSoftclip { bound } => vec![bound],
        ScaleMap::ExpAtan { clamp, gain } => vec![clamp, gain],
        ScaleMap::ExpTanh { clamp, inner } => vec![clamp, inner],
        ScaleMap::ExpClip { min, max } => vec![min, max],
        ScaleMap::Reciprocal { ref of } => return format!("scale::Reciprocal({})", scale_map(of)),
    };
    let parameters: Vec<String> = parameters.iter().map(|p| float(*p as f32)).collect();
    format!("scale::{}::new({})", scale_name(map), parameters.join(", "))
}

fn prior(value: &Prior) -> Code {
    match value {
        Prior::Normal => Code::Line("Normal".into()),
        Prior::DiagonalNormal(one) => normal(one),
        Prior::Logistic => Code::Line("Logistic::new()".into()),
        Prior::Mixture(components) => {
            let components = components.iter().map(normal).collect::<Vec<_>>();
            Code::call("Mixture::new", [Code::array(components)])
        }
        Prior::StudentT(one) => Code::call(
            "StudentT::with_constant",
            [
                floats(&one.location),
                floats(&one.factor),
                floats(&one.power),
                line(one.constant),
            ],
        ),
        Prior::FullMixture(components) => {
            let component = |one: &FullNormal| {
                let (mean, rows) = (floats(&one.mean), floats(&one.rows));
                Code::call(
                    "FullNormal::with_constant",
                    [mean, rows, line(one.constant)],
                )
            };
            let components = components.iter().map(component).collect::<Vec<_>>();
            Code::call("FullMixture::new", [Code::array(components)])
        }
    }
}

fn normal(value: &DiagonalNormal) -> Code {
    let (mean, precision) = (floats(&value.mean), floats(&value.precision));
    Code::call(
        "DiagonalNormal::with_constant",
        [mean, precision, line(value.constant)],
    )
}
