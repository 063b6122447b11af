//! Turns the networks of a manifest into stages.

mod branch;

use super::activation::{activation, learned};
use super::context::{fix, gate};
use super::masked::giving;
use super::norm::{Norm, batch_norm};
use super::scale;
use super::schema::{Key, Orientation, Step};
use super::tensors::Tensors;
use branch::Branch;
use nalgebra::{DMatrix, DVector};
use nice_flow_codegen::error::{Error, Result};
use nice_flow_codegen::flow::ir::{Activation, Linear, Network, Stage};

/// The network for `inputs` inputs, and its number of outputs. With a step `given` it has those of the context, so many, behind
/// them.
pub(super) fn network(
    steps: &[Step],
    inputs: usize,
    tensors: &Tensors,
) -> Result<(Network, usize)> {
    let mut joint = false;
    let mut width = inputs;
    // The context that the next linear layer reads in addition to its inputs, and whether it comes first.
    let mut context: (&[f64], bool) = (&[], false);
    // The stages since each open `push`, and the width there.
    let mut open: Vec<(Vec<Stage>, usize)> = vec![(vec![], width)];
    for (index, step) in steps.iter().enumerate() {
        let wrong = |message: String| Error::input(format!("net.{index}"), message);
        if !context.0.is_empty() && !matches!(step, Step::Linear { .. }) {
            return Err(wrong("expected a linear layer behind a context".into()));
        }
        let stage = match step {
            Step::Context { values, first } => {
                context = (values, *first);
                continue;
            }
            Step::Given {} => {
                let follows = matches!(steps.get(index + 1), Some(Step::Linear { .. }));
                if index > 0 || tensors.context() == 0 || !follows {
                    let message = "expected names in `context`, and a step `given` before the first linear layer of a coupling's network only";
                    return Err(wrong(message.into()));
                }
                width += tensors.given().width();
                joint = true;
                continue;
            }
            Step::Gate { w, b, values } => {
                let values = values.as_deref().unwrap_or_default();
                gate(&applied(w, Some(b), values, width, tensors)?)
            }
            Step::Offset { w, b, values, act } => {
                let values = values.as_deref().unwrap_or_default();
                let answer = applied(w, b.as_ref(), values, width, tensors)?;
                let act = act.as_deref().map(activation).transpose();
                Stage::Scale {
                    factor: DVector::from_element(width, 1.0),
                    shift: match act.map_err(wrong)? {
                        Some(act) => answer.map(|h| act.eval(h)),
                        None => answer,
                    },
                }
            }
            Step::Push {} => {
                open.push((vec![], width));
                continue;
            }
            Step::Add { .. } | Step::Concat { .. } => {
                let branch = open.pop().filter(|_| !open.is_empty());
                let (Some((branch, before)), Some((so_far, _))) = (branch, open.last_mut()) else {
                    let message = "expected a push before an add or a concat, found none";
                    return Err(wrong(message.into()));
                };
                let rectified = matches!(so_far.last(), Some(Stage::Activation(Activation::Relu)));
                let joined = Branch {
                    network: Network(branch),
                    widths: [before, width],
                    rectified,
                };
                let (stages, outputs) = joined.close(step, tensors, &wrong)?;
                so_far.extend(stages);
                width = outputs;
                continue;
            }
            Step::Linear { w, b, layout } => {
                let weight = oriented(tensors.matrix(w)?, *layout);
                let (values, first) = std::mem::take(&mut context);
                let inputs = width + values.len();
                if weight.ncols() != inputs {
                    let (outputs, found) = weight.shape();
                    let [expected, found] = [inputs, found].map(|inputs| match layout {
                        Orientation::OutIn => [outputs, inputs],
                        Orientation::InOut => [inputs, outputs],
                    });
                    let message = format!("expected shape {expected:?}, found {found:?}");
                    return Err(tensors.error(w, message));
                }
                width = weight.nrows();
                let bias = match b {
                    Some(b) => DVector::from_column_slice(tensors.vector(b, width)?),
                    None => DVector::zeros(width),
                };
                let layer = fix(Linear { weight, bias }, values, first);
                Stage::Linear(match std::mem::take(&mut joint) {
                    true => tensors.given().behind(layer),
                    false => layer,
                })
            }
            Step::Scale { scale, divide } => {
                let scale = DVector::from_vec(scale::values(scale, width, tensors)?);
                let factor = match divide {
                    true => scale.map(f64::recip),
                    false => scale,
                };
                let shift = DVector::zeros(width);
                Stage::Scale { factor, shift }
            }
            &Step::Rows { from, to } => {
                if from >= to || to > width {
                    let message = format!("expected a range within 0..{width}, found {from}..{to}");
                    return Err(wrong(message));
                }
                let rows: Vec<_> = (from..to).collect();
                if let Some((stages, _)) = open.last_mut() {
                    let so_far = Network(std::mem::take(stages));
                    *stages = giving(so_far, &rows, width).0;
                }
                width = rows.len();
                continue;
            }
            Step::Standardise { mean, std } => {
                let mean = DVector::from_vec(tensors.spread(mean, width)?);
                let deviations = DVector::from_vec(tensors.spread(std, width)?);
                if let Some(odd) = deviations.iter().find(|d| **d <= 0.0) {
                    let message = format!("expected positive deviations, found {odd}");
                    return Err(tensors.error(std, message));
                }
                let factor = deviations.map(f64::recip);
                let shift = -mean.component_mul(&factor);
                Stage::Scale { factor, shift }
            }
            Step::Center {} => {
                let mean = DMatrix::from_element(width, width, 1.0 / width as f64);
                Stage::Linear(Linear {
                    weight: DMatrix::identity(width, width) - mean,
                    bias: DVector::zeros(width),
                })
            }
            step @ Step::Act {
                w: Some(slopes), ..
            } => learned(step, slopes, width, tensors, &wrong)?,
            step @ Step::Act { .. } => Stage::Activation(activation(step).map_err(wrong)?),
            step @ Step::BatchNorm { .. } => batch_norm(step, width, tensors)?,
            Step::LayerNorm {
                gamma,
                beta,
                eps,
                unbiased,
            } => {
                let norm = Norm {
                    gamma: gamma.as_ref(),
                    beta: beta.as_ref(),
                    eps: *eps,
                    unbiased: *unbiased,
                };
                let [normalise, scale] = norm.stages(width, tensors)?;
                push(&mut open, normalise);
                scale
            }
        };
        push(&mut open, stage);
    }
    match (open.pop(), open.is_empty()) {
        (Some((stages, _)), true) => Ok((Network(stages), width)),
        _ => Err(Error::input("net", "expected an add for each push")),
    }
}

