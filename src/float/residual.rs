//! Residual networks, in the form nflows trains.

use super::activation::{Activation, Relu};
use super::dense::Dense;
use crate::Conditioner;
use nalgebra::SVector;

/// What a residual network adds to its hidden vector: `h ↦ h + second(φ(first(φ(h))))`, of `H` numbers.
///
/// `φ` is the activation of the [`Residual`] that it belongs to, whose page has an example.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Branch<const H: usize> {
    pub(super) first: Dense<H, H>,
    pub(super) second: Dense<H, H>,
}

impl<const H: usize> Branch<H> {
    /// Its two layers.
    pub const fn new(first: Dense<H, H>, second: Dense<H, H>) -> Self {
        Self { first, second }
    }
}

/// A residual network of width `H`: `IN → H`, `N` branches, `H → OUT`.
///
/// ```text
/// h ← W₀ x + b₀                                input:  IN → H
/// h ← h + second(φ(first(φ(h))))               N branches, two layers H → H each
/// y = W h + b                                  output: H → OUT
/// ```
///
/// No activation stands next to the outer two layers. `A` is the activation `φ`, by default [`Relu`].
///
/// ```
/// use nice_flow::{Conditioner, float::{Branch, Dense, Residual, activation::Relu}, nalgebra::vector};
///
/// const fn times(factor: f32) -> Dense<1, 1> {
///     Dense::new([[factor]], [0.0])
/// }
/// static NET: Residual<1, 1, 1, 1> =
///     Residual::new(times(1.0), [Branch::new(times(2.0), times(3.0))], times(1.0), Relu);
/// assert_eq!(NET.eval(&vector![1.0]), vector![7.0]); // 1 + 3 · 2 · 1
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Residual<const IN: usize, const H: usize, const OUT: usize, const N: usize, A = Relu> {
    input: Dense<IN, H>,
    branches: [Branch<H>; N],
    output: Dense<H, OUT>,
    activation: A,
}

impl<const IN: usize, const H: usize, const OUT: usize, const N: usize, A>
    Residual<IN, H, OUT, N, A>
{
    /// The first layer, the branches, the last layer, and the activation within the branches.
    pub const fn new(
        input: Dense<IN, H>,
        branches: [Branch<H>; N],
        output: Dense<H, OUT>,
        activation: A,
    ) -> Self {
        Self {
            input,
            branches,
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
        for Branch { first, second } in &self.branches {
            let mut change = h;
            self.activation.apply(change.as_mut_slice());
            change = first.eval(&change);
            self.activation.apply(change.as_mut_slice());
            change = second.eval(&change);
            for (h, change) in h.as_mut_slice().iter_mut().zip(change.as_slice()) {
                *h += change;
            }
        }
        self.output.eval(&h)
    }
}
