//! Flows of a given shape with arbitrary weights, to measure what a model will cost before it is trained.

use crate::flow::ir::{
    Activation, Coupling, Flow, Layer, Linear, Network, Parameters, Prior, Stage,
};
use crate::{Error, Result};
use nalgebra::{DMatrix, DVector};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use std::fmt;
use std::str::FromStr;

/// The shape `DxKxHxN`: inputs, additive couplings, hidden width, hidden layers. Activation ReLU, standard normal
/// prior.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Inputs.
    pub dim: usize,
    /// Additive couplings.
    pub couplings: usize,
    /// Width of a hidden layer.
    pub width: usize,
    /// Hidden layers of a network.
    pub depth: usize,
}

impl FromStr for Shape {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let numbers: Vec<usize> = text
            .split('x')
            .map_while(|number| number.parse().ok())
            .collect();
        match numbers.as_slice() {
            &[dim, couplings, width, depth]
                if dim > 1
                    && couplings > 0
                    && width > 0
                    && depth > 0
                    && text.split('x').count() == 4 =>
            {
                let shape = Self {
                    dim,
                    couplings,
                    width,
                    depth,
                };
                if shape.weights() <= MOST_WEIGHTS {
                    return Ok(shape);
                }
                let message = format!("expected at most {MOST_WEIGHTS} weights, found {text}");
                Err(Error::input("--shape", message))
            }
            _ => {
                let message = format!("expected DxKxHxN such as 16x4x64x2, found {text}");
                Err(Error::input("--shape", message))
            }
        }
    }
}

/// The most weights that the largest emulated board can hold.
const MOST_WEIGHTS: f64 = 1e6;

impl Shape {
    fn weights(self) -> f64 {
        let [dim, couplings, width, depth] =
            [self.dim, self.couplings, self.width, self.depth].map(|size| size as f64);
        couplings * width * (dim + (depth - 1.0) * width)
    }

    /// A flow of this shape; its weights are the same in every call.
    pub fn flow(self) -> Flow {
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let (head, tail): (Vec<usize>, Vec<usize>) =
            (0..self.dim).partition(|i| *i < self.dim.div_ceil(2));
        let couplings = (0..self.couplings).map(|n| {
            let (kept, changed) = if n % 2 == 0 {
                (&head, &tail)
            } else {
                (&tail, &head)
            };
            Layer::Coupling(Coupling {
                kept: kept.clone(),
                changed: changed.clone(),
                conditioner: Parameters::Joint(self.network(kept.len(), changed.len(), &mut rng)),
                scale: None,
                backwards: false,
            })
        });
        Flow {
            dim: self.dim,
            layers: couplings.collect(),
            prior: Prior::Normal,
        }
    }

    fn network(self, inputs: usize, outputs: usize, rng: &mut ChaCha8Rng) -> Network {
        let widths: Vec<usize> = std::iter::once(inputs)
            .chain(vec![self.width; self.depth])
            .chain([outputs])
            .collect();
        let mut stages = vec![];
        for pair in widths.windows(2) {
            let limit = 1.0 / (pair[0] as f64).sqrt();
            let mut number =
                || limit * (f64::from(rng.next_u32()) / f64::from(u32::MAX) * 2.0 - 1.0);
            stages.push(Stage::Linear(Linear {
                weight: DMatrix::from_fn(pair[1], pair[0], |_, _| number()),
                bias: DVector::from_fn(pair[1], |_, _| number()),
            }));
            stages.push(Stage::Activation(Activation::Relu));
        }
        stages.pop();
        Network(stages)
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self {
            dim,
            couplings,
            width,
            depth,
        } = self;
        write!(f, "{dim}x{couplings}x{width}x{depth}")
    }
}
