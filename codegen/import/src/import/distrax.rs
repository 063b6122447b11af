//! [distrax](https://github.com/google-deepmind/distrax) with haiku: `MaskedCoupling`s with one `hk.nets.MLP` each, as
//! in its `examples/flow.py`, from an npz of the parameters.
//!
//! ```python
//! flat = {f"{m}/{n}": np.asarray(a) for m, d in params.items() for n, a in d.items()}
//! np.savez("params.npz", **flat)
//! ```
//!
//! The file holds the networks only. Modules are named `mlp`, `mlp_1`, … in the order in which they were made; each may
//! be followed by a `linear`, `linear_1`, …. Networks are as wide as the vector.

use super::conditioner::widths;
use super::ops::{
    Coupling, Form, Io, Op, Orientation, Params, Reading, Scale, Sign, Step, between,
};
use super::settings::{ACTIVATION, PRIOR};
use super::{Key, Layout, Settings, Source, Weights};
use nice_flow_codegen::error::Result;

pub(super) static LAYOUT: Layout = Layout {
    name: "distrax",
    library: "distrax's MaskedCoupling with haiku",
    fingerprint: &[&["mlp/~/linear_0/w", "mlp/~/linear_0/b"]],
    keys: &[
        ACTIVATION,
        PRIOR,
        Key {
            name: "first",
            values: "odd|even|INDEX,INDEX,…",
            meaning: "the elements, counted from 0, where the mask of the coupling that was made first is true; it turns over from coupling to coupling",
        },
        Key {
            name: "chain",
            values: "inverse|forward",
            meaning: "the bijector of Transformed: Inverse(Chain(layers)) or Chain(layers)",
        },
        Key {
            name: "params",
            values: "interleaved_shift_scale|interleaved_scale_shift|concat_shift_scale|concat_scale_shift",
            meaning: "what the networks give: a pair an element (reshaped to [D, 2]) or two vectors (split in halves)",
        },
        Key {
            name: "scale",
            values: "exp|exp_tanh|softplus|sigmoid:BIAS",
            meaning: "from what the networks give to the scale: exp(r), exp(tanh r), softplus(r) or σ(r + BIAS)",
        },
    ],
    read,
};

fn read(weights: &Weights, settings: &mut Settings) -> Result<Reading> {
    let dim = weights.shape("mlp/~/linear_0/w")?.first().copied();
    let dim = dim.unwrap_or_default();
    let activation = settings.activation(Source::Default("relu"))?;
    let prior = settings.prior(Source::Unknown)?;
    let first = settings.choose("first", Source::Unknown, |word| mask(word, dim))?;
    let inverse = settings.choose("chain", Source::Unknown, |word| match word {
        "inverse" => Some(true),
        "forward" => Some(false),
        _ => None,
    })?;
    let couplings = weights.count(|k| format!("{}/~/linear_0/w", module("mlp", k)));
    let nets: Vec<_> = (0..couplings)
        .map(|k| between(net(weights, k).into_iter(), activation))
        .collect();
    let affine = is_affine(weights, &nets[0], dim)?;
    let law = affine.then(|| scale(settings)).transpose()?;

    let halves = |k: usize| (0..dim).partition(|i| first.contains(i) == k.is_multiple_of(2));
    let coupling = |(k, net)| Op::Coupling(coupling(halves(k), net, law.clone(), inverse));
    let mut ops: Vec<_> = nets.into_iter().enumerate().map(coupling).collect();
    // `Chain.forward` applies the last layer first.
    if inverse {
        ops.reverse();
    }
    Ok(Reading::new(dim, ops, prior))
}

fn mask(word: &str, dim: usize) -> Option<Vec<usize>> {
    let indices = match word {
        "odd" => (1..dim).step_by(2).collect(),
        "even" => (0..dim).step_by(2).collect(),
        list => {
            let indices = list.split(',').map(|index| index.trim().parse().ok());
            indices.collect::<Option<Vec<usize>>>()?
        }
    };
    indices.iter().all(|index| *index < dim).then_some(indices)
}

/// The name of module `k`: `mlp`, `mlp_1`, `mlp_2` …
fn module(name: &str, k: usize) -> String {
    match k {
        0 => name.to_owned(),
        k => format!("{name}_{k}"),
    }
}

fn net(weights: &Weights, k: usize) -> Vec<Step> {
    let mlp = module("mlp", k);
    let hidden = weights.count(|j| format!("{mlp}/~/linear_{j}/w"));
    let mut names: Vec<_> = (0..hidden).map(|j| format!("{mlp}/~/linear_{j}")).collect();
    let last = module("linear", k);
    if weights.has(&format!("{last}/w")) {
        names.push(last);
    }
    let step = |name: String| Step::Linear {
        w: format!("{name}/w").into(),
        b: Some(format!("{name}/b").into()),
        layout: Orientation::InOut,
    };
    names.into_iter().map(step).collect()
}

/// Whether a network has two outputs for each element.
fn is_affine(weights: &Weights, net: &[Step], dim: usize) -> Result<bool> {
    match widths(weights, net)?.1 {
        outputs if outputs == dim => Ok(false),
        outputs if outputs == 2 * dim => Ok(true),
        outputs => {
            let affine = 2 * dim;
            let message =
                format!("expected {dim} outputs (additive) or {affine} (affine), found {outputs}");
            Err(weights.error("mlp", message))
        }
    }
}

fn scale(settings: &mut Settings) -> Result<(Params, Scale)> {
    let params = settings.choose("params", Source::Unknown, |word| match word {
        "interleaved_shift_scale" => Some(Params::InterleavedShiftScale),
        "interleaved_scale_shift" => Some(Params::InterleavedScaleShift),
        "concat_shift_scale" => Some(Params::ConcatShiftScale),
        "concat_scale_shift" => Some(Params::ConcatScaleShift),
        _ => None,
    })?;
    let scale = settings.choose("scale", Source::Unknown, |word| match word {
        "exp" | "softplus" => Some(Scale::map(word, &[])),
        "exp_tanh" => Some(Scale::map(word, &[("clamp", 1.0), ("inner", 1.0)])),
        _ => {
            let bias = word.strip_prefix("sigmoid:")?.parse().ok()?;
            Some(Scale::map("sigmoid", &[("bias", bias)]))
        }
    })?;
    Ok((params, scale))
}

fn coupling(
    halves: (Vec<usize>, Vec<usize>),
    net: Vec<Step>,
    law: Option<(Params, Scale)>,
    inverse: bool,
) -> Coupling {
    let (form, sign) = match inverse {
        true => (Form::MulAdd, Sign::Plus),
        false => (Form::SubDiv, Sign::Minus),
    };
    let coupling = match law {
        Some((params, scale)) => Coupling::affine(halves, net, params, form, scale),
        None => Coupling {
            sign: Some(sign),
            ..Coupling::additive(halves, net)
        },
    };
    Coupling {
        io: Io::MaskedFull,
        ..coupling
    }
}
