//! Where the branches of a network join what a push kept.

use super::network;
use crate::import::manifest::schema::Step;
use crate::import::manifest::tensors::Tensors;
use nalgebra::{DMatrix, DVector};
use nice_flow_codegen::error::{Error, Result};
use nice_flow_codegen::flow::fold::beside::{append, beside, identity};
use nice_flow_codegen::flow::ir::{Linear, Network, Stage};

/// What came since a push.
pub(super) struct Branch {
    pub network: Network,
    /// The width at the push, and the present one.
    pub widths: [usize; 2],
    /// Whether what was kept is never negative.
    pub rectified: bool,
}

impl Branch {
    /// The stages from the push on, with their number of outputs. `step` is an `add` or a `concat`.
    ///
    /// Where the runtime has no such skip connection, hidden layers hand on what was kept.
    pub fn close(
        self,
        step: &Step,
        tensors: &Tensors,
        wrong: &dyn Fn(String) -> Error,
    ) -> Result<(Vec<Stage>, usize)> {
        let [before, width] = self.widths;
        let passed;
        let last = match step {
            Step::Add { shortcut } if shortcut.is_empty() => {
                if before != width {
                    let message = format!("expected {before} numbers to add, found {width}");
                    return Err(wrong(message));
                }
                return Ok((vec![Stage::Skip(self.network)], width));
            }
            Step::Add { shortcut } => {
                let layer = affine(shortcut, before, tensors, wrong)?;
                let outputs = layer.bias.len();
                if outputs != width {
                    let message =
                        format!("expected {width} numbers of the shortcut, found {outputs}");
                    return Err(wrong(message));
                }
                // Whichever takes fewer units: what was kept, or what the shortcut gives of it.
                let units = if self.rectified { before } else { 2 * before };
                match units <= 2 * outputs {
                    true => {
                        passed = identity(before);
                        beyond(width, layer)
                    }
                    false => {
                        passed = layer;
                        beyond(width, identity(width))
                    }
                }
            }
            step => {
                passed = identity(before);
                let last = matches!(step, Step::Concat { last: true });
                let at = |i: usize| {
                    if last {
                        i
                    } else {
                        (i + width) % (before + width)
                    }
                };
                Linear {
                    weight: DMatrix::from_fn(before + width, before + width, |i, j| {
                        f64::from(at(i) == j)
                    }),
                    bias: DVector::zeros(before + width),
                }
            }
        };
        let rectified = self.rectified && passed == identity(before);
        let wide = beside(&self.network, &passed, rectified).map_err(wrong)?;
        let (mut stages, outputs) = (wide.0, last.bias.len());
        append(&mut stages, Stage::Linear(last));
        Ok((stages, outputs))
    }
}

/// Adds what the layer gives of the numbers behind the first `width` to those.
fn beyond(width: usize, layer: Linear) -> Linear {
    let mut weight = DMatrix::identity(width, width + layer.weight.ncols());
    let columns = layer.weight.ncols();
    weight.columns_mut(width, columns).copy_from(&layer.weight);
    Linear {
        weight,
        bias: layer.bias,
    }
}

/// The steps of a shortcut as one layer.
fn affine(
    steps: &[Step],
    inputs: usize,
    tensors: &Tensors,
    wrong: &dyn Fn(String) -> Error,
) -> Result<Linear> {
    let mut stages = vec![Stage::Linear(identity(inputs))];
    for stage in network(steps, inputs, tensors)?.0.0 {
        let layer = match stage {
            Stage::Linear(layer) => layer,
            Stage::Scale { factor, shift } => Linear {
                weight: DMatrix::from_diagonal(&factor),
                bias: shift,
            },
            _ => {
                let message =
                    "expected a shortcut of linear, batchnorm, standardise, scale, rows or center";
                return Err(wrong(message.into()));
            }
        };
        append(&mut stages, Stage::Linear(layer));
    }
    match stages.pop() {
        Some(Stage::Linear(layer)) => Ok(layer),
        _ => Err(wrong("expected a shortcut of linear layers".into())),
    }
}
