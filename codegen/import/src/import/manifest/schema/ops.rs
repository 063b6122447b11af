//! The ops of a manifest.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A tensor, or slice `index` along its first axis.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(untagged)]
pub(in crate::import) enum Key {
    Whole(String),
    Slice(Slice),
}

#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(in crate::import) struct Slice {
    pub key: String,
    pub index: usize,
}

#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(tag = "op", rename_all = "snake_case")]
#[allow(clippy::large_enum_variant)] // a model has only a few
pub(in crate::import) enum Op {
    Coupling(Coupling),
    Autoregressive(Autoregressive),
    Diag(Diag),
    Permute(Permute),
    Linear(Linear),
    Inverse(Inverse),
}

/// The ops in reverse order, each undone.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(in crate::import) struct Inverse {
    pub ops: Vec<Op>,
}

#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(in crate::import) struct Coupling {
    pub law: Law,
    pub sign: Option<Sign>,
    pub cond: Vec<usize>,
    pub trans: Vec<usize>,
    pub mask_tensor: Option<Key>,
    pub mask_one: Option<MaskOne>,
    pub cond_tensor: Option<Key>,
    pub trans_tensor: Option<Key>,
    pub io: Io,
    /// The network; if it is empty and `net_scale` is given, there is no shift.
    pub net: Vec<Step>,
    pub net_scale: Option<Vec<Step>>,
    pub form: Option<Form>,
    pub params: Option<Params>,
    pub out_mul: Option<f64>,
    pub scale: Option<Scale>,
}

impl Coupling {
    /// The network, or that of the shifts and that of the scales.
    pub(in crate::import) fn nets(&mut self) -> impl Iterator<Item = &mut Vec<Step>> {
        let nets = [Some(&mut self.net), self.net_scale.as_mut()];
        nets.into_iter().flatten()
    }
}

