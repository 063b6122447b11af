//! The `coupling_flow` of [flowjax](https://github.com/danielward27/flowjax), from an `.eqx` file or an npz of its
//! arrays, and its `masked_autoregressive_flow`.
//!
//! `eqx.tree_serialise_leaves` does not store names, so the arrays are recognised by their order and shapes, which are
//! those of flowjax 19. An npz with the names is safer:
//!
//! ```python
//! leaves, _ = jax.tree_util.tree_flatten_with_path(eqx.filter(flow, eqx.is_array))
//! np.savez("flow.npz", **{jax.tree_util.keystr(path): leaf for path, leaf in leaves})
//! ```
//!
//! The layers are stacked in one array per parameter. With `invert=True`, the default, `x → z` runs the layers first to
//! last, each as coupling, then permutation; otherwise last to first, both inverted. The first `⌊D/2⌋` elements
//! condition a coupling; masked layers read all. With `cond_dim` networks read the context behind these.

mod leaves;

use super::conditioner::is_affine;
use super::ops::{
    Autoregressive, Coupling, Form, Inverse, Key as Tensor, Op, Params, Prior, PriorKind, Reading,
    Scale, Sign, Slice, Step, act, diagonal, given, permutation, stored_permutation,
};
use super::settings::{ACTIVATION, CONTEXT, PRIOR};
use super::{Key, Layout, Settings, Source, Weights};
use crate::checkpoint::Element;
use leaves::Leaves;
use nice_flow_codegen::error::Result;
use nice_flow_codegen::flow::ir::Activation;

pub(super) static LAYOUT: Layout = Layout {
    name: "flowjax",
    library: "flowjax's coupling_flow and masked_autoregressive_flow",
    fingerprint: &[
        &[".base_dist.bijection.bijection.bijection.bijections[0].conditioner.layers[0].weight"],
        &[".base_dist.bijection.bijection.bijections[0].conditioner.layers[0].weight"],
        &[leaves::INVERTED],
        &[leaves::PLAIN],
        &[leaves::MASKED_INVERTED],
        &[leaves::MASKED_PLAIN],
        &["leaf.0"],
    ],
    keys: &[
        ACTIVATION,
        PRIOR,
        CONTEXT,
        Key {
            name: "transformer",
            values: "default|affine",
            meaning: "of affine couplings: flowjax's own, softplus(r + 0.52546) + 0.01, or Affine(), softplus(r + 0.54132)",
        },
    ],
    read,
};

fn read(weights: &Weights, settings: &mut Settings) -> Result<Reading> {
    let leaves = Leaves::find(weights)?;
    let activation = settings.activation(Source::Default("relu"))?;
    let prior = prior(&leaves, settings)?;
    let (count, cond) = leaves.conditioners(weights)?;
    let context = settings.context()?;
    let net = |layer| given(&context, leaves.net(layer, activation));
    let changed = if leaves.masked {
        cond
    } else {
        leaves.dim - cond
    };
    let affine = is_affine(
        weights,
        leaves.first(),
        &net(0),
        (cond, context.len()),
        changed,
    )?;
    let scale = match affine {
        true => Some(transformer(settings, weights.element(leaves.first())?)?),
        false => {
            settings.note("transformer: Loc(0), additive (one number an element)");
            None
        }
    };
    let direction = if leaves.inverted { "True" } else { "False" };
    settings.note(format!("invert: {direction} (the file has it so)"));

    let mut ops = match (leaves.masked, scale) {
        (true, Some(scale)) => masked(&leaves, count, &net, &scale),
        (true, None) => {
            let message = "expected a shift and a scale of each element, found shifts only";
            return Err(weights.error(leaves.first(), message));
        }
        (false, scale) => couplings(&leaves, (count, cond), &net, scale.as_ref()),
    };
    if let Some((loc, raw)) = &leaves.outer {
        // `Transformed(flow, Affine(loc, scale))`: a sample of the flow is scaled, then shifted.
        let scale = Scale::map("softplus", &[]).of(raw.as_str());
        ops.insert(0, diagonal(Form::SubDiv, loc.as_str(), scale));
    }
    if let Some((loc, raw)) = &leaves.base {
        let scale = Scale::map("softplus", &[]).of(raw.as_str());
        ops.push(diagonal(Form::SubDiv, loc.as_str(), scale));
    }
    Ok(Reading {
        ignore: leaves.masks,
        context: context.into_inputs(),
        ..Reading::new(leaves.dim, ops, prior)
    })
}

