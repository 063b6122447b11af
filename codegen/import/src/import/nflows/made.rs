//! The masked networks of autoregressive transforms, `MADE`, which normflows has from nflows.

use super::conditioner::{EPS, MISSING, branch, gate};
use crate::import::Weights;
use crate::import::conditioner::widths;
use crate::import::context::Context;
use crate::import::ops::{Step, act, linear};
use nice_flow_codegen::error::Result;
use nice_flow_codegen::flow::ir::Activation;

/// What the context does in residual blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::import) enum Blocks {
    /// Is added behind the first layer of each.
    Add,
    /// Gates what each gives.
    Gate,
}

/// The context of a masked network, and how its layers read it.
#[derive(Clone, Copy, Debug)]
pub(in crate::import) struct Given<'a> {
    pub context: &'a Context,
    pub blocks: Blocks,
    /// Whether what the context adds to the first layer goes through the activation, and the first layer itself in front of blocks that
    /// are not residual: as in nflows but not in normflows.
    pub bent: bool,
}

/// The network below `at`, which gives a shift and a raw scale of each of `dim` elements. Its masks are part of its weights.
pub(in crate::import) fn read(
    weights: &Weights,
    at: &str,
    activation: Activation,
    given: Given,
    dim: usize,
) -> Result<Vec<Step>> {
    let Given {
        context,
        blocks: how,
        bent,
    } = given;
    let mut net = vec![linear(&format!("{at}.initial_layer"))];
    net.extend(offset(
        weights,
        &format!("{at}.context_layer"),
        bent.then_some(activation),
        context,
    )?);
    if weights.has(&format!("{at}.blocks.0.linear_layers.0.weight")) {
        let blocks = weights.count(|j| format!("{at}.blocks.{j}.linear_layers.0.weight"));
        for j in 0..blocks {
            let block = format!("{at}.blocks.{j}");
            net.push(Step::Push {});
            let given = format!("{block}.context_layer");
            net.extend(branch(weights, &block, 0, activation));
            if how == Blocks::Add && weights.holds_below(&given) {
                net.extend(offset(weights, &given, None, context)?);
            }
            net.extend(branch(weights, &block, 1, activation));
            if how == Blocks::Gate {
                net.extend(gate(weights, &given, context)?);
            }
            net.push(Step::ADD);
        }
    } else {
        net.extend(bent.then(|| act(activation)));
        let blocks = weights.count(|j| format!("{at}.blocks.{j}.linear.weight"));
        for j in 0..blocks {
            let block = format!("{at}.blocks.{j}");
            let norm = format!("{block}.batch_norm");
            if weights.has(&format!("{norm}.running_var")) {
                net.push(weights.batch_norm(&norm, EPS));
            }
            net.extend([linear(&format!("{block}.linear")), act(activation)]);
        }
    }
    net.push(linear(&format!("{at}.final_layer")));
    let (_, outputs) = widths(weights, &net)?;
    if outputs != 2 * dim {
        let message = format!(
            "expected {} outputs, found {outputs}: a spline or another autoregressive transform that is not affine, which is not supported",
            2 * dim
        );
        return Err(weights.error(at, message));
    }
    Ok(net)
}

/// What the context adds to the first layer, behind an activation, if it reads one.
fn offset(
    weights: &Weights,
    at: &str,
    activation: Option<Activation>,
    context: &Context,
) -> Result<Option<Step>> {
    let reads = weights.holds_below(at);
    match (reads, context.is_empty()) {
        (true, false) => Ok(Some(Step::Offset {
            w: format!("{at}.weight").into(),
            b: Some(format!("{at}.bias").into()),
            values: context.values(),
            act: activation.map(|activation| Box::new(act(activation))),
        })),
        (false, true) => Ok(None),
        (true, true) => Err(weights.error(at, MISSING)),
        (false, false) => {
            let message = "expected a layer that reads the context of --set context, found none";
            Err(weights.error(at, message))
        }
    }
}