/// `W values + b`, of `width` numbers.
fn applied(
    w: &Key,
    b: Option<&Key>,
    values: &[f64],
    width: usize,
    tensors: &Tensors,
) -> Result<DVector<f64>> {
    let weight = tensors.matrix(w)?;
    if weight.shape() != (width, values.len()) {
        let (expected, found) = ([width, values.len()], weight.shape());
        let message = format!("expected shape {expected:?}, found {found:?}");
        return Err(tensors.error(w, message));
    }
    let answer = weight * DVector::from_column_slice(values);
    Ok(match b {
        Some(b) => answer + DVector::from_column_slice(tensors.vector(b, width)?),
        None => answer,
    })
}

/// A network with a constant output.
pub(super) fn constant(number: f64, inputs: usize, outputs: usize) -> Network {
    Network(vec![Stage::Linear(Linear {
        weight: DMatrix::zeros(outputs, inputs),
        bias: DVector::from_element(outputs, number),
    })])
}

/// The matrix as outputs × inputs.
pub(super) fn oriented(matrix: DMatrix<f64>, layout: Orientation) -> DMatrix<f64> {
    match layout {
        Orientation::OutIn => matrix,
        Orientation::InOut => matrix.transpose(),
    }
}

/// Adds a stage to the innermost open branch.
fn push(open: &mut [(Vec<Stage>, usize)], stage: Stage) {
    if let Some((stages, _)) = open.last_mut() {
        stages.push(stage);
    }
}
