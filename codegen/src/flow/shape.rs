//! Flows of a given shape with arbitrary weights, to measure what a model will cost before it is trained.

use crate::flow::ir::{
    Activation, Coupling, DiagonalNormal, Flow, Layer, Linear, Network, Parameters, Prior, Stage,
};
use nalgebra::{DMatrix, DVector};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use std::fmt;
use std::str::FromStr;

/// The shape `DxKxHxN`: inputs, additive couplings, hidden width, hidden layers. Activation ReLU, standard normal
/// prior; with a fifth number, `DxKxHxNxM`, a mixture of `M` normals.
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
    /// Normals of a mixture prior; 0 is a standard normal.
    pub components: usize,
}

impl FromStr for Shape {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split('x').map(|number| number.parse().ok());
        let numbers: Option<Vec<usize>> = numbers.collect();
        match numbers.as_deref() {
            Some(&[dim, couplings, width, depth, ref components @ ..])
                if dim > 1
                    && components.len() <= 1
                    && ![couplings, width, depth].contains(&0)
                    && !components.contains(&0) =>
            {
                let shape = Self {
                    dim,
                    couplings,
                    width,
                    depth,
                    components: components.first().copied().unwrap_or(0),
                };
                if shape.weights() <= MOST_WEIGHTS {
                    return Ok(shape);
                }
                Err(format!(
                    "expected at most {MOST_WEIGHTS} weights, found {text}"
                ))
            }
            _ => Err(format!(
                "expected DxKxHxN such as 16x4x64x2: inputs, 2 or more, couplings, hidden width, hidden layers; and, if the prior is a \
                 mixture, the number of its normals as a fifth, 16x4x64x2x8; found {text}"
            )),
        }
    }
}

/// The most weights that the largest emulated board can hold.
const MOST_WEIGHTS: f64 = 1e6;

impl Shape {
    fn weights(self) -> f64 {
        let [dim, couplings, width, depth, components] = [
            self.dim,
            self.couplings,
            self.width,
            self.depth,
            self.components,
        ]
        .map(|size| size as f64);
        couplings * width * (dim + (depth - 1.0) * width) + 2.0 * dim * components
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
            prior: self.prior(&mut rng),
        }
    }

    fn prior(self, rng: &mut ChaCha8Rng) -> Prior {
        if self.components == 0 {
            return Prior::Normal;
        }
        let mut number = || f64::from(rng.next_u32()) / f64::from(u32::MAX);
        let mut component = || DiagonalNormal {
            mean: (0..self.dim).map(|_| 4.0 * number() - 2.0).collect(),
            precision: (0..self.dim).map(|_| 1.0 + number()).collect(),
        };
        Prior::Mixture {
            log_weights: vec![-libm::log(self.components as f64); self.components],
            components: (0..self.components).map(|_| component()).collect(),
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
            components,
        } = self;
        write!(f, "{dim}x{couplings}x{width}x{depth}")?;
        match components {
            0 => Ok(()),
            components => write!(f, "x{components}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_is_read_and_printed_with_its_mixture() {
        for text in ["16x4x64x2", "6x4x27x1x8"] {
            assert_eq!(text.parse::<Shape>().unwrap().to_string(), text);
        }
        for text in [
            "1x4x64x2",
            "16x4x64",
            "16x4x64x2x0",
            "16x0x64x2",
            "16x4x64x2x8x1",
            "16x4x64x2xM",
            "9x9x999999x9",
        ] {
            assert!(text.parse::<Shape>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_mixture_has_as_many_normals_as_the_shape_says() {
        let flow = "6x4x27x1x8".parse::<Shape>().unwrap().flow();
        let Prior::Mixture {
            log_weights,
            components,
        } = flow.prior
        else {
            panic!("a mixture");
        };
        assert_eq!((log_weights.len(), components.len()), (8, 8));
        let weights: f64 = log_weights.iter().map(|weight| libm::exp(*weight)).sum();
        assert!((weights - 1.0).abs() < 1e-12);
    }
}
