//! The networks of couplings in training: linear layers with ReLU between them.

use super::kernel::{Finish, Lane, Sides, affine, outer, sum, transposed};
use super::real::Real;
use std::ops::Range;

/// `W h + b`, given by the positions of its numbers among the flow's parameters.
#[derive(Clone, Debug)]
pub(super) struct Linear {
    pub inputs: usize,
    pub outputs: usize,
    /// The weight, outputs × inputs, row by row.
    pub weight: Range<usize>,
    pub bias: Range<usize>,
}

/// Linear layers with ReLU between them.
#[derive(Clone, Debug)]
pub(super) struct Network(pub Vec<Linear>);

impl Network {
    /// A network with the given widths; its numbers start at position `start`.
    pub fn new(widths: &[usize], mut start: usize) -> Self {
        let mut take = |count: usize| {
            let place = start..start + count;
            start = place.end;
            place
        };
        let pairs = widths.windows(2);
        Self(
            pairs
                .map(|pair| Linear {
                    inputs: pair[0],
                    outputs: pair[1],
                    weight: take(pair[0] * pair[1]),
                    bias: take(pair[1]),
                })
                .collect(),
        )
    }

    /// The input of each linear layer, then the network's output.
    pub fn forward<T: Real>(&self, parameters: &[T], x: Vec<Lane<T>>) -> Vec<Vec<Lane<T>>> {
        let mut signals = vec![x];
        for (index, layer) in self.0.iter().enumerate() {
            let (weight, bias) = (
                &parameters[layer.weight.clone()],
                &parameters[layer.bias.clone()],
            );
            let is_last = index + 1 == self.0.len();
            let finish = if is_last {
                Finish::Keep
            } else {
                Finish::Rectify
            };
            signals.push(affine(weight, bias, &signals[index], finish));
        }
        signals
    }

    /// Turns the gradient of the output into that of the input. Adds the sides of each linear layer to `sides`, the last layer
    /// first.
    ///
    /// `signals` is the result of [`Network::forward`] without the output.
    pub fn backward<T: Real>(
        &self,
        parameters: &[T],
        signals: Vec<Vec<Lane<T>>>,
        output: Vec<Lane<T>>,
        sides: &mut Vec<Side<T>>,
    ) -> Vec<Lane<T>> {
        let layers = self.0.iter().zip(signals).enumerate().rev();
        layers.fold(output, |y, (index, (layer, x))| {
            let finish = if index == 0 {
                Finish::Keep
            } else {
                Finish::Gate(&x)
            };
            let below = transposed(&parameters[layer.weight.clone()], &y, finish);
            sides.push(Side { y, x });
            below
        })
    }
}

/// The gradient of the output of a linear layer, and the layer's input, for the rows of a part.
#[derive(Debug)]
pub(super) struct Side<T> {
    pub y: Vec<Lane<T>>,
    pub x: Vec<Lane<T>>,
}

impl Linear {
    /// Adds to the gradients of weight and bias what the parts of a batch contribute.
    pub fn add<'a, T: Real>(
        parts: impl Iterator<Item = &'a Side<T>>,
        weight: &mut [T],
        bias: &mut [T],
    ) {
        let parts: Vec<Sides<T>> = parts.map(|Side { y, x }| Sides { y, x }).collect();
        outer(&parts, weight);
        for (o, bias) in bias.iter_mut().enumerate() {
            *bias += sum(parts.iter().map(|part| &part.y[o]));
        }
    }
}
