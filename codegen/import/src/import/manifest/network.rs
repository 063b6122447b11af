//! Turns the networks of a manifest into stages.

use super::context::{fix, gate};
use super::schema::{Orientation, Step};
use super::tensors::Tensors;
use nalgebra::{DMatrix, DVector};
use nice_flow_codegen::error::{Error, Result};
use nice_flow_codegen::flow::ir::{Activation, Linear, Network, Stage};

/// The network for `inputs` inputs, and its number of outputs.
pub(super) fn network(
    steps: &[Step],
    inputs: usize,
    tensors: &Tensors,
) -> Result<(Network, usize)> {
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
            Step::Gate { w, b, values } => {
                let weight = tensors.matrix(w)?;
                if weight.shape() != (width, values.len()) {
                    let (expected, found) = ([width, values.len()], weight.shape());
                    let message = format!("expected shape {expected:?}, found {found:?}");
                    return Err(tensors.error(w, message));
                }
                let bias = DVector::from_column_slice(tensors.vector(b, width)?);
                gate(&weight, &bias, values)
            }
            Step::Push {} => {
                open.push((vec![], width));
                continue;
            }
            Step::Add {} => {
                let branch = open.pop().filter(|_| !open.is_empty());
                let Some((branch, before)) = branch else {
                    return Err(wrong("expected a push before an add, found none".into()));
                };
                if before != width {
                    let message = format!("expected {before} numbers to add, found {width}");
                    return Err(wrong(message));
                }
                Stage::Skip(Network(branch))
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
                Stage::Linear(fix(Linear { weight, bias }, values, first))
            }
            Step::Act {
                function,
                slope,
                alpha,
            } => Stage::Activation(activation(function, *slope, *alpha).map_err(wrong)?),
            step @ Step::BatchNorm { .. } => batch_norm(step, width, tensors)?,
        };
        if let Some((stages, _)) = open.last_mut() {
            stages.push(stage);
        }
    }
    match (open.pop(), open.is_empty()) {
        (Some((stages, _)), true) => Ok((Network(stages), width)),
        _ => Err(Error::input("net", "expected an add for each push")),
    }
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

fn activation(
    function: &str,
    slope: Option<f64>,
    alpha: Option<f64>,
) -> std::result::Result<Activation, String> {
    Ok(match (function, slope, alpha) {
        ("leaky_relu", Some(slope), None) => Activation::LeakyRelu { slope },
        ("elu", None, alpha) => Activation::Elu {
            alpha: alpha.unwrap_or(1.0),
        },
        ("relu", None, None) => Activation::Relu,
        ("tanh", None, None) => Activation::Tanh,
        ("sigmoid", None, None) => Activation::Sigmoid,
        ("silu", None, None) => Activation::Silu,
        ("softplus", None, None) => Activation::Softplus,
        _ => {
            return Err(format!(
                "expected relu, leaky_relu with slope, elu with alpha, tanh, sigmoid, silu or \
                 softplus, found {function} with slope {slope:?}, alpha {alpha:?}"
            ));
        }
    })
}

/// `(h − mean) / √(var + eps) · gamma + beta`.
fn batch_norm(step: &Step, width: usize, tensors: &Tensors) -> Result<Stage> {
    let Step::BatchNorm {
        mean,
        var,
        gamma,
        beta,
        eps,
    } = step
    else {
        return Err(Error::input("net", "expected a batchnorm"));
    };
    let (mean, variance) = (tensors.vector(mean, width)?, tensors.vector(var, width)?);
    if let Some(odd) = variance.iter().find(|variance| **variance + eps <= 0.0) {
        return Err(tensors.error(var, format!("expected positive variances, found {odd}")));
    }
    let or = |key: &Option<_>, value: f64| match key {
        Some(key) => tensors.vector(key, width).map(DVector::from_column_slice),
        None => Ok(DVector::from_element(width, value)),
    };
    let deviation = DVector::from_iterator(width, variance.iter().map(|v| (v + eps).sqrt()));
    let factor = or(gamma, 1.0)?.component_div(&deviation);
    let shift = or(beta, 0.0)? - DVector::from_column_slice(mean).component_mul(&factor);
    Ok(Stage::Scale { factor, shift })
}
