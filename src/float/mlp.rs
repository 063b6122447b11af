//! Multilayer perceptrons.

use super::activation::{Activation, Relu};
use super::dense::Dense;
use crate::Conditioner;
use nalgebra::SVector;

/// A perceptron with `N + 1` hidden layers of width `H`, activated alike.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct Mlp<const IN: usize, const H: usize, const OUT: usize, const N: usize, A = Relu> {
    input: Dense<IN, H>,
    inner: [Dense<H, H>; N],
    output: Dense<H, OUT>,
    activation: A,
}

impl<const IN: usize, const H: usize, const OUT: usize, const N: usize, A> Mlp<IN, H, OUT, N, A> {
    /// First, inner and last (linear) layers.
    pub const fn new(
        input: Dense<IN, H>,
        inner: [Dense<H, H>; N],
        output: Dense<H, OUT>,
        activation: A,
    ) -> Self {
        Self {
            input,
            inner,
            output,
            activation,
        }
    }
}

impl<const IN: usize, const H: usize, const OUT: usize, const N: usize, A: Activation> Conditioner
    for Mlp<IN, H, OUT, N, A>
{
    type Input = SVector<f32, IN>;
    type Output = SVector<f32, OUT>;

    fn eval(&self, x: &Self::Input) -> Self::Output {
        let [x] = &x.data.0;
        // Two buffers that change places: moved vectors would be copies at opt-level z.
        let (mut h, mut next) = (&mut [0.0; H], &mut [0.0; H]);
        self.input.apply(x, h);
        self.activation.apply(h);
        for layer in &self.inner {
            layer.apply(h, next);
            self.activation.apply(next);
            core::mem::swap(&mut h, &mut next);
        }
        let mut y = [0.0; OUT];
        self.output.apply(h, &mut y);
        SVector::from(y)
    }
}

/// A hidden layer and what follows it: chained, a perceptron whose hidden widths differ.
///
/// ```
/// # use nice_flow::float::{Dense, Hidden, activation::Relu};
/// type Tapered = Hidden<8, 64, Relu, Hidden<64, 16, Relu, Dense<16, 8>>>;
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct Hidden<const IN: usize, const H: usize, A, C> {
    layer: Dense<IN, H>,
    activation: A,
    rest: C,
}

impl<const IN: usize, const H: usize, A, C> Hidden<IN, H, A, C> {
    /// `rest(activation(layer(x)))`.
    pub const fn new(layer: Dense<IN, H>, activation: A, rest: C) -> Self {
        Self {
            layer,
            activation,
            rest,
        }
    }
}

impl<const IN: usize, const H: usize, A, C> Conditioner for Hidden<IN, H, A, C>
where
    A: Activation,
    C: Conditioner<Input = SVector<f32, H>>,
{
    type Input = SVector<f32, IN>;
    type Output = C::Output;

    fn eval(&self, x: &Self::Input) -> Self::Output {
        let mut h = self.layer.eval(x);
        self.activation.apply(h.as_mut_slice());
        self.rest.eval(&h)
    }
}
