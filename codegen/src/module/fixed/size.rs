//! The size of an integer module's numbers in flash, and its work per score.

use super::{
    Affine, Blocks, Branch, Conditioner, Encoder, Entrance, Entry, FixedDense, FixedLayer, Hidden,
    Module, Narrow, Offset, Output, ScaleMap, types,
};
use crate::module::quantise::{Curve, Function, Prior, Reads};
use crate::module::tree::Leaf;

impl Leaf for FixedLayer {
    fn type_name(&self) -> String {
        types::layer(self)
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Coupling(coupling) => coupling.network.bytes(),
            Self::Affine(affine) => affine.bytes(),
            Self::Triangular(triangle) => 4 * (triangle.strict.len() + 1),
        }
    }

    fn macs(&self) -> usize {
        match self {
            Self::Coupling(coupling) => coupling.network.conditioner.macs(),
            Self::Affine(affine) => {
                let networks = affine.networks.iter();
                networks.map(|network| network.conditioner.macs()).sum()
            }
            Self::Triangular(triangle) => triangle.strict.len(),
        }
    }
}

/// Bytes of a narrowing: shift, limit and slope, 4 each.
const NARROWING: usize = 12;

/// Bytes of a scale map's table without its knots: five numbers, 4 each.
const TABLE: usize = 20;

impl Narrow {
    fn bytes(&self) -> usize {
        self.conditioner.bytes() + NARROWING
    }
}

impl Affine {
    fn bytes(&self) -> usize {
        let networks = self.networks.iter().map(Narrow::bytes).sum::<usize>();
        let table = match self.scale {
            ScaleMap::Exp => 0,
            ScaleMap::Table { .. } => TABLE,
        };
        let order = match &self.reads {
            Reads::Other(_) => 0,
            Reads::All(order) => size_of_val(order.as_slice()),
        };
        networks + table + order + size_of_val(self.constants.as_slice())
    }
}

/// Bytes of a curve: limit and two shifts, 4 each, and the factor that some have. Its table is code that models share.
fn curve_bytes(curve: &Curve) -> usize {
    match curve.function {
        Function::EluAlpha(_) => 20,
        _ => 12,
    }
}

impl Module {
    /// Bytes of all numbers, including those of encoder and prior.
    pub fn bytes(&self) -> usize {
        self.encoder_bytes() + self.layers.bytes() + self.knot_bytes() + self.prior_bytes()
    }

    /// Bytes of the encoder's numbers.
    pub fn encoder_bytes(&self) -> usize {
        match self.encoder {
            Encoder::Standardise(_) => 8 * self.dim + 4,
            Encoder::Counts(_) => 13 * self.dim + 4,
        }
    }

    /// Bytes of the knots that scale maps share.
    fn knot_bytes(&self) -> usize {
        2 * self.knots.as_ref().map_or(0, Vec::len)
    }

    /// Bytes of the prior's numbers.
    pub fn prior_bytes(&self) -> usize {
        match &self.prior {
            Prior::Normal(_) | Prior::Logistic(_) => 8 * self.dim + 8,
            Prior::Mixture(mixture) => {
                let components = mixture.components.len() * (4 * self.dim + 4);
                components + 4 + self.dim.next_multiple_of(4)
            }
        }
    }
}

impl Conditioner {
    fn macs(&self) -> usize {
        self.layers().iter().map(|layer| layer.macs()).sum()
    }