/// That of a `StudentT`, whose degrees of freedom are in the file; else what the user says.
fn prior(leaves: &Leaves, settings: &mut Settings) -> Result<Prior> {
    let Some(degrees) = &leaves.degrees else {
        return settings.prior(Source::Unknown);
    };
    let words = format!("prior: Student-t ({degrees} in the file)");
    settings.stored(PRIOR.name, "student_t", &words)?;
    Ok(Prior {
        softplus_df_tensor: Some(degrees.as_str().into()),
        ..Prior::standard(PriorKind::StudentT)
    })
}

/// flowjax adds constants to the net's output that no file holds; these are its values, computed in the precision of
/// the weights.
fn transformer(settings: &mut Settings, element: Element) -> Result<Scale> {
    let double = element == Element::F64;
    settings.choose("transformer", Source::Default("default"), |word| {
        let (bias, eps) = match (word, double) {
            ("default", false) => (0.525_458_753_108_978_3, 0.01),
            ("default", true) => (0.99_f64.exp_m1().ln(), 0.01),
            ("affine", false) => (0.541_324_853_897_094_7, 0.0),
            ("affine", true) => (1_f64.exp_m1().ln(), 0.0),
            _ => return None,
        };
        Some(Scale::map("softplus", &[("bias", bias), ("eps", eps)]))
    })
}

fn couplings(
    leaves: &Leaves,
    (count, cond): (usize, usize),
    net: &dyn Fn(usize) -> Vec<Step>,
    scale: Option<&Scale>,
) -> Vec<Op> {
    let halves = ((0..cond).collect(), (cond..leaves.dim).collect());
    let layer = |i: usize| {
        let coupling = coupling(&halves, net(i), scale.cloned(), leaves.inverted);
        [
            Op::Coupling(coupling),
            leaves.permutation(i, leaves.inverted),
        ]
    };
    let mut ops: Vec<_> = (0..count).flat_map(layer).collect();
    if !leaves.inverted {
        ops.reverse();
    }
    ops
}

/// Masked layers go from data to latent in one pass with `invert=True`, else from latent to data.
fn masked(
    leaves: &Leaves,
    count: usize,
    net: &dyn Fn(usize) -> Vec<Step>,
    scale: &Scale,
) -> Vec<Op> {
    let layer = |i: usize| {
        let layer = Autoregressive {
            form: Form::MulAdd,
            params: Params::InterleavedShiftScale,
            scale: scale.clone(),
            net: net(i),
            net_scale: None,
        };
        [Op::Autoregressive(layer), leaves.permutation(i, true)]
    };
    let ops = (0..count).flat_map(layer).collect();
    match leaves.inverted {
        true => ops,
        false => vec![Op::Inverse(Inverse { ops })],
    }
}

fn coupling(
    halves: &(Vec<usize>, Vec<usize>),
    net: Vec<Step>,
    scale: Option<Scale>,
    inverted: bool,
) -> Coupling {
    let (form, sign) = match inverted {
        true => (Form::MulAdd, Sign::Plus),
        false => (Form::SubDiv, Sign::Minus),
    };
    match scale {
        Some(scale) => {
            let params = Params::InterleavedShiftScale;
            Coupling::affine(halves.clone(), net, params, form, scale)
        }
        None => Coupling {
            sign: Some(sign),
            ..Coupling::additive(halves.clone(), net)
        },
    }
}

impl Leaves {
    fn net(&self, layer: usize, activation: Activation) -> Vec<Step> {
        let step = |(w, b): &(String, String)| Step::Linear {
            w: slice(w, layer),
            b: Some(slice(b, layer)),
            layout: super::ops::Orientation::OutIn,
        };
        let steps = self
            .layers
            .iter()
            .flat_map(|names| [act(activation), step(names)]);
        steps.skip(1).collect()
    }

    /// The permutation of a layer, or its inverse. A vector of two elements is always reversed, and no tensor is stored for
    /// that.
    fn permutation(&self, layer: usize, forwards: bool) -> Op {
        match &self.permutations {
            Some((forward, inverse)) => {
                let name = if forwards { forward } else { inverse };
                stored_permutation(slice(name, layer))
            }
            None => permutation([1, 0]),
        }
    }
}

fn slice(name: &str, index: usize) -> Tensor {
    Tensor::Slice(Slice {
        key: name.to_owned(),
        index,
    })
}
