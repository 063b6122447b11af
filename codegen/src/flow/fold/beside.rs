//! Passes numbers on beside a network: a skip connection becomes more units in every hidden layer.
//!
//! An activation with `c (f(h) − f(−h)) = h` hands a number on as a pair of units, one of `h` and one of `−h`, from which the next
//! layer takes the number exactly; a ReLU hands on a number that is not negative as a single unit.

use super::product::product;
use crate::flow::ir::{Activation, Linear, Network, Stage};
use nalgebra::{DMatrix, DVector};

/// A network with the outputs of `network`, and those of `passed` behind them; both read the same inputs.
///
/// With `rectified`, what is passed on is never negative. An error names an activation or a layer that hands nothing on.
pub fn beside(network: &Network, passed: &Linear, rectified: bool) -> Result<Network, String> {
    let (more, inputs) = passed.weight.shape();
    let mut wide = Wide {
        stages: vec![],
        width: inputs,
        more,
        rectified,
    };
    wide.append(stacked(&identity(inputs), passed));
    for stage in &network.0 {
        wide.stage(stage)?;
    }
    Ok(Network(wide.stages))
}

/// The same network without skip connections, but for a residual network whose blocks are all of activation, linear, activation, linear:
/// the runtime has those. Where an activation hands nothing on, the network stays.
pub fn without_skips(network: Network) -> Network {
    let is_skip = |stage: &Stage| matches!(stage, Stage::Skip(_));
    if is_residual(&network) || !network.0.iter().any(is_skip) {
        return network;
    }
    widened(&network).unwrap_or(network)
}

fn widened(network: &Network) -> Result<Network, String> {
    let mut stages = vec![];
    let mut width = None;
    for stage in &network.0 {
        match (stage, width) {
            (Stage::Skip(branch), Some(width)) => {
                let rectified = matches!(stages.last(), Some(Stage::Activation(Activation::Relu)));
                let branch = widened(branch)?;
                let both = beside(&branch, &identity(width), rectified)?;
                both.0
                    .into_iter()
                    .for_each(|stage| append(&mut stages, stage));
                append(&mut stages, Stage::Linear(sum(width)));
            }
            (Stage::Skip(_), None) => return Err("a skip in front of the first layer".into()),
            (stage, _) => append(&mut stages, stage.clone()),
        }
        if let Stage::Linear(layer) = stage {
            width = Some(layer.bias.len());
        }
    }
    Ok(Network(stages))
}

/// Whether all blocks are of activation, linear, activation, linear, of one activation, between two linear layers.
fn is_residual(network: &Network) -> bool {
    let [Stage::Linear(_), blocks @ .., Stage::Linear(_)] = network.0.as_slice() else {
        return false;
    };
    let activation = |block: &Stage| match block {
        Stage::Skip(Network(branch)) => match branch.as_slice() {
            [
                Stage::Activation(one),
                Stage::Linear(_),
                Stage::Activation(two),
                Stage::Linear(_),
            ] if one == two => Some(*one),
            _ => None,
        },
        _ => None,
    };
    let first = blocks.first().and_then(activation);
    first.is_some() && blocks.iter().all(|block| activation(block) == first)
}

/// Stages that have been written, for `width` numbers and `more` that are passed on behind them.
struct Wide {
    stages: Vec<Stage>,
    width: usize,
    more: usize,
    rectified: bool,
}

impl Wide {
    fn stage(&mut self, stage: &Stage) -> Result<(), String> {
        let (width, more) = (self.width, self.more);
        match stage {
            Stage::Linear(layer) => {
                self.append(aside(layer, more));
                self.width = layer.bias.len();
            }
            Stage::Activation(activation) => self.activation(*activation)?,
            Stage::Scale { .. } => self.stages.push(longer(stage, more, 1.0)),
            Stage::Skip(branch) => self.stages.push(Stage::Skip(idle(branch, width, more))),
            Stage::Normalise { .. } => return Err(refused("layer normalisation")),
            Stage::Steer(_) => return Err(refused("blocks that a context steers")),
        }
        Ok(())
    }

    /// The activation of all numbers, of those that are passed on in pairs.
    fn activation(&mut self, activation: Activation) -> Result<(), String> {
        if self.rectified && activation == Activation::Relu {
            self.stages.push(Stage::Activation(activation));
            return Ok(());
        }
        let Some(factor) = passes(activation) else {
            return Err(refused(&format!("{activation:?}")));
        };
        self.rectified = false;
        let (width, more) = (self.width, self.more);
        let all = width + more;
        let pairs = Linear {
            weight: DMatrix::from_fn(all + more, all, |i, j| match i < all {
                true => f64::from(i == j),
                false => -f64::from(i - more == j),
            }),
            bias: DVector::zeros(all + more),
        };
        let numbers = Linear {
            weight: DMatrix::from_fn(all, all + more, |i, j| match (i < width, j < all) {
                (true, _) => f64::from(i == j),
                (false, true) => factor * f64::from(i == j),
                (false, false) => -factor * f64::from(i == j - more),
            }),
            bias: DVector::zeros(all),
        };
        self.append(pairs);
        self.stages.push(Stage::Activation(activation));
        self.append(numbers);
        Ok(())
    }

