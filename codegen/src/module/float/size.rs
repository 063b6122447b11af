//! The size of a module's weights in flash, and its work per score.

use super::{
    Conditioner, DiagonalNormal, FloatDense, FloatLayer, FullNormal, Module, Network, Prior,
};

impl Module {
    /// Bytes of all numbers, including the parameters of layers and prior.
    pub fn bytes(&self) -> usize {
        self.layers.bytes() + self.prior.bytes()
    }
}

impl Prior {
    /// Bytes of its numbers.
    pub fn bytes(&self) -> usize {
        let normal = |normal: &DiagonalNormal| 4 * (2 * normal.mean.len() + 1);
        match self {
            Self::Normal | Self::Logistic => 0,
            Self::DiagonalNormal(one) => normal(one),
            Self::Mixture(components) => components.iter().map(normal).sum(),
            Self::StudentT(one) => 4 * (3 * one.location.len() + 1),
            Self::FullMixture(components) => {
                let numbers = |one: &FullNormal| one.mean.len() + one.rows.len() + 1;
                components.iter().map(|one| 4 * numbers(one)).sum()
            }
        }
    }
}

/// Bytes of a layer's numbers.
pub(super) fn layer(layer: &FloatLayer) -> usize {
    match layer {
        FloatLayer::Coupling { network, .. } => network.bytes(),
        FloatLayer::Affine { conditioner, .. } => conditioner.bytes(),
        FloatLayer::Autoregressive {
            order, conditioner, ..
        } => conditioner.bytes() + 2 * order.len(),
        FloatLayer::Diagonal { center, .. } => 4 * (2 * center.len() + 1),
        FloatLayer::Triangular { columns, .. } => 4 * (columns.len() + 1),
    }
}

/// Multiply-accumulates of a layer.
pub(super) fn macs(layer: &FloatLayer) -> usize {
    match layer {
        FloatLayer::Coupling { network, .. } => network.macs(),
        FloatLayer::Affine { conditioner, .. } => conditioner.macs(),
        FloatLayer::Autoregressive { conditioner, .. } => conditioner.macs(),
        FloatLayer::Diagonal { factor, .. } => factor.len(),
        FloatLayer::Triangular { columns, .. } => {
            let dim = columns.len().isqrt();
            dim * (dim + 1) / 2
        }
    }
}

impl Conditioner {
    fn macs(&self) -> usize {
        self.networks().map(Network::macs).sum()
    }

    fn bytes(&self) -> usize {
        self.networks().map(Network::bytes).sum()
    }

    /// Its networks, that of the shifts first.
    pub fn networks(&self) -> impl Iterator<Item = &Network> {
        let (first, second) = match self {
            Self::Joint(network) => (network, None),
            Self::Both(shift, scale) => (shift, Some(scale)),
        };
        std::iter::once(first).chain(second)
    }
}

impl Network {
    fn macs(&self) -> usize {
        self.layers().iter().map(|layer| layer.columns.len()).sum()
    }

    fn bytes(&self) -> usize {
        self.layers()
            .iter()
            .map(|layer| 4 * (layer.columns.len() + layer.bias.len()))
            .sum()
    }

    /// Every linear layer, first to last.
    pub fn layers(&self) -> Vec<&FloatDense> {
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
            Self::Steered {
                input,
                blocks,
                rest,
                ..
            } => {
                let blocks = blocks.iter().flat_map(|(first, second)| [first, second]);
                std::iter::once(input)
                    .chain(blocks)
                    .chain(rest.layers())
                    .collect()
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
