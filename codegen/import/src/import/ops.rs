//! Constructors for the ops of a manifest, used by the layouts.

pub(super) use super::manifest::schema::{
    Autoregressive, Coupling, Diag, DiagMap, Direction, Form, Inverse, Io, Key, Law, Linear,
    MaskOne, Op, Orientation, Params, Permute, Prior, PriorKind, Scale, Sign, Slice, Step, Unit,
};

use super::context::{Context, Inputs};
use nice_flow_codegen::flow::ir::Activation;

/// What a layout reads from a checkpoint.
#[derive(Debug)]
pub(super) struct Reading {
    /// The length of the vector.
    pub dim: usize,
    /// The inputs behind those of the vector that are context.
    pub context: Inputs,
    /// The ops, first to last, data to latent.
    pub ops: Vec<Op>,
    /// The density of the latent vector.
    pub prior: Prior,
    /// Tensors that do not affect the density.
    pub ignore: Vec<String>,
    /// Constant that the library's code adds to the `ln p` that it prints, in nats.
    pub log_prob_constant: f64,
}

impl Reading {
    pub(super) fn new(dim: usize, ops: Vec<Op>, prior: Prior) -> Self {
        Self {
            dim,
            context: Inputs::default(),
            ops,
            prior,
            ignore: vec![],
            log_prob_constant: 0.0,
        }
    }
}

impl Prior {
    /// A prior of independent standard normals or logistics.
    pub(super) fn standard(kind: PriorKind) -> Self {
        Self {
            kind,
            loc_tensor: None,
            log_scale_tensor: None,
            scale_tensor: None,
            scale_eps: None,
            covariance_tensor: None,
            precision_tensor: None,
            scale_tril_tensor: None,
            lower_tensor: None,
            weight_tensor: None,
            probs_tensor: None,
            df: None,
            df_tensor: None,
            log_df_tensor: None,
            softplus_df_tensor: None,
        }
    }
}

/// The elements of a parity, counted from 0, then the others.
pub(super) fn halves(parity: usize, dim: usize) -> (Vec<usize>, Vec<usize>) {
    (0..dim).partition(|i| i % 2 == parity)
}

impl From<String> for Key {
    fn from(name: String) -> Self {
        Self::Whole(name)
    }
}

impl From<&str> for Key {
    fn from(name: &str) -> Self {
        Self::Whole(name.to_owned())
    }
}

impl Coupling {
    /// `x + net(cond)` at the elements `trans`.
    pub(super) fn additive((cond, trans): (Vec<usize>, Vec<usize>), net: Vec<Step>) -> Self {
        Self {
            law: Law::Additive,
            sign: Some(Sign::Plus),
            cond,
            trans,
            mask_tensor: None,
            mask_one: None,
            cond_tensor: None,
            trans_tensor: None,
            io: Io::Gathered,
            net,
            net_scale: None,
            form: None,
            params: None,
            out_mul: None,
            scale: None,
        }
    }

    /// Scales and shifts the elements `trans`; one net gives both.
    pub(super) fn affine(
        halves: (Vec<usize>, Vec<usize>),
        net: Vec<Step>,
        params: Params,
        form: Form,
        scale: Scale,
    ) -> Self {
        Self {
            law: Law::Affine,
            sign: None,
            form: Some(form),
            params: Some(params),
            scale: Some(scale),
            ..Self::additive(halves, net)
        }
    }

    /// Like [`affine`](Self::affine), with one net for the shifts and one for the scales.
    pub(super) fn separate(
        halves: (Vec<usize>, Vec<usize>),
        [shift, scale]: [Vec<Step>; 2],
        form: Form,
        map: Scale,
    ) -> Self {
        Self {
            net_scale: Some(scale),
            ..Self::affine(halves, shift, Params::Separate, form, map)
        }
    }
}

impl Scale {
    /// A map with its parameters.
    pub(super) fn map(map: &str, parameters: &[(&str, f64)]) -> Self {
        let pair = |(name, value): &(&str, f64)| (name.to_string(), *value);
        Self {
            map: map.to_owned(),
            tensor: None,
            values: None,
            parameters: parameters.iter().map(pair).collect(),
        }
    }

    /// The map applied to stored numbers.
    pub(super) fn of(self, tensor: impl Into<Key>) -> Self {
        Self {
            tensor: Some(tensor.into()),
            ..self
        }
    }
}

