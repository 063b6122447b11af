//! A context that changes: how many inputs it has, and what networks read in place of them.

use nice_flow_codegen::flow::ir::Linear;

/// A context that changes.
#[derive(Clone, Debug, Default)]
pub(super) struct Given {
    /// The number of inputs.
    pub inputs: usize,
    /// What networks read of them, if that is not what they are.
    embedding: Option<Linear>,
}

impl Given {
    /// Inputs that networks read as they are.
    pub fn plain(inputs: usize) -> Self {
        Self {
            inputs,
            embedding: None,
        }
    }

    /// Inputs of which networks read what this layer gives.
    pub fn embedded(inputs: usize, embedding: Linear) -> Self {
        Self {
            inputs,
            embedding: Some(embedding),
        }
    }

    /// How many numbers networks read.
    pub fn width(&self) -> usize {
        let embedding = self.embedding.as_ref();
        embedding.map_or(self.inputs, |layer| layer.bias.len())
    }

    /// The layer that reads the inputs behind its own numbers, in place of what it read there.
    pub fn behind(&self, layer: Linear) -> Linear {
        let Some(embedding) = &self.embedding else {
            return layer;
        };
        let own = layer.weight.ncols() - self.width();
        let theirs = layer.weight.columns(own, self.width());
        let mut weight = layer
            .weight
            .clone()
            .resize_horizontally(own + self.inputs, 0.0);
        let columns = theirs * &embedding.weight;
        weight.columns_mut(own, self.inputs).copy_from(&columns);
        Linear {
            weight,
            bias: layer.bias + theirs * &embedding.bias,
        }
    }
}
