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

impl<B: Block, const G: usize, const H: usize, const P: usize, const N: usize> Mlp<B, G, H, P, N> {
    /// Overwrites `h` with the activations of the last hidden layer.
    // By itself, so that the second buffer is on the stack no longer than it must.
    #[inline]
    fn hidden(&self, x: &[Quad; G], h: &mut [Quad; H]) {
        let mut other = [[0; 2]; H];
        let (mut h, mut next) = if N.is_multiple_of(2) {
            (h, &mut other)
        } else {
            (&mut other, h)
        };
        // In what the second layer overwrites, the input takes no stack of its own: 8 bytes for each quad.
        match next.first_chunk_mut::<G>() {
            Some(first) if N > 0 => {
                *first = *x;
                self.input.apply(first, h);
            }
            _ => self.input.apply(x, h),
        }
        for layer in &self.inner {
            layer.apply(h, next);
            core::mem::swap(&mut h, &mut next);
        }
    }
}

impl<B: Block, const G: usize, const H: usize, const P: usize, const N: usize> Conditioner
    for Mlp<B, G, H, P, N>
{
    type Input = [Quad; G];
    type Output = [[i32; 4]; P];

    #[inline]
    fn eval(&self, x: &Self::Input) -> Self::Output {
        let mut h = [[0; 2]; H];
        self.hidden(x, &mut h);
        self.output.eval(&h)
    }
}
