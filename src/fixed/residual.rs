//! Residual networks, in the form nflows trains.

use super::narrow::{Narrowing, narrow};
use super::{Block, Hidden, Output, Quad};
use crate::Conditioner;

/// `h ↦ h + output(hidden(act(h)))`, where `act` also narrows.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct Branch<B, const H: usize> {
    narrowing: Narrowing,
    hidden: Hidden<B, H, H>,
    output: Output<B, H, H>,
}

impl<B, const H: usize> Branch<B, H> {
    /// The activation before the first layer, and the two layers.
    pub const fn new(
        narrowing: Narrowing,
        hidden: Hidden<B, H, H>,
        output: Output<B, H, H>,
    ) -> Self {
        Self {
            narrowing,
            hidden,
            output,
        }
    }
}

/// A linear layer to `4 H` numbers, `N` branches added to them, a linear layer.
///
/// What the branches add to is a second state in 32 bits, whose sums wrap like those of the first.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct Residual<B, const G: usize, const H: usize, const P: usize, const N: usize> {
    input: Output<B, G, H>,
    branches: [Branch<B, H>; N],
    narrowing: Narrowing,
    output: Output<B, H, P>,
}

impl<B, const G: usize, const H: usize, const P: usize, const N: usize> Residual<B, G, H, P, N> {
    /// First layer, branches, and the last layer with the narrowing before it.
    pub const fn new(
        input: Output<B, G, H>,
        branches: [Branch<B, H>; N],
        narrowing: Narrowing,
        output: Output<B, H, P>,
    ) -> Self {
        Self {
            input,
            branches,
            narrowing,
            output,
        }
    }
}

impl<B: Block, const G: usize, const H: usize, const P: usize, const N: usize> Conditioner
    for Residual<B, G, H, P, N>
{
    type Input = [Quad; G];
    type Output = [[i32; 4]; P];

    fn eval(&self, x: &Self::Input) -> Self::Output {
        let mut h = self.input.eval(x);
        let (mut a, mut b) = ([[0; 2]; H], [[0; 2]; H]);
        for branch in &self.branches {
            narrow(branch.narrowing, &h, &mut a);
            branch.hidden.apply(&a, &mut b);
            let change = branch.output.eval(&b);
            for (h, change) in h.as_flattened_mut().iter_mut().zip(change.as_flattened()) {
                *h = h.wrapping_add(*change);
            }
        }
        narrow(self.narrowing, &h, &mut a);
        self.output.eval(&a)
    }
}
