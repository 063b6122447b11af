//! The Rust types of a module's parts, as the runtime crate spells them.

use super::{Conditioner, FloatLayer, Module, Network, Prior, activation_call};
use crate::flow::ir::{ScaleMap, Steering};

impl Module {
    /// The type of the model.
    pub fn type_name(&self) -> String {
        format!(
            "Flow<{}, {}>",
            self.layers.type_name(),
            self.prior.type_name(self.dim)
        )
    }
}

/// A layer's type.
pub(super) fn layer(layer: &FloatLayer) -> String {
    match layer {
        FloatLayer::Coupling { network, .. } => format!("Coupling<{}>", network.type_name()),
        FloatLayer::Affine {
            conditioner, scale, ..
        } => {
            format!(
                "AffineCoupling<{}, {}>",
                conditioner.type_name(),
                scale_type(scale)
            )
        }
        FloatLayer::Autoregressive {
            order,
            conditioner,
            scale,
            ..
        } => format!(
            "Autoregressive<{}, {}, {}>",
            conditioner.type_name(),
            scale_type(scale),
            order.len()
        ),
        FloatLayer::Diagonal { center, .. } => format!("Diagonal<{}>", center.len()),
        FloatLayer::Triangular { columns, .. } => format!("Triangular<{}>", columns.len().isqrt()),
    }
}

impl Conditioner {
    /// The conditioner's type.
    pub fn type_name(&self) -> String {
        match self {
            Self::Joint(network) => network.type_name(),
            Self::Both(shift, scale) => format!(
                "Both<{}, {}, {}>",
                shift.type_name(),
                scale.type_name(),
                shift.outputs() + scale.outputs()
            ),
        }
    }
}

impl Network {
    /// Length of the output.
    pub fn outputs(&self) -> usize {
        match self {
            Self::Dense(output) | Self::Mlp { output, .. } | Self::Residual { output, .. } => {
                output.outputs
            }
            Self::Hidden { rest, .. } | Self::Steered { rest, .. } => rest.outputs(),
        }
    }

    /// Length of the input.
    pub fn inputs(&self) -> usize {
        self.layers().first().map_or(0, |layer| layer.inputs)
    }

    /// The network's type; the default activation, ReLU, is left out.
    pub fn type_name(&self) -> String {
        match self {
            Self::Dense(layer) => format!("Dense<{}, {}>", layer.inputs, layer.outputs),
            Self::Mlp {
                input,
                inner,
                output,
                activation,
            } => {
                let sizes = [input.inputs, input.outputs, output.outputs, inner.len()];
                sized("Mlp", sizes, activation_call(*activation).0)
            }
            Self::Residual {
                input,
                blocks,
                output,
                activation,
            } => {
                let sizes = [input.inputs, input.outputs, output.outputs, blocks.len()];
                sized("Residual", sizes, activation_call(*activation).0)
            }
            Self::Hidden {
                layer,
                activation,
                rest,
            } => format!(
                "Stack<{}, {}, activation::{}, {}>",
                layer.inputs,
                layer.outputs,
                activation_call(*activation).0,
                rest.type_name()
            ),
            Self::Steered {
                input,
                blocks,
                activation,
                last,
                how,
                rest,
            } => format!(
                "Steered<{}, {}, {}, {}, activation::{}, activation::{}, {}, {}>",
                input.inputs,
                input.outputs,
                rest.inputs(),
                blocks.len(),
                activation_call(*activation).0,
                last.map_or("Identity", |last| activation_call(last).0),
                steering_name(*how),
                rest.type_name()
            ),
        }
    }
}

/// The name of a way of steering in the runtime crate.
pub fn steering_name(how: Steering) -> &'static str {
    match how {
        Steering::Add => "Adds",
        Steering::Gate => "Gates",
    }
}

fn sized(name: &str, [inputs, width, outputs, times]: [usize; 4], activation: &str) -> String {
    match activation {
        "Relu" => format!("{name}<{inputs}, {width}, {outputs}, {times}>"),
        other => format!("{name}<{inputs}, {width}, {outputs}, {times}, activation::{other}>"),
    }
}

impl Prior {
    /// The prior's type.
    pub fn type_name(&self, dim: usize) -> String {
        match self {
            Self::Normal => "Normal".into(),
            Self::DiagonalNormal(_) => format!("DiagonalNormal<{dim}>"),
            Self::Logistic => "Logistic".into(),
            Self::Mixture(components) => format!("Mixture<{dim}, {}>", components.len()),
            Self::StudentT(_) => format!("StudentT<{dim}>"),
            Self::FullMixture(components) => {
                let numbers = dim * (dim + 1) / 2;
                format!("FullMixture<{dim}, {numbers}, {}>", components.len())
            }
        }
    }
}

fn scale_type(scale: &ScaleMap) -> String {
    match scale {
        ScaleMap::Reciprocal { of } => format!("scale::Reciprocal<{}>", scale_type(of)),
        other => format!("scale::{}", scale_name(other)),
    }
}

/// The scale map's name in the runtime crate.
pub fn scale_name(scale: &ScaleMap) -> &'static str {
    match scale {
        ScaleMap::Exp => "Exp",
        ScaleMap::Sigmoid { .. } => "Sigmoid",
        ScaleMap::Softplus { .. } => "Softplus",
        ScaleMap::SoftplusBeta { .. } => "SoftplusBeta",
        ScaleMap::ExpSoftclip { .. } => "ExpSoftclip",
        ScaleMap::ExpAtan { .. } => "ExpAtan",
        ScaleMap::ExpTanh { .. } => "ExpTanh",
        ScaleMap::ExpClip { .. } => "ExpClip",
        ScaleMap::Reciprocal { .. } => "Reciprocal",
    }
}
