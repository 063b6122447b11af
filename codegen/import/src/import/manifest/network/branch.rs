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
        let joint = match step {
            Step::Add { shortcut } if shortcut.is_empty() => {
                if before != width {
                    let message = format!("expected {before} numbers to add, found {width}");
                    return Err(wrong(message));
                }
                return Ok((vec![Stage::Skip(self.network)], width));
            }
            Step::Add { shortcut } => self
                .sum(affine(shortcut, before, tensors, wrong)?)
                .map_err(wrong)?,
            step => self.pair(matches!(step, Step::Concat { last: true })),
        };
        let rectified = self.rectified && joint.passed == identity(before);
        let wide = beside(&self.network, &joint.passed, rectified).map_err(wrong)?;
        let (mut stages, outputs) = (wide.0, joint.last.bias.len());
        append(&mut stages, Stage::Linear(joint.last));
        Ok((stages, outputs))
    }

    /// The sum of the present numbers and what the layer gives of those that were kept.
    fn sum(&self, layer: Linear) -> std::result::Result<Joint, String> {
        let [before, width] = self.widths;
        let outputs = layer.bias.len();
        if outputs != width {
            return Err(format!(
                "expected {width} numbers of the shortcut, found {outputs}"
            ));
        }
        // Whichever takes fewer units: what was kept, or what the shortcut gives of it.
        let units = if self.rectified { before } else { 2 * before };
        let (passed, layer) = match units <= 2 * outputs {
            true => (identity(before), layer),
            false => (layer, identity(width)),
        };
        Ok(Joint {
            passed,
            last: beyond(width, layer),
        })
    }

    /// The present numbers and those that were kept, which come first or last.
    fn pair(&self, last: bool) -> Joint {
        let [before, width] = self.widths;
        let all = before + width;
        let from = |i: usize| if last { i } else { (i + width) % all };
        Joint {
            passed: identity(before),
            last: Linear {
                weight: DMatrix::from_fn(all, all, |i, j| f64::from(from(i) == j)),
                bias: DVector::zeros(all),
            },
        }
    }
}

/// What is handed on beside a branch, and the layer that reads it behind the branch's own numbers.
struct Joint {
    passed: Linear,
    last: Linear,
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
