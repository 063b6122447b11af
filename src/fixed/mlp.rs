//! Perceptrons of one width.

use super::{Block, Hidden, Output, Quad};
use crate::Conditioner;

/// A perceptron with `N + 1` hidden layers of `4 H` units, from `4 G` activations to `4 P` numbers.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct Mlp<B, const G: usize, const H: usize, const P: usize, const N: usize> {
    input: Hidden<B, G, H>,
    inner: [Hidden<B, H, H>; N],
    output: Output<B, H, P>,
}

impl<B, const G: usize, const H: usize, const P: usize, const N: usize> Mlp<B, G, H, P, N> {
    /// First, inner and last (linear) layers.
    pub const fn new(
        input: Hidden<B, G, H>,
        inner: [Hidden<B, H, H>; N],
        output: Output<B, H, P>,
    ) -> Self {
        Self {
            input,
            inner,
            output,
        }
    }
}

impl<B: Block, const G: usize, const H: usize, const P: usize, const N: usize> Conditioner
    for Mlp<B, G, H, P, N>
{
    type Input = [Quad; G];
    type Output = [[i32; 4]; P];

    fn eval(&self, x: &Self::Input) -> Self::Output {
        // Two buffers that change places, as in the `f32` perceptron.
        let (mut h, mut next) = (&mut [[0; 2]; H], &mut [[0; 2]; H]);
        self.input.apply(x, h);
        for layer in &self.inner {
            layer.apply(h, next);
            core::mem::swap(&mut h, &mut next);
        }
        self.output.eval(h)
    }
}
