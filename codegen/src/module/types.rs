//! The Rust types of a module's parts, as the runtime crate spells them.

use super::{Conditioner, Layer, Module, Network, Prior, activation_call};
use crate::ir::ScaleMap;

impl Module {
    /// The type of the model.
    pub fn type_name(&self) -> String {
        format!(
            "Flow<{}, {}>",
            self.layer.type_name(),
            self.prior.type_name(self.dim)
        )
    }
}

impl Layer {
    /// The layer's type.
    pub fn type_name(&self) -> String {
        match self {
            Self::Chain(layers) if layers.len() == 1 => format!("({},)", layers[0].type_name()),
            Self::Chain(layers) => {
                format!(
                    "({})",
                    layers
                        .iter()
                        .map(Self::type_name)
                        .collect::<Vec<_>>()
                        .join(", ")
                )
            }
            Self::Repeat(layers) => match layers.first() {
                Some(layer) => format!("[{}; {}]", layer.type_name(), layers.len()),
                None => "()".into(),
            },
            Self::Inverse(layer) => format!("Inverse<{}>", layer.type_name()),
            Self::Coupling { network, .. } => format!("Coupling<{}>", network.type_name()),
            Self::Affine {
                conditioner, scale, ..
            } => {
                format!(
                    "AffineCoupling<{}, {}>",
                    conditioner.type_name(),
                    scale_type(scale)
                )
            }
            Self::Diagonal { center, .. } => format!("Diagonal<{}>", center.len()),
            Self::Triangular { columns, .. } => format!("Triangular<{}>", columns.len().isqrt()),
            Self::Permute(order) => format!("Permute<{}>", order.len()),
        }
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
            Self::Hidden { rest, .. } => rest.outputs(),
        }
    }

    /// The network's type; ReLU, the default, is not spelled out.
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
                "Hidden<{}, {}, activation::{}, {}>",
                layer.inputs,
                layer.outputs,
                activation_call(*activation).0,
                rest.type_name()
            ),
        }
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
pub(crate) fn scale_name(scale: &ScaleMap) -> &'static str {
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

impl Module {
    /// Bytes of the weights, the parameters of layers and prior included.
    pub fn bytes(&self) -> usize {
        let prior = |normal: &super::DiagonalNormal| 4 * (2 * normal.mean.len() + 1);
        self.layer.bytes()
            + match &self.prior {
                Prior::Normal | Prior::Logistic => 0,
                Prior::DiagonalNormal(one) => prior(one),
                Prior::Mixture(components) => components.iter().map(prior).sum(),
            }
    }
}

impl Layer {
    fn bytes(&self) -> usize {
        match self {
            Self::Chain(layers) | Self::Repeat(layers) => layers.iter().map(Self::bytes).sum(),
            Self::Inverse(layer) => layer.bytes(),
            Self::Coupling { network, .. } => network.bytes(),
            Self::Affine {
                conditioner: Conditioner::Joint(network),
                ..
            } => network.bytes(),
            Self::Affine {
                conditioner: Conditioner::Both(shift, scale),
                ..
            } => shift.bytes() + scale.bytes(),
            Self::Diagonal { center, .. } => 4 * (2 * center.len() + 1),
            Self::Triangular { columns, .. } => 4 * (columns.len() + 1),
            Self::Permute(order) => 2 * order.len(),
        }
    }
}

impl Network {
    fn bytes(&self) -> usize {
        self.layers()
            .iter()
            .map(|layer| 4 * (layer.columns.len() + layer.bias.len()))
            .sum()
    }

    /// Every linear layer, first to last.
    pub fn layers(&self) -> Vec<&super::Dense> {
        match self {
            Self::Dense(layer) => vec![layer],
            Self::Mlp {
                input,
                inner,
                output,
                ..
            } => std::iter::once(input)
                .chain(inner)
                .chain([output])
                .collect(),
            Self::Hidden { layer, rest, .. } => {
                std::iter::once(layer).chain(rest.layers()).collect()
            }
            Self::Residual {
                input,
                blocks,
                output,
                ..
            } => {
                let blocks = blocks.iter().flat_map(|(first, second)| [first, second]);
                std::iter::once(input)
                    .chain(blocks)
                    .chain([output])
                    .collect()
            }
        }
    }
}