    /// Every linear layer, first to last.
    pub fn layers(&self) -> Vec<&FixedDense> {
        match self {
            Self::Linear(output) => vec![&output.dense],
            Self::Mlp {
                input,
                inner,
                output,
            } => {
                let hidden = std::iter::once(input).chain(inner);
                hidden
                    .map(|layer| &layer.dense)
                    .chain([&output.dense])
                    .collect()
            }
            Self::Nested { hidden, rest } => std::iter::once(&hidden.dense)
                .chain(rest.layers())
                .collect(),
            Self::Smooth { layer, rest, .. } => {
                std::iter::once(&layer.dense).chain(rest.layers()).collect()
            }
            Self::Steered {
                input,
                offset,
                branches,
                rest,
                ..
            } => {
                let lanes = [&input.dense, &offset.layer.dense].into_iter();
                let inner = branches.iter().flat_map(Branch::layers);
                lanes.chain(inner).chain(rest.layers()).collect()
            }
            Self::Residual {
                input,
                branches,
                output,
                ..
            } => {
                let branches = branches.iter();
                let inner = branches.flat_map(Branch::layers);
                std::iter::once(&input.dense)
                    .chain(inner)
                    .chain([&output.dense])
                    .collect()
            }
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Linear(output) => output.bytes(),
            Self::Mlp {
                input,
                inner,
                output,
            } => {
                let hidden = std::iter::once(input).chain(inner);
                hidden.map(Hidden::bytes).sum::<usize>() + output.bytes()
            }
            Self::Nested { hidden, rest } => hidden.bytes() + rest.bytes(),
            Self::Smooth { layer, curve, rest } => {
                layer.bytes() + curve_bytes(curve) + rest.bytes()
            }
            Self::Steered {
                input,
                offset,
                branches,
                entry,
                rest,
            } => {
                let branches: usize = branches.iter().map(Branch::bytes).sum();
                input.bytes() + offset.bytes() + branches + entry.bytes() + rest.bytes()
            }
            Self::Residual {
                input,
                branches,
                output,
                ..
            } => {
                let branches: usize = branches.iter().map(Branch::bytes).sum();
                input.bytes() + branches + NARROWING + output.bytes()
            }
        }
    }
}

impl Hidden {
    fn bytes(&self) -> usize {
        match self.constant {
            None => self.dense.bytes() + 8,
            // Constant and shift, in a word.
            Some(_) => self.dense.blocks.bytes() + 4,
        }
    }
}

impl Branch {
    fn layers(&self) -> impl Iterator<Item = &FixedDense> {
        let lanes = self.first.lane().into_iter().chain(&self.gate);
        [self.first.dense(), &self.output.dense]
            .into_iter()
            .chain(lanes.map(|lane| &lane.dense))
    }

    fn bytes(&self) -> usize {
        let gate = self.gate.as_ref().map_or(0, Output::bytes);
        NARROWING + self.first.bytes() + self.output.bytes() + gate
    }
}

impl Entrance {
    fn bytes(&self) -> usize {
        match self {
            Self::Rectified(hidden) => hidden.bytes(),
            Self::Smooth {
                before,
                layer,
                curve,
            } => curve_bytes(before) + layer.bytes() + curve_bytes(curve),
            Self::Joined {
                before,
                layer,
                lane,
                between,
            } => {
                let before = before.as_ref().map_or(0, curve_bytes);
                before + layer.bytes() + lane.bytes() + between.bytes()
            }
        }
    }
}

impl Entry {
    fn bytes(&self) -> usize {
        NARROWING + self.curve.as_ref().map_or(0, curve_bytes)
    }
}

impl Offset {
    /// With its rise, 4 bytes.
    fn bytes(&self) -> usize {
        self.layer.bytes() + self.activation.bytes() + 4
    }
}

impl Output {
    fn bytes(&self) -> usize {
        self.dense.bytes() + 4 * self.shifts.len()
    }
}

impl FixedDense {
    fn macs(&self) -> usize {
        16 * match &self.blocks {
            Blocks::I8(blocks) => blocks.len(),
            Blocks::I16(blocks) => blocks.len(),
        }
    }

    fn bytes(&self) -> usize {
        self.blocks.bytes() + size_of_val(self.bias.as_slice())
    }
}

impl Blocks {
    fn bytes(&self) -> usize {
        match self {
            Self::I8(blocks) => size_of_val(blocks.as_slice()),
            Self::I16(blocks) => size_of_val(blocks.as_slice()),
        }
    }
}
