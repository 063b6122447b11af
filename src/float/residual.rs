//! Residual networks, in the form nflows trains.

use super::activation::{Activation, Relu};
use super::dense::Dense;
use crate::Conditioner;
use nalgebra::SVector;

/// `h ↦ h + second(act(first(act(h))))`.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct Block<const H: usize> {
    first: Dense<H, H>,
    second: Dense<H, H>,
}

impl<const H: usize> Block<H> {
    /// The two layers of the branch.
    pub const fn new(first: Dense<H, H>, second: Dense<H, H>) -> Self {
        Self { first, second }
    }
}

/// A linear layer, `N` residual blocks, a linear layer: no activation next to the outer two.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct Residual<const IN: usize, const H: usize, const OUT: usize, const N: usize, A = Relu> {
    input: Dense<IN, H>,
    blocks: [Block<H>; N],
    output: Dense<H, OUT>,
    activation: A,
}

impl<const IN: usize, const H: usize, const OUT: usize, const N: usize, A>
    Residual<IN, H, OUT, N, A>
{
    /// First layer, blocks, last layer.
    pub const fn new(
        input: Dense<IN, H>,
        blocks: [Block<H>; N],
        output: Dense<H, OUT>,
        activation: A,
    ) -> Self {
        Self {
            input,
            blocks,
            output,
            activation,
        }
    }
}

impl<const IN: usize, const H: usize, const OUT: usize, const N: usize, A: Activation> Conditioner
    for Residual<IN, H, OUT, N, A>
{
    type Input = SVector<f32, IN>;
    type Output = SVector<f32, OUT>;

    fn eval(&self, x: &Self::Input) -> Self::Output {
        let mut h = self.input.eval(x);
        for block in &self.blocks {
            let mut branch = h;
            self.activation.apply(branch.as_mut_slice());
            branch = block.first.eval(&branch);
            self.activation.apply(branch.as_mut_slice());
            branch = block.second.eval(&branch);
            for (h, branch) in h.as_mut_slice().iter_mut().zip(branch.as_slice()) {
                *h += branch;
            }
        }
        self.output.eval(&h)
    }
}