    fn append(&mut self, layer: Linear) {
        append(&mut self.stages, Stage::Linear(layer));
    }
}

/// The `c` of an activation `f` with `c (f(h) − f(−h)) = h`.
fn passes(activation: Activation) -> Option<f64> {
    match activation {
        Activation::Relu | Activation::Silu | Activation::Softplus => Some(1.0),
        Activation::Gelu | Activation::GeluTanh | Activation::Hardswish => Some(1.0),
        Activation::LeakyRelu { slope } if slope > -1.0 => Some(1.0 / (1.0 + slope)),
        _ => None,
    }
}

fn refused(found: &str) -> String {
    format!(
        "a skip connection that is no residual block of equal widths passes numbers by relu, leaky_relu, silu, softplus, gelu, \
         gelu_tanh or hardswish only, exactly: f(h) − f(−h) is a multiple of h; found {found}"
    )
}

/// Adds a stage; a linear layer behind another becomes one with it.
pub fn append(stages: &mut Vec<Stage>, stage: Stage) {
    match (stages.last_mut(), stage) {
        (Some(Stage::Linear(one)), Stage::Linear(two)) => {
            one.bias = &two.weight * &one.bias + &two.bias;
            one.weight = product(&two.weight, &one.weight);
        }
        (_, stage) => stages.push(stage),
    }
}

/// The sum of two vectors of this width, one behind the other.
fn sum(width: usize) -> Linear {
    Linear {
        weight: DMatrix::from_fn(width, 2 * width, |i, j| f64::from(i == j % width)),
        bias: DVector::zeros(width),
    }
}

/// The numbers as they are.
pub fn identity(width: usize) -> Linear {
    part(width, width)
}

/// What both layers give of the same inputs.
fn stacked(one: &Linear, two: &Linear) -> Linear {
    let (first, second) = (one.bias.len(), two.bias.len());
    let (weight, bias) = (one.weight.clone(), one.bias.clone());
    let mut both = Linear {
        weight: weight.resize_vertically(first + second, 0.0),
        bias: bias.resize_vertically(first + second, 0.0),
    };
    both.weight.rows_mut(first, second).copy_from(&two.weight);
    both.bias.rows_mut(first, second).copy_from(&two.bias);
    both
}

/// The layer, with `more` numbers beside it that stay as they are.
fn aside(layer: &Linear, more: usize) -> Linear {
    let (outputs, inputs) = layer.weight.shape();
    let wide = layer.weight.clone();
    let mut weight = wide.resize(outputs + more, inputs + more, 0.0);
    weight
        .view_mut((outputs, inputs), (more, more))
        .fill_with_identity();
    Linear {
        weight,
        bias: layer.bias.clone().resize_vertically(outputs + more, 0.0),
    }
}

/// A stage that is no layer, of `more` elements; a scale has this factor there.
fn longer(stage: &Stage, more: usize, factor: f64) -> Stage {
    match stage {
        Stage::Scale { factor: own, shift } => Stage::Scale {
            factor: own.clone().resize_vertically(own.len() + more, factor),
            shift: shift.clone().resize_vertically(shift.len() + more, 0.0),
        },
        other => other.clone(),
    }
}

/// The branch of a skip connection, which adds nothing to `more` elements behind its own.
fn idle(branch: &Network, width: usize, more: usize) -> Network {
    let mut stages = branch.0.clone();
    let is_elementwise =
        |stage: &Stage| matches!(stage, Stage::Activation(_) | Stage::Scale { .. });
    let first = stages.iter().position(|stage| !is_elementwise(stage));
    for stage in &mut stages[..first.unwrap_or(branch.0.len())] {
        // A PReLU is a skip that begins with a factor of −1 everywhere.
        *stage = longer(stage, more, -1.0);
    }
    match first.map(|at| (at, &mut stages[at])) {
        Some((_, Stage::Linear(layer))) => {
            let columns = layer.weight.ncols() + more;
            layer.weight = layer.weight.clone().resize_horizontally(columns, 0.0);
        }
        Some((at, _)) => stages.insert(at, Stage::Linear(part(width, width + more))),
        None => {}
    }
    let is_long = first.is_none();
    match stages.last_mut() {
        Some(Stage::Scale { factor, .. }) if is_long => factor.rows_mut(width, more).fill(0.0),
        Some(Stage::Linear(layer)) if !is_long => {
            let rows = layer.bias.len() + more;
            layer.weight = layer.weight.clone().resize_vertically(rows, 0.0);
            layer.bias = layer.bias.clone().resize_vertically(rows, 0.0);
        }
        _ => {
            if is_long {
                stages.push(Stage::Linear(part(width, width + more)));
            }
            stages.push(Stage::Linear(part(width + more, width)));
        }
    }
    Network(stages)
}

/// The first numbers as they are; zeros behind them if there are more rows than columns.
fn part(rows: usize, columns: usize) -> Linear {
    Linear {
        weight: DMatrix::identity(rows, columns),
        bias: DVector::zeros(rows),
    }
}

#[cfg(test)]
mod tests;
