//! What a module's weights take in flash.

use super::{Conditioner, Dense, DiagonalNormal, Layer, Module, Network, Prior};

impl Module {
    /// Bytes of the weights, the parameters of layers and prior included.
    pub fn bytes(&self) -> usize {
        let prior = |normal: &DiagonalNormal| 4 * (2 * normal.mean.len() + 1);
        self.layer.bytes()
            + match &self.prior {
                Prior::Normal | Prior::Logistic => 0,
                Prior::DiagonalNormal(one) => prior(one),
                Prior::Mixture(components) => components.iter().map(prior).sum(),
            }
    }
}

impl Layer {
    pub(super) fn bytes(&self) -> usize {
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
    pub fn layers(&self) -> Vec<&Dense> {
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
