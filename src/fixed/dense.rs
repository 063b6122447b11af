//! Layers of a conditioner.

use super::{Activation, Block, Quad};
use crate::Conditioner;

/// `W x + b` in `i32`, of `4 G` activations and with `4 P` rows.
///
/// Sizes that are no multiples of four are filled up: with weights and biases of zero below, and in columns
/// on the right with any weights, since the activations there are zero.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct Dense<B, const G: usize, const P: usize> {
    blocks: [[B; G]; P],
    bias: [[i32; 4]; P],
}

impl<B, const G: usize, const P: usize> Dense<B, G, P> {
    /// `blocks[p][g]` is of rows `4 p ..` and columns `4 g ..`; a bias holds half of what its row's shift takes off.
    pub const fn new(blocks: [[B; G]; P], bias: [[i32; 4]; P]) -> Self {
        const { assert!(G > 0 && P > 0, "a layer has inputs and outputs") };
        Self { blocks, bias }
    }
}

/// A layer and its activation: `4 G` activations in, `4 P` out.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct Hidden<B, const G: usize, const P: usize> {
    dense: Dense<B, G, P>,
    activation: Activation,
}

impl<B, const G: usize, const P: usize> Hidden<B, G, P> {
    /// `activation(dense(x))`.
    pub const fn new(dense: Dense<B, G, P>, activation: Activation) -> Self {
        Self { dense, activation }
    }
}

impl<B: Block, const G: usize, const P: usize> Hidden<B, G, P> {
    /// Overwrites `y`.
    #[inline]
    pub(super) fn apply(&self, x: &[Quad], y: &mut [Quad]) {
        let Dense { blocks, bias } = &self.dense;
        B::hidden(blocks.as_flattened(), bias, self.activation, x, y);
    }
}

/// The last layer: `sum >> shift`, a shift a row, in bits of the state.
///
/// By itself, a linear conditioner.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct Output<B, const G: usize, const P: usize> {
    dense: Dense<B, G, P>,
    shifts: [[u8; 4]; P],
}

impl<B, const G: usize, const P: usize> Output<B, G, P> {
    /// `shifts[p]` is of rows `4 p ..`.
    ///
    /// # Panics
    ///
    /// If a shift is above 31.
    pub const fn new(dense: Dense<B, G, P>, shifts: [[u8; 4]; P]) -> Self {
        let mut row = 0;
        while row < 4 * P {
            assert!(shifts[row / 4][row % 4] <= 31, "a shift of at most 31");
            row += 1;
        }
        Self { dense, shifts }
    }
}

impl<B: Block, const G: usize, const P: usize> Output<B, G, P> {
    /// Overwrites `y`.
    #[inline]
    pub(super) fn apply(&self, x: &[Quad], y: &mut [[i32; 4]; P]) {
        let Dense { blocks, bias } = &self.dense;
        B::affine(blocks.as_flattened(), bias, x, y);
        let shifts = self.shifts.as_flattened();
        for (y, shift) in y.as_flattened_mut().iter_mut().zip(shifts) {
            *y = y.wrapping_shr(u32::from(*shift));
        }
    }
}

impl<B: Block, const G: usize, const P: usize> Conditioner for Output<B, G, P> {
    type Input = [Quad; G];
    type Output = [[i32; 4]; P];

    #[inline]
    fn eval(&self, x: &Self::Input) -> Self::Output {
        let mut y = [[0; 4]; P];
        self.apply(x, &mut y);
        y
    }
}

/// A hidden layer and what follows it: nested, a perceptron whose widths differ.
///
/// ```
/// # use nice_flow::fixed::{Hidden, I8, Output};
/// type Tapered = (Hidden<I8, 2, 16>, (Hidden<I8, 16, 4>, Output<I8, 4, 2>));
/// ```
impl<B, C, const G: usize, const P: usize> Conditioner for (Hidden<B, G, P>, C)
where
    B: Block,
    C: Conditioner<Input = [Quad; P]>,
{
    type Input = [Quad; G];
    type Output = C::Output;

    fn eval(&self, x: &Self::Input) -> Self::Output {
        let mut h = [[0; 2]; P];
        self.0.apply(x, &mut h);
        self.1.eval(&h)
    }
}
