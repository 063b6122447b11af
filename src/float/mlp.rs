//! Multilayer perceptrons.

use super::activation::{Activation, Relu};
use super::dense::Dense;
use super::kernel;
use crate::Conditioner;
use nalgebra::SVector;

/// A perceptron with `N + 1` hidden layers of width `H`: `IN → H → … → H → OUT`.
///
/// ```text
/// h₀ = φ(W₀ x + b₀)                 input:   IN → H
/// hₙ = φ(Wₙ hₙ₋₁ + bₙ)              inner:   H → H, N times, often none
/// y  = W h_N + b                    output:  H → OUT, linear
/// ```
///
/// It costs `IN·H + N·H² + H·OUT` multiply-accumulates. `A` is the activation `φ`, by default [`Relu`]. Hidden widths that
/// differ take a [`Stack`].
///
/// ```
/// use nice_flow::{Conditioner, float::{Dense, Mlp, activation::Relu}, nalgebra::vector};
///
/// // One input, two hidden units, one output: |x| = max(0, x) + max(0, −x).
/// static ABS: Mlp<1, 2, 1, 0> = Mlp::new(
///     Dense::new([[1.0, -1.0]], [0.0; 2]),
///     [],
///     Dense::new([[1.0], [1.0]], [0.0]),
///     Relu,
/// );
/// assert_eq!(ABS.eval(&vector![-3.0]), vector![3.0]);
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Mlp<const IN: usize, const H: usize, const OUT: usize, const N: usize, A = Relu> {
    input: Dense<IN, H>,
    inner: [Dense<H, H>; N],
    output: Dense<H, OUT>,
    activation: A,
}

impl<const IN: usize, const H: usize, const OUT: usize, const N: usize, A> Mlp<IN, H, OUT, N, A> {
    /// The first layer, the inner ones, the last one, and what stands between them.
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

impl<const IN: usize, const H: usize, const OUT: usize, const N: usize, A: Activation>
    Mlp<IN, H, OUT, N, A>
{
    /// The activation of sums, where the layer has not done it.
    #[inline]
    fn finish(&self, h: &mut [f32; H]) {
        if !self.activation.is_relu() {
            self.activation.apply(h);
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
        // Two buffers that change places. Returning each layer's vector instead would copy it at opt-level z.
        let (mut one, mut two) = (kernel::buffer(), kernel::buffer());
        let rectified = self.activation.is_relu();
        let mut h = self.input.write(x, rectified, &mut one);
        self.finish(h);
        if let Some((layer, layers)) = self.inner.split_first() {
            let mut next = layer.write(h, rectified, &mut two);
            self.finish(next);
            core::mem::swap(&mut h, &mut next);
            for layer in layers {
                layer.overwrite(h, rectified, next);
                self.finish(next);
                core::mem::swap(&mut h, &mut next);
            }
        }
        self.output.eval_array(h)
    }
}

/// A hidden layer and what follows it, `rest(φ(W x + b))`: stacked, a perceptron whose hidden widths differ.
///
/// From `IN` numbers to `H`; `R`, the rest, is a conditioner of `H` numbers: another `Stack`, or the last layer.
///
/// ```
/// use nice_flow::{Conditioner, float::{Dense, Stack, activation::Relu}, nalgebra::vector};
///
/// // 1 → 2 → 1 → 1
/// type Tapered = Stack<1, 2, Relu, Stack<2, 1, Relu, Dense<1, 1>>>;
/// static TAPERED: Tapered = Stack::new(
///     Dense::new([[1.0, -1.0]], [0.0; 2]),
///     Relu,
///     Stack::new(Dense::new([[1.0], [1.0]], [0.0]), Relu, Dense::new([[2.0]], [0.5])),
/// );
/// assert_eq!(TAPERED.eval(&vector![-3.0]), vector![6.5]);
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Stack<const IN: usize, const H: usize, A, R> {
    layer: Dense<IN, H>,
    activation: A,
    rest: R,
}

impl<const IN: usize, const H: usize, A, R> Stack<IN, H, A, R> {
    /// `rest(activation(layer(x)))`.
    pub const fn new(layer: Dense<IN, H>, activation: A, rest: R) -> Self {
        Self {
            layer,
            activation,
            rest,
        }
    }
}

impl<const IN: usize, const H: usize, A, R> Conditioner for Stack<IN, H, A, R>
where
    A: Activation,
    R: Conditioner<Input = SVector<f32, H>>,
{
    type Input = SVector<f32, IN>;
    type Output = R::Output;

    fn eval(&self, x: &Self::Input) -> Self::Output {
        let [x] = &x.data.0;
        let mut h = kernel::buffer();
        let rectified = self.activation.is_relu();
        let h = self.layer.write(x, rectified, &mut h);
        if !rectified {
            self.activation.apply(h);
        }
        self.rest.eval(&SVector::from(*h))
    }
}
