//! The Rust types of an integer module's parts, as the runtime crate spells them.

use super::{
    Affine, Blocks, Branch, Conditioner, Coupling, Encoder, Entrance, Entry, FixedDense,
    FixedLayer, Hidden, Module, Narrow, ScaleMap,
};
use crate::module::quantise::{Prior, Reads};

impl Module {
    /// The type of the model.
    pub fn type_name(&self) -> String {
        let (layers, prior) = (self.layers.type_name(), self.prior_type());
        let flow = match &self.knots {
            None => format!("Flow<{layers}, {prior}>"),
            Some(knots) => format!("OneWayFlow<{layers}, {prior}, {}>", knots.len()),
        };
        format!(
            "Encoded<{}<{}{}>, {flow}>",
            self.encoder.name(),
            self.dim,
            fraction(self.fraction),
        )
    }

    /// The prior's type.
    pub fn prior_type(&self) -> String {
        let dim = self.dim;
        match &self.prior {
            Prior::Logistic(_) => format!("Logistic<{dim}>"),
            Prior::Normal(_) => format!("DiagonalNormal<{dim}>"),
            Prior::Mixture(mixture) => format!("Mixture<{dim}, {}>", mixture.components.len()),
        }
    }
}

/// The type of a score.
pub fn score_type(fraction: u32) -> String {
    match fraction {
        16 => "Fixed".into(),
        fraction => format!("Fixed<{fraction}>"),
    }
}

impl Encoder {
    /// The name of its type, without type parameters.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Standardise(_) => "Standardise",
            Self::Counts(_) => "Counts",
        }
    }
}

/// The last type parameter; the default, 16, is left out.
fn fraction(fraction: u32) -> String {
    match fraction {
        16 => String::new(),
        fraction => format!(", {fraction}"),
    }
}

/// A layer's type.
pub(super) fn layer(layer: &FixedLayer) -> String {
    match layer {
        FixedLayer::Coupling(coupling) => format!("Coupling<{}>", coupling.conditioner_type()),
        FixedLayer::Affine(affine) => format!(
            "{}<{}, {}, {}>",
            affine.name(),
            affine.conditioner_type(),
            affine.scale.type_name(),
            affine.constants.len()
        ),
        FixedLayer::Triangular(triangle) => {
            format!("Triangular<{}, {}>", triangle.dim, triangle.strict.len())
        }
    }
}

impl Coupling {
    fn conditioner_type(&self) -> String {
        let narrow = self.network.type_name();
        match self.rectified {
            true => format!("Rectified<{narrow}>"),
            false => narrow,
        }
    }
}

impl Narrow {
    fn type_name(&self) -> String {
        format!(
            "Narrow<{}, {}, {}{}>",
            self.inputs,
            self.outputs,
            self.conditioner.type_name(),
            fraction(self.fraction)
        )
    }
}

impl Affine {
    /// The name of its type, without type parameters.
    pub fn name(&self) -> &'static str {
        match self.reads {
            Reads::Other(_) => "AffineCoupling",
            Reads::All(_) => "Autoregressive",
        }
    }

    fn conditioner_type(&self) -> String {
        match self.networks.as_slice() {
            [shift, scale] => format!(
                "Both<{}, {}, {}>",
                shift.type_name(),
                scale.type_name(),
                shift.outputs + scale.outputs
            ),
            networks => networks.iter().map(Narrow::type_name).collect(),
        }
    }
}

impl ScaleMap {
    fn type_name(self) -> &'static str {
        match self {
            Self::Exp => "Exp",
            Self::Table { .. } => "Table",
        }
    }
}

impl FixedDense {
    /// `I8` or `I16`.
    fn storage(&self) -> &'static str {
        match self.blocks {
            Blocks::I8(_) => "I8",
            Blocks::I16(_) => "I16",
        }
    }

    /// The type parameters: storage, groups and panels.
    fn sizes(&self) -> String {
        format!("{}, {}, {}", self.storage(), self.groups, self.bias.len())
    }
}

impl Hidden {
    fn type_name(&self) -> String {
        let Self {
            dense, constant, ..
        } = self;
        match constant {
            None => format!("Hidden<{}>", dense.sizes()),
            Some(_) => format!("First<{}, {}>", dense.storage(), dense.bias.len()),
        }
    }
}

impl Conditioner {
    fn type_name(&self) -> String {
        match self {
            Self::Linear(output) => format!("Linear<{}>", output.dense.sizes()),
            Self::Nested { hidden, rest } => {
                format!("Then<{}, {}>", hidden.type_name(), rest.type_name())
            }
            Self::Smooth { layer, curve, rest } => format!(
                "Then<Smooth<{}, {}>, {}>",
                layer.dense.sizes(),
                curve.function.type_name(),
                rest.type_name()
            ),
            Self::Mlp {
                input,
                inner,
                output,
            } => format!("Mlp<{}>", sizes(&input.dense, &output.dense, inner.len())),
            Self::Steered {
                input,
                offset,
                branches,
                entry,
                rest,
            } => {
                let (storage, width) = (input.dense.storage(), input.dense.bias.len());
                let branch = branches.first().map(Branch::type_name);
                format!(
                    "Steered<{}, {}, {}, {}, {}, {}>",
                    input.dense.sizes(),
                    branches.len(),
                    offset.activation.type_name(),
                    branch.unwrap_or_else(|| format!("Branch<{storage}, {width}>")),
                    entry.type_name(),
                    rest.type_name()
                )
            }
            Self::Residual {
                input,
                branches,
                output,
                ..
            } => {
                let sizes = sizes(&input.dense, &output.dense, branches.len());
                match branches.first().filter(|branch| !branch.is_plain()) {
                    Some(branch) => format!("Residual<{sizes}, {}>", branch.type_name()),
                    None => format!("Residual<{sizes}>"),
                }
            }
        }
    }
}

impl Branch {
    /// Whether its type is what a `Residual` has unless told otherwise.
    fn is_plain(&self) -> bool {
        matches!(self.first, Entrance::Rectified(_)) && self.gate.is_none()
    }

    fn type_name(&self) -> String {
        let (storage, width) = (self.output.dense.storage(), self.output.dense.bias.len());
        let branch = match &self.first {
            Entrance::Rectified(_) => format!("Branch<{storage}, {width}>"),
            Entrance::Smooth { curve, .. } => {
                let function = curve.function.type_name();
                format!("SmoothBranch<{storage}, {width}, {function}>")
            }
            Entrance::Joined { lane, between, .. } => {
                format!("Joined<{}, {}>", lane.dense.sizes(), between.type_name())
            }
        };
        match &self.gate {
            None => branch,
            Some(gate) => format!("Gated<{}, {branch}>", gate.dense.sizes()),
        }
    }
}

impl Entry {
    fn type_name(&self) -> String {
        match &self.curve {
            None => "Narrowing".into(),
            Some(curve) => format!("Bent<{}>", curve.function.type_name()),
        }
    }
}

/// The type parameters of a network: those of its first layer, the width of its output, and how many layers or branches it has inside.
fn sizes(input: &FixedDense, output: &FixedDense, times: usize) -> String {
    format!("{}, {}, {times}", input.sizes(), output.bias.len())
}