/// Each element is scaled and shifted by what a masked net gives of the elements before it, in an order that follows
/// from the weights.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(in crate::import) struct Autoregressive {
    pub form: Form,
    pub params: Params,
    pub scale: Scale,
    pub net: Vec<Step>,
    pub net_scale: Option<Vec<Step>>,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(in crate::import) enum Law {
    Additive,
    Affine,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub(in crate::import) enum Sign {
    #[serde(rename = "+")]
    Plus,
    #[serde(rename = "-")]
    Minus,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(in crate::import) enum MaskOne {
    Cond,
    Trans,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(in crate::import) enum Io {
    Gathered,
    MaskedFull,
}

/// How a scale `S` and a shift `T` are applied to `x`.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(in crate::import) enum Form {
    /// `x S`.
    Mul,
    /// `x S + T`.
    MulAdd,
    /// `(x − T) S`.
    SubMul,
    /// `(x − T) / S`.
    SubDiv,
}

/// The positions of shifts and raw scales in a network's output.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(in crate::import) enum Params {
    ConcatShiftScale,
    ConcatScaleShift,
    InterleavedShiftScale,
    InterleavedScaleShift,
    Separate,
}

/// A step of a network. `push` puts the present value on a stack; `add` and `concat` pop it.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(tag = "op", rename_all = "lowercase", deny_unknown_fields)]
pub(in crate::import) enum Step {
    Linear {
        w: Key,
        b: Option<Key>,
        #[serde(default)]
        layout: Orientation,
    },
    Act {
        #[serde(rename = "fn")]
        function: String,
        slope: Option<f64>,
        alpha: Option<f64>,
        /// The limits of a `hardtanh`.
        min: Option<f64>,
        max: Option<f64>,
        /// The slopes of a `prelu`: one, or one of each element.
        w: Option<Key>,
    },
    BatchNorm {
        mean: Key,
        var: Key,
        gamma: Option<Key>,
        beta: Option<Key>,
        eps: f64,
    },
    /// `(h − mean h) / √(var h + eps) · gamma + beta`, mean and variance of the elements.
    LayerNorm {
        gamma: Option<Key>,
        beta: Option<Key>,
        eps: f64,
        /// The variance is divided by one less than the number of elements.
        #[serde(default, skip_serializing_if = "is_false")]
        unbiased: bool,
    },
    /// The next linear layer also reads `values`: behind its inputs or, if `first`, before them.
    Context {
        values: Vec<f64>,
        #[serde(default)]
        first: bool,
    },
    /// The next linear layer, the first of a coupling's network, also reads the inputs that are context, behind its inputs.
    Given {},
    /// Adds a linear layer applied to `values`, or to the inputs that are context, behind the activation `act` if there is one.
    Offset {
        w: Key,
        b: Option<Key>,
        values: Option<Vec<f64>>,
        act: Option<Box<Step>>,
    },
    /// Multiplies by the sigmoid of a linear layer applied to `values`, or to the inputs that are context.
    Gate {
        w: Key,
        b: Key,
        values: Option<Vec<f64>>,
    },
    /// `(h − mean) / std`, with one number or one of each element.
    Standardise {
        mean: Key,
        std: Key,
    },
    /// Multiplies each element by `S` of stored numbers, or divides by it.
    Scale {
        scale: Scale,
        #[serde(default, skip_serializing_if = "is_false")]
        divide: bool,
    },
    /// Keeps the elements from `from` to before `to`.
    Rows {
        from: usize,
        to: usize,
    },
    /// Subtracts the mean of the elements.
    Center {},
    Push {},
    /// Adds the value of the push or, of one, what `shortcut` gives of it: steps without an activation.
    Add {
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        shortcut: Vec<Step>,
    },
    /// Puts the value of the push in front or, if it is to be `last`, behind.
    Concat {
        #[serde(default, skip_serializing_if = "is_false")]
        last: bool,
    },
}

impl Step {
    /// Adds the value of the push.
    pub(in crate::import) const ADD: Self = Self::Add { shortcut: vec![] };
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// The order of a weight's axes.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(in crate::import) enum Orientation {
    #[default]
    OutIn,
    InOut,
}

/// A scale map; its parameters are checked against its name. In a diagonal layer `exp` can also have `eps`, which is
/// added, and `sigmoid` a `gain`, which multiplies.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub(in crate::import) struct Scale {
    pub map: String,
    pub tensor: Option<Key>,
    pub values: Option<Vec<f64>>,
    #[serde(flatten)]
    pub parameters: BTreeMap<String, f64>,
}

#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(in crate::import) struct Diag {
    pub form: Form,
    pub shift: Option<Vec<f64>>,
    pub shift_tensor: Option<Key>,
    pub scale: Scale,
}

#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(in crate::import) struct Permute {
    pub index: Option<Vec<usize>>,
    pub index_tensor: Option<Key>,
}

#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(tag = "param", rename_all = "snake_case", deny_unknown_fields)]
pub(in crate::import) enum Linear {
    Dense {
        w: Option<Key>,
        /// The matrix, row by row; used in place of a tensor.
        values: Option<Vec<Vec<f64>>>,
        #[serde(default)]
        layout: Orientation,
        b: Option<Key>,
        #[serde(default)]
        orthogonal: bool,
    },
    LuPacked {
        /// Left out, there is only the upper factor.
        lower: Option<Key>,
        upper: Key,
        diag: Key,
        diag_map: DiagMap,
        #[serde(default)]
        diag_eps: f64,
        unit: Unit,
        b: Option<Key>,
    },
    /// `x − 2 q (q·x) / (q·q)` for each row `q`, first to last; then `b` is added.
    Householder { vectors: Key, b: Option<Key> },
    /// `xᵀ P (tril(L, −1) + I) (triu(U, 1) + diag(sign · exp(log_size)))`, where `P` is a permutation matrix.
    PluRows {
        p: Key,
        l: Key,
        u: Key,
        sign: Key,
        log_size: Key,
    },
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(in crate::import) enum DiagMap {
    Softplus,
    Exp,
}

/// The factor that has ones on its diagonal.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(in crate::import) enum Unit {
    Lower,
    Upper,
}
