//! The runtime's `f32` types in memory.

use super::tree::{Laid, tree};
use super::value::Value;
use crate::flow::ir::{Activation, Form, ScaleMap, Side, Steering};
use crate::module::float::{
    Conditioner, DiagonalNormal, FloatDense, FloatLayer, FullNormal, Module, Network, Prior,
};
use nice_flow::Half;

/// `nice_flow::Flow`.
pub(super) fn module(module: &Module) -> Value {
    Value::Group(vec![tree(&module.layers), prior(&module.prior)])
}

/// `nice_flow::Half`.
pub(super) fn half(half: Half) -> Value {
    Value::Bytes(vec![half as u8])
}

/// `Side` of either number type.
pub(super) fn side(side: Side) -> Value {
    Value::Bytes(vec![match side {
        Side::Lower => nice_flow::float::Side::Lower as u8,
        Side::Upper => nice_flow::float::Side::Upper as u8,
    }])
}

fn form(form: Form) -> Value {
    Value::Bytes(vec![match form {
        Form::MulAdd => nice_flow::float::Form::MulAdd as u8,
        Form::SubDiv => nice_flow::float::Form::SubDiv as u8,
    }])
}

impl Laid for FloatLayer {
    fn laid(&self) -> Value {
        Value::Group(match self {
            Self::Coupling {
                shifts,
                network: net,
            } => vec![network(net), half(*shifts)],
            Self::Affine {
                changes,
                conditioner: both,
                scale,
            } => vec![conditioner(both), scale_map(scale), half(*changes)],
            Self::Autoregressive {
                order,
                form: how,
                conditioner: both,
                scale,
            } => vec![
                conditioner(both),
                scale_map(scale),
                Value::Halves(order.clone()),
                form(*how),
            ],
            Self::Diagonal {
                center,
                factor,
                log_det,
            } => vec![
                Value::floats(center),
                Value::floats(factor),
                Value::float(*log_det),
            ],
            Self::Triangular {
                side: of,
                columns,
                log_det,
            } => vec![Value::floats(columns), Value::float(*log_det), side(*of)],
        })
    }
}

fn conditioner(value: &Conditioner) -> Value {
    match value {
        Conditioner::Joint(one) => network(one),
        Conditioner::Both(shift, scale) => Value::Group(vec![network(shift), network(scale)]),
    }
}

fn network(value: &Network) -> Value {
    Value::Group(match value {
        Network::Dense(layer) => return dense(layer),
        Network::Mlp {
            input,
            inner,
            output,
            activation: a,
        } => {
            let inner = Value::Group(inner.iter().map(dense).collect());
            vec![dense(input), inner, dense(output), activation(*a)]
        }
        Network::Hidden {
            layer,
            activation: a,
            rest,
        } => vec![dense(layer), activation(*a), network(rest)],
        Network::Residual {
            input,
            blocks,
            output,
            activation: a,
        } => {
            let block = |(first, second): &(_, _)| Value::Group(vec![dense(first), dense(second)]);
            let blocks = Value::Group(blocks.iter().map(block).collect());
            vec![dense(input), blocks, dense(output), activation(*a)]
        }
        Network::Steered {
            input,
            blocks,
            activation: a,
            last,
            how: Steering::Add | Steering::Gate,
            rest,
        } => {
            let block = |(first, second): &(_, _)| Value::Group(vec![dense(first), dense(second)]);
            let blocks = Value::Group(blocks.iter().map(block).collect());
            let last = last.map_or(Value::nothing(), activation);
            let how = Value::nothing();
            vec![
                dense(input),
                blocks,
                activation(*a),
                last,
                how,
                network(rest),
            ]
        }
    })
}

fn dense(layer: &FloatDense) -> Value {
    Value::Group(vec![
        Value::floats(&layer.columns),
        Value::floats(&layer.bias),
    ])
}

fn activation(activation: Activation) -> Value {
    match activation {
        Activation::LeakyRelu { slope } => Value::float(slope as f32),
        Activation::Elu { alpha } => Value::float(alpha as f32),
        Activation::Hardtanh { min, max } => Value::floats(&[min as f32, max as f32]),
        Activation::Relu
        | Activation::Tanh
        | Activation::Sigmoid
        | Activation::Silu
        | Activation::Softplus
        | Activation::Gelu
        | Activation::GeluTanh
        | Activation::Mish
        | Activation::Selu
        | Activation::Hardswish
        | Activation::Softsign
        | Activation::Atan => Value::nothing(),
    }
}

fn scale_map(map: &ScaleMap) -> Value {
    let parameters: Vec<f64> = match map {
        ScaleMap::Exp => return Value::nothing(),
        ScaleMap::Reciprocal { of } => return scale_map(of),
        ScaleMap::Sigmoid { bias, eps } => vec![*bias, *eps],
        ScaleMap::Softplus { bias, eps, max } => vec![*bias, *eps, *max],
        ScaleMap::SoftplusBeta { beta, gain } => vec![*beta, *gain],
        ScaleMap::ExpSoftclip { bound } => vec![*bound],
        ScaleMap::ExpAtan { clamp, gain } => vec![*clamp, *gain],
        ScaleMap::ExpTanh { clamp, inner } => vec![*clamp, *inner],
        ScaleMap::ExpClip { min, max } => vec![*min, *max],
    };
    let parameters: Vec<f32> = parameters.iter().map(|x| *x as f32).collect();
    Value::floats(&parameters)
}

fn prior(value: &Prior) -> Value {
    match value {
        Prior::Normal | Prior::Logistic => Value::nothing(),
        Prior::DiagonalNormal(one) => normal(one),
        Prior::Mixture(components) => Value::Group(components.iter().map(normal).collect()),
        Prior::StudentT(one) => Value::Group(vec![
            Value::floats(&one.location),
            Value::floats(&one.factor),
            Value::floats(&one.power),
            Value::float(one.constant),
        ]),
        Prior::FullMixture(components) => {
            let component = |one: &FullNormal| {
                Value::Group(vec![
                    Value::floats(&one.mean),
                    Value::floats(&one.rows),
                    Value::float(one.constant),
                ])
            };
            Value::Group(components.iter().map(component).collect())
        }
    }
}

fn normal(value: &DiagonalNormal) -> Value {
    Value::Group(vec![
        Value::floats(&value.mean),
        Value::floats(&value.precision),
        Value::float(value.constant),
    ])
}