/// A diagonal layer with a stored shift.
pub(super) fn diagonal(form: Form, shift: impl Into<Key>, scale: Scale) -> Op {
    Op::Diag(Diag {
        form,
        shift: None,
        shift_tensor: Some(shift.into()),
        scale,
    })
}

/// A diagonal layer that only scales: `x · S`.
pub(super) fn scaling(scale: Scale) -> Op {
    Op::Diag(Diag {
        form: Form::Mul,
        shift: None,
        shift_tensor: None,
        scale,
    })
}

/// Multiplies by the exponentials of stored numbers: `x · exp(stored)`.
pub(super) fn exponential(stored: &str) -> Op {
    scaling(Scale::map("exp", &[]).of(stored))
}

/// `z[i] = x[index[i]]`.
pub(super) fn permutation(index: impl IntoIterator<Item = usize>) -> Op {
    Op::Permute(Permute {
        index: Some(index.into_iter().collect()),
        index_tensor: None,
    })
}

/// A permutation with stored indices.
pub(super) fn stored_permutation(index: impl Into<Key>) -> Op {
    Op::Permute(Permute {
        index: None,
        index_tensor: Some(index.into()),
    })
}

/// `LULinear` of nflows and normflows: `L (U x) + bias`; the diagonal of `U` is softplus + 0.001.
pub(super) fn lu_linear(at: &str) -> Op {
    let key = |name: &str| format!("{at}.{name}").into();
    Op::Linear(Linear::LuPacked {
        lower: Some(key("lower_entries")),
        upper: key("upper_entries"),
        diag: key("unconstrained_upper_diag"),
        diag_map: DiagMap::Softplus,
        diag_eps: LU_EPS,
        unit: Unit::Lower,
        b: Some(key("bias")),
    })
}

/// Added to the diagonal in `LULinear`.
pub(super) const LU_EPS: f64 = 1e-3;

/// `AT.weight`, outputs × inputs, and `AT.bias`, as `torch.nn.Linear` keeps them.
pub(super) fn linear(at: &str) -> Step {
    Step::Linear {
        w: format!("{at}.weight").into(),
        b: Some(format!("{at}.bias").into()),
        layout: Orientation::OutIn,
    }
}

/// The network with a context, which its first linear layer reads behind its inputs.
pub(super) fn given(context: &Context, net: Vec<Step>) -> Vec<Step> {
    let step = (!context.is_empty()).then(|| match context {
        Context::Constant(values) => Step::Context {
            values: values.clone(),
            first: false,
        },
        Context::Inputs(_) => Step::Given {},
    });
    step.into_iter().chain(net).collect()
}

/// Linear layers with an activation between each two.
pub(super) fn mlp(layers: &[String], activation: Activation) -> Vec<Step> {
    between(layers.iter().map(|at| linear(at)), activation)
}

/// Steps with an activation between each two.
pub(super) fn between(steps: impl Iterator<Item = Step>, activation: Activation) -> Vec<Step> {
    let pairs = steps.flat_map(|step| [act(activation), step]);
    pairs.skip(1).collect()
}

/// An activation as a step.
pub(super) fn act(activation: Activation) -> Step {
    let (mut min, mut max) = (None, None);
    let (function, slope, alpha) = match activation {
        Activation::Relu => ("relu", None, None),
        Activation::LeakyRelu { slope } => ("leaky_relu", Some(slope), None),
        Activation::Elu { alpha } => ("elu", None, Some(alpha)),
        Activation::Tanh => ("tanh", None, None),
        Activation::Sigmoid => ("sigmoid", None, None),
        Activation::Silu => ("silu", None, None),
        Activation::Softplus => ("softplus", None, None),
        Activation::Gelu => ("gelu", None, None),
        Activation::GeluTanh => ("gelu_tanh", None, None),
        Activation::Mish => ("mish", None, None),
        Activation::Selu => ("selu", None, None),
        Activation::Hardtanh {
            min: least,
            max: most,
        } => {
            (min, max) = (Some(least), Some(most));
            ("hardtanh", None, None)
        }
        Activation::Hardswish => ("hardswish", None, None),
        Activation::Softsign => ("softsign", None, None),
        Activation::Atan => ("atan", None, None),
    };
    Step::Act {
        function: function.to_owned(),
        slope,
        alpha,
        min,
        max,
        w: None,
    }
}

/// `AT.weight` as the slopes of a PReLU.
pub(super) fn prelu(at: &str) -> Step {
    Step::Act {
        function: "prelu".into(),
        slope: None,
        alpha: None,
        min: None,
        max: None,
        w: Some(format!("{at}.weight").into()),
    }
}
