//! Folds the normalisation at the entry of residual blocks into the stream that the blocks add to.
//!
//! A block `h + branch(relu(f·h + s))` can read the shifted stream `u = h + s/f` instead: `relu(f·u) = f·relu(u)` for
//! `f > 0`, and the factor `f` merges into the branch's first layer. The shift of the stream is added to the bias of
//! the layer that wrote the stream last; the shift for the previous block is taken off there.

use super::absorb::scaled_columns;
use crate::flow::ir::{Activation, Linear, Network, Stage};
use nalgebra::DVector;

/// A network whose blocks begin with their activation instead of a normalisation.
pub fn shift(network: &Network) -> Result<Network, String> {
    let mut network = network.clone();
    if !network.0.iter().any(is_normalised) {
        return Ok(network);
    }
    let mut moved: Option<DVector<f64>> = None;
    for index in 0..network.0.len() {
        let (before, rest) = network.0.split_at_mut(index);
        let width = match before.last().and_then(output) {
            Some(linear) => linear.bias.len(),
            None => {
                moved = None;
                continue;
            }
        };
        let by = entry(&mut rest[0], moved.as_ref(), width)?;
        if let Some(linear) = before.last_mut().and_then(output_mut) {
            linear.bias += &by;
            if let Some(moved) = moved {
                linear.bias -= moved;
            }
        }
        // Only a skip passes its shifted input on to its output.
        moved = matches!(rest[0], Stage::Skip(_)).then_some(by);
    }
    Ok(network)
}

fn is_normalised(stage: &Stage) -> bool {
    matches!(stage, Stage::Skip(Network(branch)) if matches!(branch.first(), Some(Stage::Scale { .. })))
}

/// The layer whose bias shifts the output of a stage.
fn output(stage: &Stage) -> Option<&Linear> {
    match stage {
        Stage::Linear(linear) => Some(linear),
        Stage::Skip(branch) => branch.0.last().and_then(output),
        _ => None,
    }
}

fn output_mut(stage: &mut Stage) -> Option<&mut Linear> {
    match stage {
        Stage::Linear(linear) => Some(linear),
        Stage::Skip(branch) => branch.0.last_mut().and_then(output_mut),
        _ => None,
    }
}

/// The shift that a stage needs on its input, once its own normalisation has been removed.
fn entry(
    stage: &mut Stage,
    moved: Option<&DVector<f64>>,
    width: usize,
) -> Result<DVector<f64>, String> {
    let nothing = DVector::zeros(width);
    let Stage::Skip(Network(branch)) = stage else {
        return Ok(nothing);
    };
    let ends_in_layer = branch.last().and_then(output).is_some();
    let (factor, shift, activation, layer) = match branch.as_mut_slice() {
        [
            Stage::Scale { factor, shift },
            Stage::Activation(activation),
            Stage::Linear(layer),
            ..,
        ] => (factor, shift, *activation, layer),
        _ => return Ok(nothing),
    };
    if !matches!(activation, Activation::Relu | Activation::LeakyRelu { .. }) {
        return Err(format!(
            "expected relu or leaky_relu behind a normalisation of the stream, found {activation:?}"
        ));
    }
    if !ends_in_layer {
        return Err(
            "expected a linear layer at the end of a residual block behind a normalisation of the stream, found none"
                .into(),
        );
    }
    if let Some(at) = factor.iter().position(|factor| *factor < 0.0) {
        return Err(format!(
            "expected a normalisation of the stream with positive weights, found factor {} at [{at}]",
            factor[at]
        ));
    }
    let mut by = moved.cloned().unwrap_or(nothing);
    for i in 0..width {
        if factor[i] == 0.0 {
            // With a factor of zero, the element is constant whatever the stream holds.
            layer.bias += layer.weight.column(i) * activation.eval(shift[i]);
        } else {
            by[i] = shift[i] / factor[i];
        }
    }
    layer.weight = scaled_columns(layer, factor);
    branch.remove(0);
    Ok(by)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{agree, linear, relu, scale};
    use super::*;

    fn block(first: Option<Stage>, seed: f64) -> Stage {
        let rest = [relu(), linear(4, 4, seed), relu(), linear(4, 4, seed + 0.5)];
        Stage::Skip(Network(first.into_iter().chain(rest).collect()))
    }

    #[test]
    fn a_moved_stream_gives_the_same() {
        let mut dead = scale(4, 0.9);
        if let Stage::Scale { factor, .. } = &mut dead {
            factor[2] = 0.0;
        }
        let network = Network(vec![
            linear(3, 4, 0.1),
            block(Some(scale(4, 0.2)), 0.3),
            block(None, 0.4),
            block(Some(dead), 0.6),
            block(Some(scale(4, 0.7)), 0.8),
            linear(4, 2, 1.1),
        ]);
        let folded = shift(&network).unwrap();
        assert!(!folded.0.iter().any(is_normalised));
        agree(&network, &folded, 3);
        assert_eq!(shift(&folded), Ok(folded));
    }

    /// Only a block hands the shift of its input on: a layer between blocks begins another stream, here a wider one.
    #[test]
    fn a_layer_between_blocks_begins_another_stream() {
        let wide = vec![scale(5, 0.5), relu(), linear(5, 5, 0.6)];
        let network = Network(vec![
            linear(3, 4, 0.1),
            block(Some(scale(4, 0.2)), 0.3),
            linear(4, 5, 0.4),
            Stage::Skip(Network(wide)),
            linear(5, 2, 0.7),
        ]);
        let folded = shift(&network).unwrap();
        assert!(!folded.0.iter().any(is_normalised));
        agree(&network, &folded, 3);
    }

    /// What follows a stage that no layer writes, such as a PReLU, is not shifted.
    #[test]
    fn a_skip_that_is_no_block_hands_nothing_on() {
        let prelu = Stage::Skip(Network(vec![scale(4, 0.3), relu(), scale(4, 0.4)]));
        let network = Network(vec![
            linear(3, 4, 0.1),
            prelu,
            linear(4, 6, 0.5),
            linear(6, 5, 0.6),
            Stage::Skip(Network(vec![scale(5, 0.2), relu(), linear(5, 5, 0.6)])),
            linear(5, 2, 0.7),
        ]);
        agree(&network, &shift(&network).unwrap(), 3);
    }

    #[test]
    fn what_cannot_move_is_refused() {
        let says = |block: Stage| {
            let network = Network(vec![linear(3, 4, 0.1), block, linear(4, 2, 0.2)]);
            shift(&network).unwrap_err()
        };
        let mut negative = scale(4, 0.2);
        if let Stage::Scale { factor, .. } = &mut negative {
            factor[1] = -0.5;
        }
        assert!(says(block(Some(negative), 0.3)).contains("factor -0.5 at [1]"));
        let tanh = Stage::Activation(Activation::Tanh);
        let branch = vec![scale(4, 0.2), tanh, linear(4, 4, 0.3)];
        assert!(says(Stage::Skip(Network(branch))).contains("found Tanh"));
        let open = vec![scale(4, 0.2), relu(), linear(4, 4, 0.3), relu()];
        assert!(says(Stage::Skip(Network(open))).contains("at the end of a residual block"));
    }
}
